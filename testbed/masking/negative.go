package masking

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// negatives make texts that hold nothing personal and look as if they did.
var negatives = []func(r *rand.Rand) string{
	func(r *rand.Rand) string {
		return fmt.Sprintf("trace_id=%s span_id=%s", random(r, hexadecimal, 32), random(r, hexadecimal, 16))
	},
	func(r *rand.Rand) string {
		return fmt.Sprintf(`{"traceId":"%s","spanId":"%s","ts":%d}`, random(r, hexadecimal, 32), random(r, hexadecimal, 16), 1_700_000_000_000+r.Int64N(2e11))
	},
	func(r *rand.Rand) string { return "주문번호 " + fill(r, "#############") + " 결제 완료" },
	func(r *rand.Rand) string { return "order_id=" + fill(r, "################") + " status=paid" },
	func(r *rand.Rand) string { return "주문번호: 0101" + fill(r, "#######") + " 배송 시작" },
	func(r *rand.Rand) string {
		return fmt.Sprintf("ORD-202611%02d-%06d accepted", 1+r.IntN(28), r.IntN(1e6))
	},
	func(r *rand.Rand) string { return "송장번호 " + fill(r, "####-####-####") + " 조회" },
	func(r *rand.Rand) string { return "운송장 " + fill(r, "############") + "을 등록했습니다" },
	func(r *rand.Rand) string { return "timestamp=" + fmt.Sprint(1_700_000_000_000+r.Int64N(2e11)) },
	func(r *rand.Rand) string {
		return fmt.Sprintf("2026-%02d-%02d %02d:%02d:%02d.%06d INFO started in %d ms", 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1e6), r.IntN(1e5))
	},
	func(r *rand.Rand) string {
		return fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/%d.0.%d.%d Safari/537.36", 90+r.IntN(60), r.IntN(7000), r.IntN(200))
	},
	func(r *rand.Rand) string {
		return fmt.Sprintf("agent version %d.%d.%d.%d loaded", r.IntN(20), r.IntN(20), r.IntN(20), r.IntN(200))
	},
	func(r *rand.Rand) string {
		return fmt.Sprintf("버전 %d.%d.%d.%d 배포", r.IntN(20), r.IntN(20), r.IntN(20), r.IntN(200))
	},
	func(r *rand.Rand) string { return "상품코드 M" + fill(r, "########") + " 재고 부족" },
	func(r *rand.Rand) string {
		return fmt.Sprintf("sku %c%03d%c%04d out of stock", "MSR"[r.IntN(3)], r.IntN(1000), 'A'+rune(r.IntN(26)), r.IntN(1e4))
	},
	func(r *rand.Rand) string {
		h := func(n int) string { return random(r, hexadecimal, n) }
		return "request " + h(8) + "-" + h(4) + "-4" + h(3) + "-a" + h(3) + "-" + h(12)
	},
	func(r *rand.Rand) string {
		return "pod checkout-" + random(r, "0123456789bcdfghjk", 9) + "-" + random(r, "bcdfghjklm", 5) + " restarted"
	},
	func(r *rand.Rand) string {
		return fmt.Sprintf("매출 %d,%03d,%03d,%03d원, 전주 대비 +%d.%d %%", 1+r.IntN(90), r.IntN(1000), r.IntN(1000), r.IntN(1000), r.IntN(90), r.IntN(10))
	},
	func(r *rand.Rand) string {
		return fmt.Sprintf("heap %d bytes of %d, gc %d.%09d s", r.Int64N(1e13), r.Int64N(1e13), r.IntN(9), r.IntN(1e9))
	},
	func(r *rand.Rand) string { return "ISBN 978-89-" + fill(r, "####-###-#") + " 입고" },
	func(r *rand.Rand) string {
		return fmt.Sprintf("lat=37.%07d lon=127.%07d accuracy=%d.%d", r.IntN(1e7), r.IntN(1e7), r.IntN(90), r.IntN(10))
	},
	func(r *rand.Rand) string {
		h := func() string { return random(r, hexadecimal, 2) }
		return "link up " + strings.Join([]string{h(), h(), h(), h(), h(), h()}, ":")
	},
	func(r *rand.Rand) string { return "commit " + random(r, hexadecimal, 40) + " by bot" },
	func(*rand.Rand) string { return "icon@2x.png and react@18.2.0 cached, @media rule skipped" },
	func(r *rand.Rand) string {
		return fmt.Sprintf("std::vector at frame %d, Foo::bar(), a::b", r.IntN(90))
	},
	func(*rand.Rand) string { return "listening on 127.0.0.1:4317 and [::1]:4318, 0.0.0.0:80" },
	func(r *rand.Rand) string {
		return fmt.Sprintf("kafka partition %d offset %d lag %d", r.IntN(64), r.Int64N(1e13), r.IntN(1e6))
	},
	func(r *rand.Rand) string {
		return fmt.Sprintf("승인번호 %s, 거래번호 %s", fill(r, "########"), fill(r, "############"))
	},
	func(r *rand.Rand) string {
		return fmt.Sprintf("token bucket full, password field missing, session expired after %d s", r.IntN(1e4))
	},
	func(r *rand.Rand) string {
		return fmt.Sprintf("p99=%d.%03dms count=%d sum=%d.%06d", r.IntN(900), r.IntN(1000), r.IntN(1e9), r.IntN(1e6), r.IntN(1e6))
	},
	func(r *rand.Rand) string { return "invoice " + fill(r, "####-######-##") + " sent to billing" },
	func(r *rand.Rand) string { return "대표번호 1588-" + fill(r, "####") + " 안내" },
}

// identifiers are what telemetry is full of, without a word around them.
var identifiers = []func(r *rand.Rand) string{
	func(r *rand.Rand) string { return random(r, hexadecimal, 32) },
	func(r *rand.Rand) string { return random(r, hexadecimal, 16) },
	func(r *rand.Rand) string { return "order_id=" + fill(r, "#############") },
	func(r *rand.Rand) string { return fmt.Sprintf("ORD-202611%02d-%06d", 1+r.IntN(28), r.IntN(1e6)) },
	func(r *rand.Rand) string {
		h := func(n int) string { return random(r, hexadecimal, n) }
		return h(8) + "-" + h(4) + "-4" + h(3) + "-a" + h(3) + "-" + h(12)
	},
}

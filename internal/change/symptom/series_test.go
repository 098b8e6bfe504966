package symptom

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// shaped is a series of 60 minutes.
func shaped(f func(i int) float64) *series {
	s := &series{}
	for i := range 60 {
		s.add(noon.Add(time.Duration(i)*time.Minute), f(i))
	}
	return s
}

func TestSeries_Departure_IsFoundWithItsOnset(t *testing.T) {
	wobble := func(i int) float64 { return float64(i*7%5) - 2 }
	for _, c := range []struct {
		name, metric string
		f            func(i int) float64
		since        int // minute; -1 for none
	}{
		{"quiet", "latency_ms", func(i int) float64 { return 100 + wobble(i) }, -1},
		{"step", "latency_ms", func(i int) float64 { return 100 + wobble(i) + step(i >= 40, 300) }, 40},
		{"fall", "cache_hit_ratio", func(i int) float64 { return 0.97 + wobble(i)/1000 - step(i >= 33, 0.4) }, 33},
		{"passing", "latency_ms", func(i int) float64 { return 100 + wobble(i) + step(i >= 30 && i < 45, 300) }, 30},
		{"one blip", "latency_ms", func(i int) float64 { return 100 + wobble(i) + step(i == 30, 300) }, -1},
		{"steady count", "requests_total", func(i int) float64 { return float64(i) * 10 }, -1},
		{"running down", "cert_seconds_left", func(i int) float64 { return 3600 - 60*float64(i) }, -1},
		{"count of errors", "errors_total", func(i int) float64 { return max(0, float64(i-41)*9) }, 42},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, ok := shaped(c.f).depart(c.metric)
			require.Equal(t, c.since >= 0, ok, "%+v", d)
			if ok {
				assert.Equal(t, noon.Add(time.Duration(c.since)*time.Minute), d.since)
			}
		})
	}
}

func step(yes bool, by float64) float64 {
	if yes {
		return by
	}
	return 0
}

func TestPolarity_Metrics_FailOnlyInTheDirectionThatHurts(t *testing.T) {
	up, down := departure{before: 1, after: 5, size: 9}, departure{before: 5, after: 1, size: 9}
	for metric, bad := range map[string][2]bool{
		"http_server_duration_p99_ms": {true, false}, "cache_hit_ratio": {false, true}, "pod_ready_replicas": {false, true},
		"requests_per_sec": {false, false}, "rpc_server_cancelled_rate": {false, false}, "db_pool_max_conns": {true, true},
		"db_queries_per_request": {true, true}, "requests_failed_total": {true, false},
	} {
		p := polarityOf(metric)
		assert.Equal(t, bad[0], p.bad(up) > 0, metric)
		assert.Equal(t, bad[1], p.bad(down) > 0, metric)
	}
}

func TestBook_Everything_IsBounded(t *testing.T) {
	b := NewBook()
	for i := range 2 * maxPoints {
		b.Point(Point{Time: noon.Add(time.Duration(i) * time.Second), Service: "a", Metric: "m", Value: 1})
	}
	for i := range maxSpans + 10 {
		b.Span(Span{Service: fmt.Sprintf("s%d", i), End: noon})
		b.Record(Record{Time: noon, Service: "a", Body: letters(i)})
		b.Point(Point{Time: noon, Service: "a", Metric: letters(i)})
		b.Alert(Alert{Time: noon, Service: "a"})
	}
	assert.LessOrEqual(t, len(b.series), maxSeries)
	assert.LessOrEqual(t, len(b.series[seriesKey{"a", "m", ""}].times), maxPoints)
	assert.LessOrEqual(t, len(b.spans), maxSpans)
	assert.LessOrEqual(t, len(b.templates), maxTemplates)
	assert.LessOrEqual(t, len(b.services), maxServices)
	assert.LessOrEqual(t, len(b.alerts), maxAlerts)
	assert.Positive(t, b.Dropped())
}

// letters is a name without digits for a number.
func letters(i int) string {
	var out []byte
	for ; i > 0; i /= 26 {
		out = append(out, 'g'+byte(i%26)%20, 'a'+byte(i%26))
	}
	return "word " + string(out)
}

func TestBook_FrequentWarning_IsNormal(t *testing.T) {
	b := NewBook()
	for i := range 3 * 3600 {
		b.Record(Record{Time: noon.Add(time.Duration(i) * time.Second), Service: "a", Severity: 13, Body: "cache cold"})
	}
	_, ok := b.Account()
	assert.False(t, ok)
}

func TestBook_Forget_NormalIsWhatWasLately(t *testing.T) {
	b := NewBook()
	for i := range 600 { // twice as slow after five hours: the new normal after three more
		at := noon.Add(time.Duration(i) * time.Minute)
		b.Point(Point{Time: at, Service: "a", Metric: "latency_ms", Value: 100 + step(i >= 300, 100) + float64(i%3)})
		b.Record(Record{Time: at, Service: "old", Body: "once"})
		b.Forget(at.Add(-3 * time.Hour))
	}
	_, ok := b.Account()
	assert.False(t, ok)
	b.Forget(noon.Add(24 * time.Hour))
	assert.Empty(t, b.series)
	assert.Empty(t, b.templates)
	assert.Empty(t, b.services)
}

func TestBook_NothingWrong_GivesNoAccount(t *testing.T) {
	b := NewBook()
	for i := range 60 {
		b.Point(Point{Time: noon.Add(time.Duration(i) * time.Minute), Service: "a", Metric: "latency_ms", Value: 100 + float64(i%3)})
		b.Record(Record{Time: noon.Add(time.Duration(i) * time.Minute), Service: "a", Severity: 17, Body: "the nightly error as ever"})
	}
	_, ok := b.Account()
	assert.False(t, ok)
}

func TestMentions_Names_EndWhereTheyEnd(t *testing.T) {
	m := newMentions([]string{"cart", "cart-db", "paymentservice", "ts_order", "-"})
	for text, want := range map[string]string{
		"upstream PaymentService timeout": "paymentservice", "paymentservice.svc:8443": "paymentservice", "paymentservice-7f9c": "paymentservice", "paymentservice가 응답하지 않음": "paymentservice",
		"cart-db is slow": "cart-db", "cart is slow": "cart", "add_to_cart_button": "cart", "shopping-cart": "", "cartography": "", "call ts_order": "ts_order", "": "",
	} {
		assert.Equal(t, want, m.find("me", text), text)
	}
	assert.Empty(t, m.find("cart", "cart failed"))
}

func TestBook_AccountFor_TakesTheServiceTold(t *testing.T) {
	b := NewBook()
	b.Record(Record{Time: noon, Service: "a", Body: "fine"})
	for i := range 5 {
		at := noon.Add(time.Hour + time.Duration(i)*time.Minute)
		b.Record(Record{Time: at, Service: "aaa", Severity: 17, Body: "disk full"})
		b.Record(Record{Time: at.Add(time.Second), Service: "bbb", Severity: 17, Body: "queue full"})
	}
	for _, want := range []string{"aaa", "bbb"} {
		a, ok := b.AccountFor(want)
		require.True(t, ok)
		assert.Equal(t, want, a.Trouble.Service)
	}
	_, ok := b.AccountFor("ccc")
	assert.False(t, ok)
}

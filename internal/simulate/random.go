package simulate

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

func traceID(r *rand.Rand) (id TraceID) {
	binary.BigEndian.PutUint64(id[:8], r.Uint64())
	binary.BigEndian.PutUint64(id[8:], r.Uint64()|1) // never all zero, which would mean "none"
	return id
}

func spanID(r *rand.Rand) (id SpanID) {
	binary.BigEndian.PutUint64(id[:], r.Uint64()|1)
	return id
}

// uuid returns a random UUID, version 4.
func uuid(r *rand.Rand) string {
	id := traceID(r)
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// jsessionID returns a servlet container's session id without its route.
func jsessionID(r *rand.Rand) string {
	id := traceID(r)
	return strings.ToUpper(hex.EncodeToString(id[:]))
}

// spread returns a duration around the median, log-normal: mostly near, sometimes far above.
func spread(r *rand.Rand, median time.Duration) int64 {
	return int64(float64(median) * math.Exp(0.35*r.NormFloat64()))
}

// between returns a duration drawn evenly from [low, high), in nanoseconds.
func between(r *rand.Rand, low, high time.Duration) int64 {
	return int64(low) + r.Int64N(int64(high-low))
}

// poisson returns a Poisson-distributed count; large means are approximated by a normal distribution.
func poisson(r *rand.Rand, mean float64) int {
	if mean > 64 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*r.NormFloat64())))
	}
	n, p, floor := 0, r.Float64(), math.Exp(-mean)
	for p > floor {
		p *= r.Float64()
		n++
	}
	return n
}

package replicas

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/sketch"
)

// counts are the different visits of each stretch of time, of each service and of all, as sketches. The truth is one, made
// of every span that was sent without Braid's windows; what concurrency tells, whichever replica tells it, is another.
type counts struct {
	hasher  sketch.Hasher
	tier    time.Duration
	buckets map[bucket]*sketch.Sketch
	refused error // why a record could not be merged, if one could not
}

type bucket struct {
	service string // "" for all
	start   int64  // Unix nanoseconds
}

const (
	eventSketch    = "braid.sketch"
	identity       = "session"
	serviceName    = "service.name"
	mostDeviations = 5
)

func newCounts(tier time.Duration) (*counts, error) {
	hasher, err := sketch.NewHasher([]byte(secret), "")
	if err != nil {
		return nil, err
	}
	return &counts{hasher: hasher, tier: tier, buckets: map[bucket]*sketch.Sketch{}}, nil
}

// observe counts one span of a visit.
func (c *counts) observe(visit, service string, end time.Time) {
	start := end.Truncate(c.tier).UnixNano()
	hash := c.hasher.SumString(visit)
	c.at(bucket{service, start}).Observe(hash)
	c.at(bucket{"", start}).Observe(hash)
}

func (c *counts) at(b bucket) *sketch.Sketch {
	s := c.buckets[b]
	if s == nil {
		s = new(sketch.Sketch)
		c.buckets[b] = s
	}
	return s
}

// merge takes what one replica tells of one stretch; the same may come twice, and parts may come late.
func (c *counts) merge(record plog.LogRecord) {
	kind, _ := record.Attributes().Get("braid.identity")
	if kind.Str() != identity {
		return
	}
	var service string
	if value, ok := record.Attributes().Get(serviceName); ok {
		service = value.Str()
	}
	frame, part, err := c.hasher.Open(subject(service), record.Body().Bytes().AsRaw())
	if err == nil && frame.Tier != c.tier {
		return
	}
	if err == nil {
		err = c.at(bucket{service, frame.Start.UnixNano()}).Merge(part)
	}
	if err != nil {
		c.refused = fmt.Errorf("sketch of service %q: %w", service, err)
	}
}

// subject is what a frame is sealed for.
func subject(service string) string {
	pair := func(out []byte, s string) []byte { return append(binary.AppendUvarint(out, uint64(len(s))), s...) }
	out := pair(pair(nil, ""), identity)
	if service != "" {
		out = pair(pair(out, serviceName), service)
	}
	return string(out)
}

// against tells what is not as the truth has it: how many sketches, and of a few what. Those of nobody count, too.
func (c *counts) against(truth *counts) (wrong int, deviations []string) {
	differs := func(b bucket, got, want float64) {
		if wrong++; wrong <= mostDeviations {
			deviations = append(deviations, fmt.Sprintf("service %q, %v from %s: %.0f visits instead of %.0f", b.service, c.tier,
				time.Unix(0, b.start).UTC().Format(time.TimeOnly), got, want))
		}
	}
	for b, want := range truth.buckets {
		got := c.buckets[b]
		if got == nil {
			got = new(sketch.Sketch)
		}
		if !bytes.Equal(got.Registers(nil), want.Registers(nil)) {
			differs(b, got.Estimate().Value, want.Estimate().Value)
		}
	}
	for b, got := range c.buckets {
		if truth.buckets[b] == nil {
			differs(b, got.Estimate().Value, 0)
		}
	}
	if c.refused != nil {
		wrong++
		deviations = append(deviations, c.refused.Error())
	}
	return wrong, deviations
}

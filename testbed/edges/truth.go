package edges

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/simulate"
	"github.com/braidotel/braid/internal/sketch"
)

// secret is the deployment's.
const secret = "a secret of this test alone"

// bucket names a sketch: who is counted, by which key, from when, how wide.
type bucket struct {
	identity, key string // key is name=value, "" for all
	start         int64  // Unix nanoseconds
	tier          time.Duration
}

// truth is what must come out: the sketch of everything that was sent, by bucket, made without Braid's windows.
type truth struct {
	hasher  sketch.Hasher
	buckets map[bucket]*sketch.Sketch
	spans   int
}

func newTruth() (*truth, error) {
	h, err := sketch.NewHasher([]byte(secret), "")
	if err != nil {
		return nil, err
	}
	return &truth{hasher: h, buckets: map[bucket]*sketch.Sketch{}}, nil
}

var tiers = []time.Duration{5 * time.Minute, time.Hour}

// add counts one span of a visitor.
func (t *truth) add(service, region, visitor string, end int64) {
	t.spans++
	client := t.hasher.SumString(visitor)
	session := t.hasher.SumString(sessionOf(visitor))
	for _, tier := range tiers {
		start := end - end%int64(tier)
		for _, key := range []string{"", "service.name=" + service, "braid.region=" + region} {
			t.at(bucket{"client", key, start, tier}).Observe(client)
			t.at(bucket{"session", key, start, tier}).Observe(session)
		}
	}
}

func (t *truth) at(b bucket) *sketch.Sketch {
	s := t.buckets[b]
	if s == nil {
		s = new(sketch.Sketch)
		t.buckets[b] = s
	}
	return s
}

// regions are those that have a bucket, the one with most visitors first.
func ranking(users map[string]float64) []string {
	names := slices.Sorted(maps.Keys(users))
	slices.SortStableFunc(names, func(a, b string) int {
		switch {
		case users[a] > users[b]:
			return -1
		case users[a] < users[b]:
			return 1
		}
		return 0
	})
	return names
}

func sessionOf(visitor string) string { return "session-of-" + visitor }

// subject is what a frame of that bucket is sealed for.
func (b bucket) subject(name, value string) string {
	pair := func(out []byte, s string) []byte { return append(binary.AppendUvarint(out, uint64(len(s))), s...) }
	out := pair(pair(nil, ""), b.identity)
	if name != "" {
		out = pair(pair(out, name), value)
	}
	return string(out)
}

// visits keeps of the shop's spans those of a visitor's requests, and says on each who it was, as a correlated span does.
type visits struct {
	visitors map[simulate.TraceID]string
}

func (v *visits) of(spans []simulate.Span) []simulate.Span {
	for i := range spans {
		if text(spans[i].Resource.Attrs, "service.name") == "edge-nginx" {
			if address := text(spans[i].Attrs, "client.address"); address != "" {
				v.visitors[spans[i].Trace] = address
			}
		}
	}
	var out []simulate.Span
	for i := range spans {
		s := spans[i]
		visitor := v.visitors[s.Trace]
		if visitor == "" || s.Kind != simulate.SpanKindServer || text(s.Resource.Attrs, "braid.region") == "" {
			continue
		}
		s.Attrs = []simulate.Attr{
			{Key: "client.address", Value: visitor}, {Key: "session.id", Value: sessionOf(visitor)}, {Key: "http.request.method", Value: "GET"},
		}
		out = append(out, s)
	}
	return out
}

func text(attrs []simulate.Attr, name string) string {
	for _, a := range attrs {
		if a.Key == name {
			s, _ := a.Value.(string)
			return s
		}
	}
	return ""
}

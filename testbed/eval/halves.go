package eval

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/internal/replay"
	"github.com/braidotel/braid/internal/sketch"
)

// halved is a bucket of recorded clients as one collector would count it, and as two would that each saw half.
type halved struct {
	whole sketch.Sketch
	parts [2]sketch.Sketch
}

// halves are all buckets of a set: its 5 minutes, its hours, and the set as one.
type halves struct {
	random  *rand.Rand
	hasher  sketch.Hasher
	buckets map[sketch.Frame]*halved
}

// mergeHalves counts the clients of a set's buckets in two halves, sends both as frames, twice and in any order, and reports
// how many come out as the whole: the same registers, the same estimate.
func mergeHalves(ctx context.Context, files []string, report io.Writer) error {
	hasher, err := sketch.NewHasher([]byte("evaluation of traffic"), "")
	if err != nil {
		return err
	}
	h := &halves{random: rand.New(rand.NewPCG(1, 2)), hasher: hasher, buckets: make(map[sketch.Frame]*halved)}
	for b, err := range replay.Batches(ctx, files, replay.Options{}) {
		if err != nil {
			return err
		}
		h.read(&b)
	}
	same := 0
	for _, bucket := range slices.SortedFunc(maps.Keys(h.buckets), byTime) {
		merged, err := h.merge(bucket)
		if err != nil {
			return fmt.Errorf("merging %v of %v: %w", bucket.Tier, bucket.Start, err)
		}
		whole := &h.buckets[bucket].whole
		if slices.Equal(whole.Registers(nil), merged.Registers(nil)) && whole.Estimate() == merged.Estimate() {
			same++
		}
	}
	_, err = fmt.Fprintf(report, "halves merged, in any order, twice: %d of %d buckets as the whole\n", same, len(h.buckets))
	return err
}

func byTime(a, b sketch.Frame) int {
	return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Tier, b.Tier))
}

func (h *halves) read(b *replay.Batch) {
	if b.Signal != otlpsend.Traces {
		return
	}
	for _, rs := range b.Traces.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				h.observe(span.EndTimestamp(), text(span.Attributes(), "client.address"))
			}
		}
	}
}

func (h *halves) observe(at pcommon.Timestamp, client string) {
	if client == "" {
		return
	}
	hash, half := h.hasher.SumString(client), h.random.IntN(2)
	for _, width := range []time.Duration{0, 5 * time.Minute, time.Hour} {
		key := sketch.Frame{Subject: "client", Start: time.Unix(0, 0).UTC(), Tier: width}
		if width > 0 {
			key.Start = at.AsTime().Truncate(width)
		}
		bucket, ok := h.buckets[key]
		if !ok {
			bucket = new(halved)
			h.buckets[key] = bucket
		}
		bucket.whole.Observe(hash)
		bucket.parts[half].Observe(hash)
	}
}

func (h *halves) merge(key sketch.Frame) (*sketch.Sketch, error) {
	var sent [][]byte
	for i := range h.buckets[key].parts {
		frames, err := h.hasher.Seal(key, &h.buckets[key].parts[i])
		if err != nil {
			return nil, err
		}
		sent = append(append(sent, frames...), frames...)
	}
	h.random.Shuffle(len(sent), func(i, j int) { sent[i], sent[j] = sent[j], sent[i] })
	merged := new(sketch.Sketch)
	for _, frame := range sent {
		_, part, err := h.hasher.Open(key.Subject, frame)
		if err != nil {
			return nil, err
		}
		if err := merged.Merge(part); err != nil {
			return nil, err
		}
	}
	return merged, nil
}

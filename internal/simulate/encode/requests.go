package encode

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/internal/simulate"
)

// perRequest bounds the items of a request, so that even a busy tick stays under the 4 MiB that a collector accepts.
const perRequest = 2000

// Requests yields what the generator makes, marshalled, tick by tick, each as [Batch] does.
func Requests(g *simulate.Generator) iter.Seq2[otlpsend.Request, error] {
	return func(yield func(otlpsend.Request, error) bool) {
		for b, ok := g.Next(); ok; b, ok = g.Next() {
			for r, err := range Batch(&b) {
				if !yield(r, err) {
					return
				}
			}
		}
	}
}

// Batch yields one batch, marshalled: first spans, then logs, then metrics.
func Batch(b *simulate.Batch) iter.Seq2[otlpsend.Request, error] {
	return func(yield func(otlpsend.Request, error) bool) {
		for spans := range slices.Chunk(b.Spans, perRequest) {
			payload, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(Traces(spans))
			if !yield(request(otlpsend.Traces, payload, len(spans), b.Time, err)) {
				return
			}
		}
		for logs := range slices.Chunk(b.Logs, perRequest) {
			payload, err := (&plog.ProtoMarshaler{}).MarshalLogs(Logs(logs))
			if !yield(request(otlpsend.Logs, payload, len(logs), b.Time, err)) {
				return
			}
		}
		for points := range slices.Chunk(b.Points, perRequest) {
			payload, err := (&pmetric.ProtoMarshaler{}).MarshalMetrics(Metrics(points))
			if !yield(request(otlpsend.Metrics, payload, len(points), b.Time, err)) {
				return
			}
		}
	}
}

func request(s otlpsend.Signal, payload []byte, items int, at time.Time, err error) (otlpsend.Request, error) {
	if err != nil {
		return otlpsend.Request{}, fmt.Errorf("marshalling simulated %s: %w", s, err)
	}
	return otlpsend.Request{Signal: s, Payload: payload, Items: items, Time: at}, nil
}

// Lines yields what the generator makes as lines of OTLP/JSON, without line ends, in the order of [Requests].
func Lines(g *simulate.Generator) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for b, ok := g.Next(); ok; b, ok = g.Next() {
			for spans := range slices.Chunk(b.Spans, perRequest) {
				if !yield((&ptrace.JSONMarshaler{}).MarshalTraces(Traces(spans))) {
					return
				}
			}
			for logs := range slices.Chunk(b.Logs, perRequest) {
				if !yield((&plog.JSONMarshaler{}).MarshalLogs(Logs(logs))) {
					return
				}
			}
			for points := range slices.Chunk(b.Points, perRequest) {
				if !yield((&pmetric.JSONMarshaler{}).MarshalMetrics(Metrics(points))) {
					return
				}
			}
		}
	}
}

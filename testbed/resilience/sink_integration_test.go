//go:build integration

package resilience

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/axiomhq/hyperloglog"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip" // exporters compress
)

// sink is the backend: it remembers what reached it, once however often it comes.
type sink struct {
	address string

	mu       sync.Mutex
	spans    map[spanNumber]string // the session it was stamped with
	restamps int                   // spans that came again with another stamp
	events   map[string]bool
	sketches map[string]map[uint64]bool // hashed identities by bucket
	dense    map[string]*hyperloglog.Sketch
}

// newSink serves OTLP over gRPC until the test ends.
func newSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{spans: map[spanNumber]string{}, events: map[string]bool{}, sketches: map[string]map[uint64]bool{},
		dense: map[string]*hyperloglog.Sketch{}}
	server := grpc.NewServer()
	ptraceotlp.RegisterGRPCServer(server, &spanSink{sink: s})
	plogotlp.RegisterGRPCServer(server, &logSink{sink: s})
	pmetricotlp.RegisterGRPCServer(server, &metricSink{})
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-served)
	})
	s.address = listener.Addr().String()
	return s
}

type spanSink struct {
	ptraceotlp.UnimplementedGRPCServer
	*sink
}

func (s *spanSink) Export(_ context.Context, r ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, rs := range r.Traces().ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				id := span.SpanID()
				number := spanNumber(binary.BigEndian.Uint64(id[:]))
				session := ""
				if stamp, ok := span.Attributes().Get("session.id"); ok {
					session = stamp.Str()
				}
				if before, ok := s.spans[number]; ok && before != session {
					s.restamps++
				}
				s.spans[number] = session
			}
		}
	}
	return ptraceotlp.NewExportResponse(), nil
}

type logSink struct {
	plogotlp.UnimplementedGRPCServer
	*sink
}

func (s *logSink) Export(_ context.Context, r plogotlp.ExportRequest) (plogotlp.ExportResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, rl := range r.Logs().ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, record := range sl.LogRecords().All() {
				switch name := record.EventName(); {
				case name == "braid.sketch":
					if err := s.addSketch(record); err != nil {
						return plogotlp.NewExportResponse(), err
					}
				case strings.HasPrefix(name, "session.") || strings.HasPrefix(name, "braid."):
					s.events[describe(record)] = true
				}
			}
		}
	}
	return plogotlp.NewExportResponse(), nil
}

// describe writes everything an event says, but for when it was observed, as one line.
func describe(record plog.LogRecord) string {
	attributes, err := json.Marshal(record.Attributes().AsRaw()) // sorted by key
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %d %s", record.EventName(), record.Timestamp(), attributes)
}

// Frames of internal/sketch: a header that ends with the number of events, which redelivery raises; 8-byte hashes; a tag.
const (
	frameEvents, frameBody, frameTag = 32, 40, 16
	frameKind, frameExact            = 3, 1

	registersHeader = 8 // of the library's encoding
)

// addSketch adds the hashed identities of a frame to its bucket, as a merge would.
func (s *sink) addSketch(record plog.LogRecord) error {
	frame := record.Body().Bytes().AsRaw()
	if len(frame) < frameBody+frameTag {
		return fmt.Errorf("a sketch of %d bytes", len(frame))
	}
	attributes := record.Attributes().AsRaw()
	for _, name := range []string{"braid.users", "braid.users.exact", "braid.events"} {
		delete(attributes, name)
	}
	bucket, err := json.Marshal(attributes)
	if err != nil {
		return err
	}
	key := fmt.Sprintf("%s %x", bucket, frame[:frameEvents])
	if frame[frameKind] != frameExact {
		return s.addRegisters(key, frame[frameBody:len(frame)-frameTag])
	}
	if s.sketches[key] == nil {
		s.sketches[key] = map[uint64]bool{}
	}
	for hashes := frame[frameBody : len(frame)-frameTag]; len(hashes) > 0; hashes = hashes[8:] {
		s.sketches[key][binary.BigEndian.Uint64(hashes)] = true
	}
	return nil
}

// addRegisters merges what is left of many identities into a bucket.
func (s *sink) addRegisters(key string, encoded []byte) error {
	var part hyperloglog.Sketch
	if err := part.UnmarshalBinary(encoded); err != nil {
		return err
	}
	if s.dense[key] == nil {
		s.dense[key] = hyperloglog.NewNoSparse()
	}
	return s.dense[key].Merge(&part)
}

// metricSink takes metrics and forgets them.
type metricSink struct {
	pmetricotlp.UnimplementedGRPCServer
}

func (*metricSink) Export(context.Context, pmetricotlp.ExportRequest) (pmetricotlp.ExportResponse, error) {
	return pmetricotlp.NewExportResponse(), nil
}

// holds asks about what has reached the sink by now, without copying it; of sketches of many identities only the bucket.
func (s *sink) holds(f func(*outcome) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := outcome{spans: s.spans, restamps: s.restamps, events: s.events, sketches: maps.Clone(s.sketches)}
	for key := range s.dense {
		o.sketches[key] = nil
	}
	return f(&o)
}

// outcome is what has reached the sink by now. Each register of many identities counts as one that has its value.
func (s *sink) outcome() outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := outcome{spans: maps.Clone(s.spans), restamps: s.restamps, events: maps.Clone(s.events), sketches: map[string]map[uint64]bool{}}
	for key, hashes := range s.sketches {
		o.sketches[key] = maps.Clone(hashes)
	}
	for key, many := range s.dense {
		encoded, err := many.MarshalBinary()
		if err != nil {
			continue // the bucket is missing then
		}
		registers := map[uint64]bool{}
		for n, value := range encoded[registersHeader:] {
			registers[uint64(n)<<8|uint64(value)] = true
		}
		o.sketches[key] = registers
	}
	return o
}

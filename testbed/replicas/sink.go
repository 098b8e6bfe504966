package replicas

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip" // exporters compress
	"google.golang.org/grpc/metadata"
)

// shardHeader is where a gateway's exporter says which shard it serves.
const shardHeader = "braid-shard"

// sink is the backend: it remembers what reached it.
type sink struct {
	address string
	server  *grpc.Server
	served  chan error

	mu       sync.Mutex
	spans    map[uint64]uint64 // a bit for each number, 64 to a key
	arrived  uint64            // different spans
	again    uint64            // spans that came before
	mistaken uint64            // that carry another session than their own, or none, however often they come
	stamped  map[uint64]uint64 // as spans, those that came with their own session at least once
	own      uint64            // how many those are
	events   map[string]map[uint64]*told
	counts   *counts // what concurrency tells
	watches  []*watch
}

// told is what was said of one visit under one name.
type told struct {
	versions map[uint64]bool // different contents
	requests int64           // of the last
	times    int
}

// watch waits for the first span of a shard that was made after a moment.
type watch struct {
	shard string
	since time.Time
	seen  chan time.Time
}

// newSink serves OTLP over gRPC until close.
func newSink(ctx context.Context, tier time.Duration) (*sink, error) {
	counts, err := newCounts(tier)
	if err != nil {
		return nil, err
	}
	s := &sink{
		counts: counts,
		spans:  map[uint64]uint64{}, stamped: map[uint64]uint64{}, events: map[string]map[uint64]*told{}, served: make(chan error, 1),
		server: grpc.NewServer(grpc.MaxRecvMsgSize(16 << 20)),
	}
	ptraceotlp.RegisterGRPCServer(s.server, &spanSink{sink: s})
	plogotlp.RegisterGRPCServer(s.server, &logSink{sink: s})
	pmetricotlp.RegisterGRPCServer(s.server, &metricSink{})
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.address = listener.Addr().String()
	go func() { s.served <- s.server.Serve(listener) }()
	return s, nil
}

func (s *sink) close() error {
	s.server.Stop()
	return <-s.served
}

// await returns what tells when a span of the shard arrives that was made after now.
func (s *sink) await(shard int) *watch {
	w := &watch{shard: strconv.Itoa(shard), since: time.Now(), seen: make(chan time.Time, 1)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watches = append(s.watches, w)
	return w
}

type spanSink struct {
	ptraceotlp.UnimplementedGRPCServer
	*sink
}

// Export implements the OTLP trace service.
func (s *spanSink) Export(ctx context.Context, r ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var newest time.Time
	for _, rs := range r.Traces().ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				id, trace := span.SpanID(), span.TraceID()
				number := binary.BigEndian.Uint64(id[:])
				bit := uint64(1) << (number % 64)
				if s.spans[number/64]&bit != 0 {
					s.again++
				} else {
					s.spans[number/64] |= bit
					s.arrived++
				}
				stamp, _ := span.Attributes().Get("session.id")
				if stamp.Str() != visitOf(trace) {
					s.mistaken++
				} else if s.stamped[number/64]&bit == 0 {
					s.stamped[number/64] |= bit
					s.own++
				}
				if at := span.StartTimestamp().AsTime(); at.After(newest) {
					newest = at
				}
			}
		}
	}
	s.notify(ctx, newest)
	return ptraceotlp.NewExportResponse(), nil
}

// notify tells those who watch for what has come.
func (s *sink) notify(ctx context.Context, newest time.Time) {
	shard := ""
	if md, ok := metadata.FromIncomingContext(ctx); ok && len(md.Get(shardHeader)) > 0 {
		shard = md.Get(shardHeader)[0]
	}
	kept := s.watches[:0]
	for _, w := range s.watches {
		if w.shard == shard && newest.After(w.since) {
			w.seen <- time.Now()
		} else {
			kept = append(kept, w)
		}
	}
	s.watches = kept
}

type logSink struct {
	plogotlp.UnimplementedGRPCServer
	*sink
}

// Export implements the OTLP logs service.
func (s *logSink) Export(_ context.Context, r plogotlp.ExportRequest) (plogotlp.ExportResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, rl := range r.Logs().ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, record := range sl.LogRecords().All() {
				s.tell(record)
			}
		}
	}
	return plogotlp.NewExportResponse(), nil
}

// tell remembers an event of a session; the same one may come twice.
func (s *sink) tell(record plog.LogRecord) {
	name := record.EventName()
	if name == eventSketch {
		s.counts.merge(record)
		return
	}
	if name != eventStart && name != eventEnd {
		return
	}
	attributes := record.Attributes()
	session, _ := attributes.Get("session.id")
	var visit uint64
	if _, err := fmt.Sscanf(session.Str(), "visit-%d", &visit); err != nil {
		visit = ^uint64(0) // nobody's
	}
	content, _ := json.Marshal(attributes.AsRaw())
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d %s", record.Timestamp(), content)
	if s.events[name] == nil {
		s.events[name] = map[uint64]*told{}
	}
	t := s.events[name][visit]
	if t == nil {
		t = &told{versions: map[uint64]bool{}}
		s.events[name][visit] = t
	}
	t.versions[h.Sum64()] = true
	t.times++
	if requests, ok := attributes.Get("braid.session.requests"); ok {
		t.requests = requests.Int()
	}
}

const (
	eventStart = "session.start"
	eventEnd   = "session.end"
)

// metricSink takes metrics and forgets them.
type metricSink struct {
	pmetricotlp.UnimplementedGRPCServer
}

// Export implements the OTLP metrics service.
func (*metricSink) Export(context.Context, pmetricotlp.ExportRequest) (pmetricotlp.ExportResponse, error) {
	return pmetricotlp.NewExportResponse(), nil
}

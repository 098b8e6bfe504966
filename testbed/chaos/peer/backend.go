package peer

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip" // exporters compress
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Event is a log record with an event name.
type Event struct {
	Name       string
	Attributes map[string]any
}

// Backend takes OTLP over gRPC and remembers spans and events, once however often they come.
type Backend struct {
	server   *grpc.Server
	listener net.Listener
	served   chan error
	full     atomic.Bool

	mu     sync.Mutex
	spans  map[[8]byte]string // the session each was stamped with
	events map[string][]Event // by name
	points int
}

// NewBackend serves on loopback until Close.
func NewBackend(ctx context.Context) (*Backend, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &Backend{
		server: grpc.NewServer(), listener: listener, served: make(chan error, 1),
		spans: map[[8]byte]string{}, events: map[string][]Event{},
	}
	ptraceotlp.RegisterGRPCServer(b.server, &traces{b: b})
	plogotlp.RegisterGRPCServer(b.server, &logs{b: b})
	pmetricotlp.RegisterGRPCServer(b.server, &metrics{b: b})
	go func() { b.served <- b.server.Serve(listener) }()
	return b, nil
}

// Address is the host:port to send to.
func (b *Backend) Address() string { return b.listener.Addr().String() }

// SetFull makes the backend turn away what comes, with the request to come again, or take it.
func (b *Backend) SetFull(full bool) { b.full.Store(full) }

// Close ends the server.
func (b *Backend) Close() error {
	b.server.Stop()
	return <-b.served
}

// Span returns the session that a span was stamped with, and whether the span has arrived.
func (b *Backend) Span(id [8]byte) (session string, arrived bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	session, arrived = b.spans[id]
	return session, arrived
}

// Points counts the data points that arrived.
func (b *Backend) Points() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.points
}

// Events returns the events of a name, in the order in which they came.
func (b *Backend) Events(name string) []Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Event(nil), b.events[name]...)
}

// admit says whether the backend takes anything now.
func (b *Backend) admit() error {
	if !b.full.Load() {
		return nil
	}
	refusal, err := status.New(codes.ResourceExhausted, "full").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(200 * time.Millisecond)})
	if err != nil {
		return err
	}
	return refusal.Err()
}

type traces struct {
	ptraceotlp.UnimplementedGRPCServer
	b *Backend
}

func (t *traces) Export(_ context.Context, r ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	if err := t.b.admit(); err != nil {
		return ptraceotlp.NewExportResponse(), err
	}
	t.b.mu.Lock()
	defer t.b.mu.Unlock()
	for _, rs := range r.Traces().ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				session := ""
				if v, ok := span.Attributes().Get("session.id"); ok {
					session = v.Str()
				}
				t.b.spans[span.SpanID()] = session
			}
		}
	}
	return ptraceotlp.NewExportResponse(), nil
}

type logs struct {
	plogotlp.UnimplementedGRPCServer
	b *Backend
}

func (l *logs) Export(_ context.Context, r plogotlp.ExportRequest) (plogotlp.ExportResponse, error) {
	if err := l.b.admit(); err != nil {
		return plogotlp.NewExportResponse(), err
	}
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	for _, rl := range r.Logs().ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, record := range sl.LogRecords().All() {
				if name := record.EventName(); name != "" {
					l.b.events[name] = append(l.b.events[name], Event{Name: name, Attributes: record.Attributes().AsRaw()})
				}
			}
		}
	}
	return plogotlp.NewExportResponse(), nil
}

type metrics struct {
	pmetricotlp.UnimplementedGRPCServer
	b *Backend
}

func (m *metrics) Export(_ context.Context, r pmetricotlp.ExportRequest) (pmetricotlp.ExportResponse, error) {
	if err := m.b.admit(); err != nil {
		return pmetricotlp.NewExportResponse(), err
	}
	m.b.mu.Lock()
	defer m.b.mu.Unlock()
	m.b.points += r.Metrics().DataPointCount()
	return pmetricotlp.NewExportResponse(), nil
}

package otlpsend

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/braidotel/braid/internal/pace"
)

// server answers trace exports by a script, the last step for ever.
type server struct {
	ptraceotlp.UnimplementedGRPCServer
	mu       sync.Mutex
	steps    []func(n int64) (ptraceotlp.ExportResponse, error)
	names    []string // of the first span of every accepted resource
	spans    int
	requests int
}

func (s *server) Export(_ context.Context, r ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	step := s.steps[0]
	if len(s.steps) > 1 {
		s.steps = s.steps[1:]
	}
	resp, err := step(int64(r.Traces().SpanCount()))
	if err == nil {
		s.spans += r.Traces().SpanCount()
		s.requests++
		for _, rs := range r.Traces().ResourceSpans().All() {
			s.names = append(s.names, rs.ScopeSpans().At(0).Spans().At(0).Name())
		}
	}
	return resp, err
}

func accept(int64) (ptraceotlp.ExportResponse, error) { return ptraceotlp.NewExportResponse(), nil }

func refuse(code codes.Code) func(int64) (ptraceotlp.ExportResponse, error) {
	return func(int64) (ptraceotlp.ExportResponse, error) {
		return ptraceotlp.NewExportResponse(), status.Error(code, "scripted")
	}
}

func partial(n int64) (ptraceotlp.ExportResponse, error) {
	r := ptraceotlp.NewExportResponse()
	r.PartialSuccess().SetRejectedSpans(n / 2)
	r.PartialSuccess().SetErrorMessage("half is enough")
	return r, nil
}

func start(t *testing.T, steps ...func(int64) (ptraceotlp.ExportResponse, error)) (*server, *Client) {
	t.Helper()
	s := &server{steps: steps}
	return s, serve(t, func(g *grpc.Server) { ptraceotlp.RegisterGRPCServer(g, s) })
}

func serve(t *testing.T, register func(*grpc.Server)) *Client {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := grpc.NewServer()
	register(g)
	done := make(chan struct{})
	go func() { defer close(done); _ = g.Serve(listener) }()
	c, err := Dial(listener.Addr().String(), Options{Patience: 3 * time.Second})
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, c.Close())
		g.Stop()
		<-done
	})
	return c
}

func traces(t *testing.T, name string, n int) Request {
	t.Helper()
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for range n {
		spans.AppendEmpty().SetName(name)
	}
	payload, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	require.NoError(t, err)
	return Request{Signal: Traces, Payload: payload, Items: n}
}

func TestClient_Send_CountsWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		steps   []func(int64) (ptraceotlp.ExportResponse, error)
		want    Tally
		retries int64
		reason  string
	}{
		{"accepted", []func(int64) (ptraceotlp.ExportResponse, error){accept}, Tally{Accepted: 10}, 0, ""},
		{"partial_success", []func(int64) (ptraceotlp.ExportResponse, error){partial}, Tally{Accepted: 5, Refused: 5}, 0, "half is enough"},
		{"permanent", []func(int64) (ptraceotlp.ExportResponse, error){refuse(codes.InvalidArgument)}, Tally{Refused: 10}, 0, "InvalidArgument: scripted"},
		{"busy_then_accepted", []func(int64) (ptraceotlp.ExportResponse, error){refuse(codes.Unavailable), refuse(codes.ResourceExhausted), accept},
			Tally{Accepted: 10}, 2, "ResourceExhausted: scripted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, c := start(t, tt.steps...)
			r := traces(t, "x", 10)
			require.NoError(t, c.Send(t.Context(), &r))
			stats := c.Stats()
			assert.Equal(t, tt.want, stats.Tallies[Traces])
			assert.Equal(t, tt.retries, stats.Retries)
			assert.Equal(t, tt.reason, stats.Reason)
		})
	}
}

func TestClient_ServerAsksForPause_WaitsThatLong(t *testing.T) {
	t.Parallel()
	const pause = 700 * time.Millisecond
	_, c := start(t, func(int64) (ptraceotlp.ExportResponse, error) {
		s, err := status.New(codes.ResourceExhausted, "later").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(pause)})
		return ptraceotlp.NewExportResponse(), errors.Join(err, s.Err())
	}, accept)
	r := traces(t, "x", 1)
	began := time.Now()
	require.NoError(t, c.Send(t.Context(), &r))
	assert.GreaterOrEqual(t, time.Since(began), pause)
}

func TestClient_NobodyListens_FailsAfterPatience(t *testing.T) {
	t.Parallel()
	c, err := Dial("127.0.0.1:1", Options{Patience: 300 * time.Millisecond})
	require.NoError(t, err)
	defer func() { assert.NoError(t, c.Close()) }()
	r := traces(t, "x", 3)
	require.ErrorContains(t, c.Send(t.Context(), &r), "sending traces to 127.0.0.1:1, tried for 300ms: ")
	stats := c.Stats()
	assert.Equal(t, Tally{Failed: 3}, stats.Total())
	assert.Positive(t, stats.Retries)
}

func TestClient_ContextDone_StopsRetrying(t *testing.T) {
	t.Parallel()
	_, c := start(t, refuse(codes.Unavailable))
	ctx, cancel := context.WithCancelCause(t.Context())
	r := traces(t, "x", 3)
	time.AfterFunc(50*time.Millisecond, func() { cancel(nil) })
	require.ErrorIs(t, c.Send(ctx, &r), context.Canceled)
	stats := c.Stats()
	assert.Equal(t, int64(3), stats.Total().Failed)
}

func TestClient_Logs_ReachTheLogsService(t *testing.T) {
	t.Parallel()
	got := make(chan int, 1)
	c := serve(t, func(g *grpc.Server) { plogotlp.RegisterGRPCServer(g, &logServer{got: got}) })
	ld := plog.NewLogs()
	ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	payload, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
	require.NoError(t, err)
	require.NoError(t, c.Send(t.Context(), &Request{Signal: Logs, Payload: payload, Items: 1}))
	assert.Equal(t, 1, <-got)
}

type logServer struct {
	plogotlp.UnimplementedGRPCServer
	got chan int
}

func (s *logServer) Export(_ context.Context, r plogotlp.ExportRequest) (plogotlp.ExportResponse, error) {
	s.got <- r.Logs().LogRecordCount()
	return plogotlp.NewExportResponse(), nil
}

func TestDial_BadEndpoint_SaysWhatIsWanted(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{"", "localhost", "http://localhost:4318/v1/traces"} {
		_, err := Dial(endpoint, Options{})
		assert.ErrorContains(t, err, "host:port", endpoint)
	}
}

func TestStream_Paced_KeepsOrderAndStopsCleanly(t *testing.T) {
	t.Parallel()
	s, c := start(t, accept)
	base := time.Unix(1000, 0)
	requests := func(yield func(Request, error) bool) {
		for i := range 5 {
			r := traces(t, string(rune('a'+i)), 2)
			r.Time = base.Add(time.Duration(i) * time.Second)
			if !yield(r, nil) {
				return
			}
		}
	}
	began := time.Now()
	require.NoError(t, Stream(t.Context(), c, requests, pace.Pacer{Speed: 20}))
	assert.GreaterOrEqual(t, time.Since(began), 200*time.Millisecond)
	assert.Equal(t, []string{"a", "b", "c", "d", "e"}, s.names)
	assert.Equal(t, 5, s.requests)

	require.NoError(t, Stream(t.Context(), c, requests, pace.Pacer{Speed: pace.Max}))
	assert.Equal(t, []string{"a", "b", "c", "d", "e"}, s.names[5:])
	assert.Equal(t, 6, s.requests, "what is due together goes out together")
	assert.Equal(t, 20, s.spans)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, Stream(ctx, c, requests, pace.Pacer{Speed: 0.001}), context.Canceled)
}

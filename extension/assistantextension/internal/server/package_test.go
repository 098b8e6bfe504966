package server

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/braidotel/braid/extension/assistantextension/internal/fixture"
	"github.com/braidotel/braid/internal/query"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tally remembers what the server reported.
type tally struct {
	mu       sync.Mutex
	requests map[string]int // "route outcome"
	rejected map[Reason]int
	streams  int64
}

func (c *tally) Request(_ context.Context, route string, outcome Outcome, _ time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests[route+" "+string(outcome)]++
}

func (c *tally) Rejected(_ context.Context, reason Reason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rejected[reason]++
}

func (c *tally) Streams(_ context.Context, change int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.streams += change
}

func (c *tally) rejections(reason Reason) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rejected[reason]
}

func (c *tally) openStreams() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.streams
}

// everything is a caller who may do all.
var everything = query.Caller{Name: "mina", Tenant: "shop", Roles: query.Roles{View: true, Operate: true, Approve: true}}

// bench is a server under test.
type bench struct {
	t      *testing.T
	server *Server
	http   *httptest.Server
	tally  *tally
	stop   context.CancelFunc
}

func newBench(t *testing.T, caller query.Caller, change func(*Options)) *bench {
	t.Helper()
	running, stop := context.WithCancel(context.Background())
	b := &bench{t: t, tally: &tally{requests: map[string]int{}, rejected: map[Reason]int{}}, stop: stop}
	options := Options{
		Service: fixture.New(fixture.Options{}),
		Caller:  func(context.Context) (query.Caller, error) { return caller, nil },
		Running: running, TimeZone: "Asia/Seoul", OTLPEndpoint: "http://127.0.0.1:4318", Version: "test",
		RequestTimeout: time.Minute, StreamInterval: 20 * time.Millisecond,
		Rate: 1000, Burst: 1000, Clients: 100, Streams: 4, StreamsPerClient: 2,
		Recorder: b.tally, Logger: zap.NewNop(),
	}
	if change != nil {
		change(&options)
	}
	var err error
	b.server, err = New(options)
	require.NoError(t, err)
	limited := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 4096)
		b.server.ServeHTTP(w, r)
	})
	b.http = httptest.NewServer(b.server.Guard(limited))
	t.Cleanup(func() {
		stop()
		b.http.Close()
	})
	return b
}

// reply is a response that was read to its end; of a stream, only what stands before it.
type reply struct {
	StatusCode int
	Header     http.Header
	Body       *bytes.Reader
}

// call sends a request with the caller's token; headers are pairs and may overwrite.
func (b *bench) call(method, path, body string, headers ...string) reply {
	b.t.Helper()
	response := b.send(method, path, body, headers...)
	defer func() { _ = response.Body.Close() }()
	r := reply{StatusCode: response.StatusCode, Header: response.Header, Body: bytes.NewReader(nil)}
	if response.Header.Get("Content-Type") != "text/event-stream" {
		text, err := io.ReadAll(response.Body)
		require.NoError(b.t, err)
		r.Body = bytes.NewReader(text)
	}
	return r
}

// listen opens a stream, which is closed with the test, and reads it line by line.
func (b *bench) listen(path string) *bufio.Scanner {
	b.t.Helper()
	response := b.send(http.MethodGet, path, "")
	b.t.Cleanup(func() { _ = response.Body.Close() })
	require.Equal(b.t, http.StatusOK, response.StatusCode)
	require.Equal(b.t, "text/event-stream", response.Header.Get("Content-Type"))
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	return lines
}

func (b *bench) send(method, path, body string, headers ...string) *http.Response {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.http.URL+path, strings.NewReader(body))
	require.NoError(b.t, err)
	request.Header.Set("Content-Type", "application/json")
	if caller, err := b.server.Caller(b.t.Context()); err == nil {
		request.Header.Set(tokenHeader, b.server.tokens.of(caller))
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			request.Host = headers[i+1]
		} else {
			request.Header.Set(headers[i], headers[i+1])
		}
	}
	response, err := b.http.Client().Do(request)
	require.NoError(b.t, err)
	return response
}

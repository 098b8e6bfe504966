package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/braidotel/braid/internal/replay"
	"github.com/braidotel/braid/internal/simulate"
)

// backend is an OTLP server that counts spans, refuses the share that is asked for, and can be told to fail.
type backend struct {
	ptraceotlp.UnimplementedGRPCServer
	address string
	stop    func()

	mu       sync.Mutex
	spans    int
	refuse   int64 // spans of each request
	err      error
	received chan struct{} // gets one element for each request, if there is room
}

func (b *backend) Export(_ context.Context, r ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.received <- struct{}{}:
	default:
	}
	response := ptraceotlp.NewExportResponse()
	if b.err != nil {
		return response, b.err
	}
	b.spans += r.Traces().SpanCount()
	response.PartialSuccess().SetRejectedSpans(b.refuse)
	return response, nil
}

type (
	logBackend struct {
		plogotlp.UnimplementedGRPCServer
	}
	metricBackend struct {
		pmetricotlp.UnimplementedGRPCServer
	}
)

func (*logBackend) Export(context.Context, plogotlp.ExportRequest) (plogotlp.ExportResponse, error) {
	return plogotlp.NewExportResponse(), nil
}

func (*metricBackend) Export(context.Context, pmetricotlp.ExportRequest) (pmetricotlp.ExportResponse, error) {
	return pmetricotlp.NewExportResponse(), nil
}

func startBackend(t *testing.T) *backend {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b := &backend{address: listener.Addr().String(), received: make(chan struct{}, 1)}
	g := grpc.NewServer()
	ptraceotlp.RegisterGRPCServer(g, b)
	plogotlp.RegisterGRPCServer(g, &logBackend{})
	pmetricotlp.RegisterGRPCServer(g, &metricBackend{})
	done := make(chan struct{})
	go func() { defer close(done); _ = g.Serve(listener) }()
	b.stop = func() {
		g.Stop()
		<-done
	}
	t.Cleanup(b.stop)
	return b
}

func braidctl(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(ctx, args, &out, &errs)
	return code, out.String(), errs.String()
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer func() { assert.NoError(t, f.Close()) }()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	data, err := io.ReadAll(z)
	require.NoError(t, err)
	return data
}

// simulation writes two simulated minutes and returns the file.
func simulation(t *testing.T, extra ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "day.jsonl.gz")
	code, _, stderr := braidctl(t.Context(), append([]string{
		"simulate", "--start", "2026-03-02T21:00:00+09:00", "--duration", "2m", "--users", "40", "--output", file,
	}, extra...)...)
	require.Zero(t, code, stderr)
	return file
}

func TestSimulate_Output_SameBytesForSameSeed(t *testing.T) {
	t.Parallel()
	truth := filepath.Join(t.TempDir(), "truth.json")
	first := read(t, simulation(t, "--truth", truth))
	assert.True(t, bytes.Equal(first, read(t, simulation(t))), "no diff is shown: it would be megabytes long")
	assert.False(t, bytes.Equal(first, read(t, simulation(t, "--seed", "2"))))
	data, err := os.ReadFile(truth)
	require.NoError(t, err)
	var planted []simulate.Planted
	require.NoError(t, json.Unmarshal(data, &planted))
	assert.NotEmpty(t, planted)
	code, stdout, _ := braidctl(t.Context(), "simulate", "--start", "2026-03-02T21:00:00+09:00", "--duration", "2m", "--users", "40", "--output", "-")
	assert.Zero(t, code)
	assert.True(t, bytes.Equal(first, []byte(stdout)))
}

func TestReplay_SimulatedFile_ArrivesWhole(t *testing.T) {
	t.Parallel()
	file := simulation(t)
	want := 0
	for b, err := range replay.Batches(t.Context(), []string{file}, replay.Options{}) {
		require.NoError(t, err)
		if b.Signal == 0 {
			want += b.Items
		}
	}
	server := startBackend(t)
	code, _, stderr := braidctl(t.Context(), "replay", "--endpoint", server.address, "--speed", "max", "--shift-to-now", file)
	require.Zero(t, code, stderr)
	assert.Equal(t, want, server.spans)
	assert.Contains(t, stderr, fmt.Sprintf("%d spans accepted", want))
}

func TestReplay_Refusals_CountedAndExitCodeOne(t *testing.T) {
	t.Parallel()
	server := startBackend(t)
	server.refuse = 7
	file := filepath.Join(t.TempDir(), "a.jsonl")
	line := `{"resourceSpans":[{"scopeSpans":[{"spans":[` + strings.Repeat(`{"endTimeUnixNano":"5"},`, 9) + `{"endTimeUnixNano":"6"}]}]}]}`
	require.NoError(t, os.WriteFile(file, []byte(line+"\nbroken\n"), 0o600))
	code, _, stderr := braidctl(t.Context(), "replay", "--endpoint", server.address, file)
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, stderr, "3 spans accepted 7 refused")
	assert.Contains(t, stderr, "7 of 10 items were not accepted")
	assert.Contains(t, stderr, "a.jsonl:2")
	assert.Contains(t, stderr, "1 lines could not be decoded")
}

func TestReplay_Interrupted_SumsUpAndExits130(t *testing.T) {
	t.Parallel()
	server := startBackend(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-server.received
		cancel()
	}()
	code, _, stderr := braidctl(ctx, "replay", "--endpoint", server.address, "--speed", "0.01", simulation(t))
	assert.Equal(t, exitInterrupted, code)
	assert.Contains(t, stderr, "spans accepted")
	assert.NotContains(t, stderr, "failed")
}

// TestReplay_CollectorDiesMidway_SaysWhoAndHowMuchArrived: what was acknowledged is counted, and the rest is no success.
func TestReplay_CollectorDiesMidway_SaysWhoAndHowMuchArrived(t *testing.T) {
	t.Parallel()
	server := startBackend(t)
	died := make(chan struct{})
	go func() {
		defer close(died)
		<-server.received
		<-server.received // so the first was answered
		server.stop()
	}()
	code, _, stderr := braidctl(t.Context(), "replay", "--endpoint", server.address, "--speed", "60", "--patience", "300ms", simulation(t))
	<-died
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, stderr, "to "+server.address+", tried for 300ms: ")
	var accepted int
	_, err := fmt.Sscanf(stderr, "%d spans accepted", &accepted)
	require.NoError(t, err, stderr)
	assert.Positive(t, accepted)
	server.mu.Lock()
	defer server.mu.Unlock()
	assert.LessOrEqual(t, accepted, server.spans, "nothing that was not acknowledged")
}

func TestSimulate_EndlessInterrupted_IsSuccess(t *testing.T) {
	t.Parallel()
	server := startBackend(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-server.received
		cancel()
	}()
	code, _, stderr := braidctl(ctx, "simulate", "--endpoint", server.address, "--speed", "600", "--rate", "200")
	assert.Zero(t, code, stderr)
	assert.Contains(t, stderr, "spans accepted")
}

func TestSimulate_CollectorAlwaysBusy_FailsAfterPatience(t *testing.T) {
	t.Parallel()
	server := startBackend(t)
	server.err = status.Error(codes.Unavailable, "full")
	code, _, stderr := braidctl(t.Context(), "simulate", "--endpoint", server.address, "--speed", "max", "--duration", "10m", "--patience", "300ms")
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, stderr, "Unavailable: full")
	assert.Contains(t, stderr, "retries")
}

// A slow machine sends fewer; none may send more.
func TestLoad_Paced_StaysBelowTheRate(t *testing.T) {
	t.Parallel()
	server := startBackend(t)
	code, _, stderr := braidctl(t.Context(), "load", "--endpoint", server.address, "--rate", "2000", "--traces-per-request", "10", "--duration", "1s")
	require.Zero(t, code, stderr)
	assert.Positive(t, server.spans)
	assert.LessOrEqual(t, server.spans, 2500)
	assert.Contains(t, stderr, "spans/s from one core")
}

func TestTop_NoTerminal_EndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	code, stdout, _ := braidctl(ctx, "top", "--metrics", "http://127.0.0.1:1/metrics", "--every", "20ms")
	assert.Zero(t, code)
	assert.Contains(t, stdout, "0 sessions open")
}

func TestFlags_Wrong_SayWhatIsWanted(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"speed must be":                 {"simulate", "--speed", "fast"},
		"--start must look like":        {"simulate", "--start", "yesterday"},
		"users must be between":         {"simulate", "--users", "0"},
		"scenario \"quake\" is unknown": {"simulate", "--scenario", "quake"},
		"--output needs a --duration":   {"simulate", "--output", "x"},
		"--rate must not be negative":   {"simulate", "--rate", "-1"},
		"host:port":                     {"load", "--endpoint", "nowhere"},
		"--senders must be at least":    {"load", "--senders", "0"},
		"traces per request":            {"load", "--traces-per-request", "0"},
		"--patience":                    {"load", "--patience", "0s"},
		"--from must look like":         {"replay", "--from", "noon", "x"},
		"must be before":                {"replay", "--from", "2026-03-02T09:00:00Z", "--to", "2026-03-02T09:00:00Z", "x"},
		"no such file":                  {"replay", "no-such-file"},
		"requires at least 1 arg":       {"replay"},
		"interval must be above 0":      {"top", "--every", "0s"},
	}
	for want, args := range tests {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			code, _, stderr := braidctl(t.Context(), args...)
			assert.Equal(t, exitFailure, code)
			assert.Contains(t, stderr, want)
		})
	}
}

// TestREADME_CommandsAndScenarios_AreToldOf: every command, its own commands, and everything that can be planted.
func TestREADME_CommandsAndScenarios_AreToldOf(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	readme := string(text)
	for _, command := range newRoot().Commands() {
		assert.Regexp(t, "(?m)^\\| `"+command.Name()+`\b`, readme)
		for _, own := range command.Commands() {
			assert.Regexp(t, "(?m)^\\| `"+command.Name()+" .*\\b"+own.Name()+"`", readme)
		}
	}
	for _, kind := range simulate.Kinds() {
		assert.Contains(t, readme, "| `"+string(kind)+"` |")
	}
}

func TestVersion_Flag_SaysWhichReleaseItIs(t *testing.T) {
	t.Parallel()
	code, stdout, _ := braidctl(t.Context(), "--version")
	assert.Zero(t, code)
	assert.Equal(t, "braidctl version "+version+"\n", stdout)
}

//go:build integration

package resilience

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/gzip" // one of the bombs
	"google.golang.org/grpc/status"

	"github.com/braidotel/braid/testbed/collector"
)

const (
	bodyCap = 4 << 20 // what the shipped configurations accept
	mebi    = 1 << 20
	// bombLimit is what a bomb may add to the memory of the process.
	bombLimit = 64 * mebi
	bombSize  = 256 * mebi
	// nestedPeak is what may be resident when a request is nothing but levels of values.
	nestedPeak = 600 * mebi
)

// alone runs the whole distribution as standalone.yaml has it.
func alone(t *testing.T, env map[string]string, overlays ...string) *braid {
	t.Helper()
	root, err := collector.Root()
	require.NoError(t, err)
	b := newBraid(t, &sink{address: "127.0.0.1:1"}, t.TempDir(), overlays...)
	b.config.Configs[0] = filepath.Join(root, "distribution", "configs", "standalone.yaml")
	maps.Copy(b.config.Env, env)
	b.start()
	return b
}

// peak is the most that was ever resident, in bytes.
func (b *braid) peak() uint64 { return b.memory("VmHWM:") }

// mapped is how much of what is resident are pages of files, which the kernel takes back when memory is short, in bytes.
func (b *braid) mapped() uint64 { return b.memory("RssFile:") }

func (b *braid) memory(field string) uint64 {
	b.t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.process.PID()))
	require.NoError(b.t, err)
	_, after, found := strings.Cut(string(raw), field)
	require.True(b.t, found)
	kibi := uint64(0)
	_, err = fmt.Sscan(after, &kibi)
	require.NoError(b.t, err)
	return kibi << 10
}

// forgetPeak makes the peak begin anew.
func (b *braid) forgetPeak() {
	b.t.Helper()
	require.NoError(b.t, os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", b.process.PID()), []byte("5"), 0o200))
}

func (b *braid) assertLives() {
	b.t.Helper()
	select {
	case <-b.process.Exited():
		require.FailNow(b.t, "the collector has ended")
	default:
	}
	require.Eventually(b.t, func() bool { return b.status(http.MethodGet, b.at.HealthURL(), nil, nil) == http.StatusOK }, drainLimit, pollEvery)
}

var direct = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}, Timeout: 30 * time.Second}

// status sends a request and returns the answer's status; 0 if there was none.
func (b *braid) status(method, url string, header map[string]string, body []byte) int {
	request, err := http.NewRequestWithContext(b.t.Context(), method, url, bytes.NewReader(body))
	require.NoError(b.t, err)
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := direct.Do(request)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return response.StatusCode
}

// raw is a codec of gRPC that sends bytes as they are.
type raw struct{}

func (raw) Name() string                       { return "proto" }
func (raw) Marshal(v any) ([]byte, error)      { return *v.(*[]byte), nil }
func (raw) Unmarshal(data []byte, v any) error { *v.(*[]byte) = bytes.Clone(data); return nil }

var services = map[string]string{
	"traces":  "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
	"logs":    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
	"metrics": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
}

// invoke sends an export request over gRPC as it is and returns its status.
func (b *braid) invoke(signal string, body []byte, options ...grpc.CallOption) codes.Code {
	b.t.Helper()
	conn, err := grpc.NewClient(b.at.OTLPGRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(b.t, err)
	defer conn.Close()
	ctx, cancel := context.WithTimeout(b.t.Context(), 30*time.Second)
	defer cancel()
	var reply []byte
	return status.Code(conn.Invoke(ctx, services[signal], &body, &reply, append(options, grpc.ForceCodec(raw{}))...))
}

// TestHostile_NestedValues_DoNotKill sends the deepest values that fit into a request, over each protocol and of each
// signal, to everything that standalone.yaml has (S1). Decoding, copying and encoding them recurses in pdata, level by level, and took
// 1.7 GiB before nesting_limiter refused them.
func TestHostile_NestedValues_DoNotKill(t *testing.T) {
	b := alone(t, nil)
	for signal := range services {
		now := uint64(time.Now().UnixNano())
		body := deep(signal, bodyCap-4096, now)
		require.Less(t, len(body), bodyCap)
		url := "http://" + b.at.OTLPHTTP + "/v1/" + signal
		code := b.invoke(signal, body)
		b.assertLives()
		overHTTP := b.status(http.MethodPost, url, map[string]string{"Content-Type": "application/x-protobuf"}, body)
		b.assertLives()
		asJSON := b.status(http.MethodPost, url, map[string]string{"Content-Type": "application/json"}, []byte(deepJSON(signal, bodyCap-4096)))
		b.assertLives()
		assert.Equal(t, []any{codes.Internal, http.StatusBadRequest, http.StatusBadRequest}, []any{code, overHTTP, asJSON},
			"refused such that senders do not try again")
		t.Logf("%s of %d bytes: gRPC %v, HTTP %d, JSON %d; at most %d MiB resident", signal, len(body), code, overHTTP, asJSON, b.peak()/mebi)
	}
	assert.Less(t, b.peak(), uint64(nestedPeak))
}

// TestHostile_CompressionBombs_AreRefused sends bodies that become a quarter of a gigabyte (S2).
func TestHostile_CompressionBombs_AreRefused(t *testing.T) {
	b := alone(t, nil)
	for name, compress := range map[string]func(io.Writer) (io.WriteCloser, error){
		"gzip":            func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
		"zlib":            func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil },
		"deflate":         func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil },
		"zstd":            func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) },
		"lz4":             func(w io.Writer) (io.WriteCloser, error) { return lz4.NewWriter(w), nil },
		"x-snappy-framed": func(w io.Writer) (io.WriteCloser, error) { return snappy.NewBufferedWriter(w), nil },
		"snappy":          func(w io.Writer) (io.WriteCloser, error) { return &block{to: w}, nil },
	} {
		bomb := bombOf(t, compress)
		b.forgetPeak()
		before := b.peak()
		got := b.status(http.MethodPost, "http://"+b.at.OTLPHTTP+"/v1/traces",
			map[string]string{"Content-Type": "application/x-protobuf", "Content-Encoding": name}, bomb)
		b.assertLives()
		after := b.peak()
		assert.True(t, got >= 400 && got < 500 || got == 0 && len(bomb) > bodyCap, "%s: status %d", name, got)
		assert.Less(t, after, before+bombLimit, "%s: resident", name)
		t.Logf("%s: %d bytes, status %d, %d MiB more", name, len(bomb), got, (after-before)/mebi)
	}
	b.forgetPeak()
	before := b.peak()
	zeros := make([]byte, bombSize)
	assert.Equal(t, codes.ResourceExhausted, b.invoke("traces", zeros, grpc.UseCompressor("gzip")))
	b.assertLives()
	assert.Less(t, b.peak(), before+bombLimit, "gzip over gRPC: resident")
	require.NotNil(t, encoding.GetCompressor("gzip"))
}

// block is snappy without frames, which is compressed as a whole.
type block struct {
	to    io.Writer
	whole bytes.Buffer
}

func (b *block) Write(p []byte) (int, error) { return b.whole.Write(p) }
func (b *block) Close() error {
	_, err := b.to.Write(snappy.Encode(nil, b.whole.Bytes()))
	return err
}

func bombOf(t *testing.T, compress func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := compress(&out)
	require.NoError(t, err)
	zeros := make([]byte, mebi)
	for range bombSize / len(zeros) {
		_, err := w.Write(zeros)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

//go:build integration

package configs

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip" // exporters compress
)

const (
	sessionID = "0196c4f2-visit"
	arrival   = 20 * time.Second // within which what was sent must have come out
	pollEvery = 50 * time.Millisecond
)

func TestShipped_Files_Validate(t *testing.T) {
	t.Parallel()
	path := binary(t)
	for _, file := range []string{"standalone.yaml", "agent.yaml", "gateway.yaml", "balancer.yaml"} {
		cmd := exec.CommandContext(t.Context(), path, "validate", "--config", file)
		cmd.Env = append(os.Environ(), "BRAID_BACKEND_ENDPOINT=127.0.0.1:1", "BRAID_DATA_DIR="+t.TempDir())
		out, err := cmd.CombinedOutput()
		assert.NoError(t, err, "%s: %s", file, out)
	}
}

func TestStandalone_OneVisit_ShowsInMetricsAndEvents(t *testing.T) {
	t.Parallel()
	c := start(t, nil, "standalone.yaml")
	require.Equal(t, http.StatusOK, post(t, http.DefaultClient, "http://"+c.OTLPHTTP, ""))

	assert.Eventually(t, func() bool {
		return strings.Contains(get(t, c.MetricsURL()), "braid_session_active")
	}, arrival, pollEvery, "no braid_session_active on the metrics endpoint")
	assert.Eventually(t, func() bool {
		events, _ := os.ReadFile(filepath.Join(c.data, "events.jsonl"))
		return bytes.Contains(events, []byte("session.start")) && bytes.Contains(events, []byte(sessionID))
	}, arrival, pollEvery, "no session.start in events.jsonl")
}

// What is learnt of this machine shows after a minute and more; that it is being learnt shows at once.
func TestStandalone_HostMetrics_AreLearnt(t *testing.T) {
	t.Parallel()
	c := start(t, nil, "standalone.yaml")
	assert.Eventually(t, func() bool {
		return strings.Contains(get(t, "http://"+c.Telemetry+"/metrics"),
			`otelcol_processor_seasonality_points{outcome="learnt",processor="seasonality/host"}`)
	}, arrival, pollEvery, "seasonality/host has learnt nothing")
	named := regexp.MustCompile(`(?m)^system_memory_utilization_ratio\{[^}]*host_name="`)
	assert.Eventually(t, func() bool { return named.MatchString(get(t, c.MetricsURL())) },
		arrival, pollEvery, "a figure without the name of its host answers no question of capacity")
}

func TestAgentAndGateway_Span_ReachesBackendStamped(t *testing.T) {
	t.Parallel()
	address, spans := backend(t)
	gateway := start(t, forwardTo(address), "gateway.yaml")
	agent := start(t, forwardTo(gateway.OTLPGRPC), "agent.yaml")
	require.Equal(t, http.StatusOK, post(t, http.DefaultClient, "http://"+agent.OTLPHTTP, ""))

	select {
	case attributes := <-spans:
		assert.Equal(t, sessionID, attributes["session.id"])
	case <-time.After(arrival):
		assert.Fail(t, "the span did not arrive at the backend")
	}
}

func TestSecure_Request_NeedsTLSAndToken(t *testing.T) {
	t.Parallel()
	const token = "token-of-this-test-alone"
	dir := t.TempDir()
	cert, key, tokenFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "token")
	client := certify(t, cert, key)
	require.NoError(t, os.WriteFile(tokenFile, []byte(token), 0o600))
	env := forwardTo("127.0.0.1:1")
	env["BRAID_TLS_CERT_FILE"], env["BRAID_TLS_KEY_FILE"], env["BRAID_TOKEN_FILE"] = cert, key, tokenFile

	for _, config := range []string{"standalone.yaml", "agent.yaml", "gateway.yaml", "balancer.yaml"} {
		t.Run(config, func(t *testing.T) {
			t.Parallel()
			c := start(t, env, append([]string{config}, overlays(config)...)...)
			assert.Equal(t, http.StatusOK, post(t, client, "https://"+c.OTLPHTTP, token))
			assert.Equal(t, http.StatusUnauthorized, post(t, client, "https://"+c.OTLPHTTP, ""))
			assert.Equal(t, http.StatusUnauthorized, post(t, client, "https://"+c.OTLPHTTP, "another"))
			assert.Equal(t, http.StatusBadRequest, post(t, http.DefaultClient, "http://"+c.OTLPHTTP, token))
		})
	}
}

// forwardTo points an agent or gateway at a backend without TLS.
func forwardTo(address string) map[string]string {
	return map[string]string{"BRAID_BACKEND_ENDPOINT": address, "BRAID_BACKEND_INSECURE": "true"}
}

// post sends one span of a visit as OTLP and returns the status that was answered.
func post(t *testing.T, client *http.Client, url, token string) int {
	t.Helper()
	return postAt(t, client, url, token, time.Now())
}

// postAt sends one that ended then.
func postAt(t *testing.T, client *http.Client, url, token string, now time.Time) int {
	t.Helper()
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "shop")
	span := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetTraceID(pcommon.TraceID{1})
	span.SetSpanID(pcommon.SpanID{1})
	span.SetName("GET /")
	span.SetKind(ptrace.SpanKindServer)
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(now.Add(-time.Millisecond)))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(now))
	span.Attributes().PutStr("session.id", sessionID)
	body, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	require.NoError(t, err)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/traces", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-protobuf")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	return resp.StatusCode
}

// sink passes on the attributes of every span it is sent.
type sink struct {
	ptraceotlp.UnimplementedGRPCServer
	spans chan map[string]any
}

func (s *sink) Export(ctx context.Context, req ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	for _, rs := range req.Traces().ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				select {
				case s.spans <- span.Attributes().AsRaw():
				case <-ctx.Done():
					return ptraceotlp.NewExportResponse(), ctx.Err()
				}
			}
		}
	}
	return ptraceotlp.NewExportResponse(), nil
}

// backend serves OTLP over gRPC until the test ends. Logs and metrics it does not know: exporters drop what is
// answered Unimplemented.
func backend(t *testing.T) (address string, spans <-chan map[string]any) {
	t.Helper()
	received := make(chan map[string]any, 16)
	server := grpc.NewServer()
	ptraceotlp.RegisterGRPCServer(server, &sink{spans: received})
	listener := listen(t)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-served)
	})
	return listener.Addr().String(), received
}

// certify writes a certificate for loopback and its key, and returns a client that trusts it.
func certify(t *testing.T, certFile, keyFile string) *http.Client {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	require.NoError(t, os.WriteFile(certFile, certPEM, 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600))

	trusted := x509.NewCertPool()
	require.True(t, trusted.AppendCertsFromPEM(certPEM))
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS13}}}
}

//go:build integration

package configs

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/askclient"
	"github.com/braidotel/braid/internal/query"
)

func TestEdgeAndCenter_Files_Validate(t *testing.T) {
	t.Parallel()
	path := binary(t)
	for _, files := range [][]string{
		{"edge.yaml"}, {"edge.yaml", secure}, {"edge.yaml", edgeKafka}, {"balancer.yaml", balancerKafka}, {"center.yaml"}, {"center.yaml", centerKafka},
		{"center.yaml", secure, secureStandalone, centerMTLS}, {"center.yaml", secure, secureStandalone, centerKafka, secureCenterKafka},
		{"center.yaml", secureCenterEdges}, {"center.yaml", secureCenterEdges, centerMTLS},
		{"balancer.yaml", secure, balancerKafka, secureBalancerKafka},
	} {
		args := []string{"validate"}
		for _, file := range files {
			args = append(args, "--config", file)
		}
		cmd := exec.CommandContext(t.Context(), path, args...)
		cmd.Env = append(os.Environ(), "BRAID_DATA_DIR="+t.TempDir())
		for _, name := range []string{"BRAID_TOKEN_FILE", "BRAID_EDGES_FILE", "BRAID_TLS_CERT_FILE", "BRAID_TLS_KEY_FILE", "BRAID_TLS_CLIENT_CA_FILE"} {
			cmd.Env = append(cmd.Env, name+"=/dev/null")
		}
		out, err := cmd.CombinedOutput()
		assert.NoError(t, err, "%v: %s", files, out)
	}
}

// An edge shows its token over TLS; another edge's token, once taken out of the file, is refused.
func TestEdgeAndCenter_Token_LetsItsEdgeIn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key, tokens := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "tokens")
	certify(t, cert, key)
	require.NoError(t, os.WriteFile(tokens, []byte("token-of-busan\ntoken-of-seoul\n"), 0o600))
	center := start(t, map[string]string{"BRAID_TOKEN_FILE": tokens, "BRAID_TLS_CERT_FILE": cert, "BRAID_TLS_KEY_FILE": key},
		"center.yaml", secure, secureStandalone)
	edge := func(region, token string) running {
		return start(t, map[string]string{
			"BRAID_REGION": region, "BRAID_CENTER_ENDPOINT": center.OTLPGRPC, "BRAID_CENTER_TOKEN": token, "BRAID_CENTER_CA_FILE": cert,
			"BRAID_QUEUE_BYTES": "4194304",
		}, "edge.yaml")
	}
	busan, jeju := edge("busan", "token-of-busan"), edge("jeju", "token-of-nobody")
	for _, e := range []running{busan, jeju} {
		require.Equal(t, http.StatusOK, post(t, http.DefaultClient, "http://"+e.OTLPHTTP, ""))
	}
	assert.Eventually(t, func() bool {
		events, _ := os.ReadFile(filepath.Join(center.data, "events.jsonl"))
		return bytes.Contains(events, []byte("session.start")) && bytes.Contains(events, []byte("busan"))
	}, arrival, pollEvery, "busan's session did not arrive")
	assert.Eventually(t, func() bool {
		telemetry := get(t, "http://"+jeju.Telemetry+"/metrics")
		return strings.Contains(telemetry, "otelcol_exporter_send_failed_log_records") || strings.Contains(telemetry, "otelcol_exporter_queue_size")
	}, arrival, pollEvery)
	events, err := os.ReadFile(filepath.Join(center.data, "events.jsonl"))
	require.NoError(t, err)
	assert.NotContains(t, string(events), "jeju")
}

// An edge that has reported and then says nothing is named in the center's answers, whose figures are then of less than all.
func TestEdgeAndCenter_SilentEdge_IsNamedInAnswers(t *testing.T) {
	t.Parallel()
	center := start(t, map[string]string{"BRAID_EDGE_SILENT_AFTER": "5s"}, "center.yaml")
	edge := start(t, map[string]string{
		"BRAID_REGION": "busan", "BRAID_CENTER_ENDPOINT": center.OTLPGRPC, "BRAID_CENTER_INSECURE": "true", "BRAID_QUEUE_BYTES": "4194304",
		"BRAID_CLOCK": "replay", // reports of minutes that have passed at once, and of none while nothing comes
	}, "edge.yaml")
	for _, ago := range []time.Duration{5 * time.Minute, 0} {
		require.Equal(t, http.StatusOK, postAt(t, http.DefaultClient, "http://"+edge.OTLPHTTP, "", time.Now().Add(-ago)))
	}
	client := askclient.Client{URL: strings.TrimSuffix(center.PageURL(), "/"), HTTP: http.DefaultClient}
	assert.Eventually(t, func() bool {
		body, err := client.Ask(t.Context(), query.Question{Text: "is everything healthy?", Language: "en"})
		var a answer.Answer
		if err != nil || json.Unmarshal(body, &a) != nil {
			return false
		}
		return !a.Quality.Complete && strings.Contains(strings.Join(a.Quality.Notes, "\n"), "Edge Busan: nothing has come since")
	}, 2*arrival, 10*pollEvery, "the answer does not name the edge")
}

// A center counts the sessions of regions itself, from sketches. Of what edges count, it gets what adds up: sessions that began,
// and open ones by place, but not an edge's total as if it were of all.
func TestEdgeAndCenter_Sessions_AddUp(t *testing.T) {
	t.Parallel()
	center := start(t, nil, "center.yaml")
	edge := start(t, map[string]string{
		"BRAID_REGION": "busan", "BRAID_TENANT": "acme", "BRAID_CENTER_ENDPOINT": center.OTLPGRPC, "BRAID_CENTER_INSECURE": "true",
		"BRAID_QUEUE_BYTES": "4194304", "BRAID_CLOCK": "replay",
	}, "edge.yaml")
	for _, ago := range []time.Duration{2 * time.Minute, 0} { // the second ends the minute of the first
		require.Equal(t, http.StatusOK, postAt(t, http.DefaultClient, "http://"+edge.OTLPHTTP, "", time.Now().Add(-ago)))
	}
	var page string
	require.Eventually(t, func() bool {
		page = get(t, center.MetricsURL())
		return strings.Contains(page, `braid_concurrent_users{braid_identity="session",braid_region="busan",`) &&
			strings.Contains(page, "braid_session_started_total{") && strings.Contains(page, "braid_session_active{")
	}, 2*arrival, pollEvery)
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "braid_session_active{") {
			assert.Contains(t, line, "service_name=", "the total of an edge")
		}
	}
}

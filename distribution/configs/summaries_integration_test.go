//go:build integration

package configs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/askclient"
)

// hanging is asked and answers nothing until the test ends; it passes on the paths that it was asked for.
func hanging(t *testing.T) (url string, asked <-chan string) {
	t.Helper()
	paths, end := make(chan string, 16), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case paths <- r.URL.Path:
		default:
		}
		<-end
	}))
	t.Cleanup(func() {
		close(end)
		server.Close()
	})
	return server.URL, paths
}

// An incident that an edge tells of, and the one that spans the regions of two, each have a summary at the center. The model
// that should phrase it and the webhook by which people should be told hang meanwhile; sketches are merged all the same.
func TestCenter_ModelAndNotifierHang_IncidentsAreToldAndSketchesMerged(t *testing.T) {
	t.Parallel()
	url, asked := hanging(t)
	dir := t.TempDir()
	notifications, overlay := filepath.Join(dir, "alertmanager.yml"), filepath.Join(dir, "told.yaml")
	require.NoError(t, os.WriteFile(notifications, fmt.Appendf(nil, `route: {receiver: team, group_wait: 0s}
receivers: [{name: team, webhook_configs: [{url: %q}]}]
`, url+"/webhook"), 0o600))
	require.NoError(t, os.WriteFile(overlay, fmt.Appendf(nil, `exporters:
  llm_summary:
    models: [{name: house, provider: openai, endpoint: %q, model: m, local: true}]
    notifications: {file: %q}
`, url+"/model", notifications), 0o600))
	center := start(t, nil, "center.yaml", overlay)
	for _, region := range []string{"busan", "seoul"} {
		tell(t, center, region)
	}

	client := askclient.Client{URL: strings.TrimSuffix(center.PageURL(), "/"), HTTP: http.DefaultClient}
	summarized := func(id string) bool {
		var a answer.Answer
		body, err := client.Incident(t.Context(), id)
		return err == nil && json.Unmarshal(body, &a) == nil && a.Summary != nil && len(a.Summary.Sentences) > 0
	}
	assert.Eventually(t, func() bool { return summarized("of busan") && summarized("of seoul") }, arrival, pollEvery, "those of edges")
	assert.Eventually(t, func() bool {
		for _, e := range events(t, center) {
			if id, ok := e.record["braid.incident.id"].(string); ok && e.record["braid.incident.regions"] != nil {
				return summarized(id)
			}
		}
		return false
	}, 2*arrival, pollEvery, "that of both regions")
	waiting := map[string]bool{}
	assert.Eventually(t, func() bool {
		select {
		case path := <-asked:
			waiting[path] = true
		default:
		}
		return len(waiting) == 2
	}, arrival, pollEvery, "the model and the webhook hang: %v", waiting)

	edge := start(t, map[string]string{
		"BRAID_REGION": "jeju", "BRAID_CENTER_ENDPOINT": center.OTLPGRPC, "BRAID_CENTER_INSECURE": "true", "BRAID_QUEUE_BYTES": "4194304",
		"BRAID_CLOCK": "replay",
	}, "edge.yaml")
	for _, ago := range []time.Duration{5 * time.Minute, 0} {
		require.Equal(t, http.StatusOK, postAt(t, http.DefaultClient, "http://"+edge.OTLPHTTP, "", time.Now().Add(-ago)))
	}
	merged := regexp.MustCompile(`otelcol_processor_concurrency_sketches_received(_total)?\{[^}]*result="merged"[^}]*\} [1-9]`)
	assert.Eventually(t, func() bool { return merged.MatchString(get(t, "http://"+center.Telemetry+"/metrics")) }, arrival, pollEvery,
		"no sketch is merged")
	tell(t, center, "daegu")
	assert.Eventually(t, func() bool { return summarized("of daegu") }, arrival, pollEvery, "a further one")
}

// tell sends the center an incident of a service, as the edge of a region tells of it.
func tell(t *testing.T, center running, region string) {
	t.Helper()
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("braid.region", region)
	sl := rl.ScopeLogs().AppendEmpty()
	sl.Scope().SetName("github.com/braidotel/braid/connector/incidentconnector")
	r := sl.LogRecords().AppendEmpty()
	r.SetEventName("braid.incident")
	r.SetSeverityNumber(plog.SeverityNumberError)
	r.SetTimestamp(pcommon.NewTimestampFromTime(time.Now()))
	require.NoError(t, r.Attributes().FromRaw(map[string]any{
		"braid.incident.id": "of " + region, "braid.incident.phase": "opened", "braid.incident.status": "open",
		"braid.incident.services": []any{"payment"}, "braid.incident.alerts": 3, "braid.start_time_unix_nano": time.Now().Add(-time.Minute).UnixNano(),
	}))
	body, err := plogotlp.NewExportRequestFromLogs(ld).MarshalProto()
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+center.OTLPHTTP+"/v1/logs", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-protobuf")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

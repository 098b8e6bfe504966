//go:build integration

package configs

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"
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
)

// credential is a line of BRAID_EDGES_FILE. SHA-1 will do for passwords that are random and long.
func credential(name, password string) string {
	digest := sha1.Sum([]byte(password))
	return name + ":{SHA}" + base64.StdEncoding.EncodeToString(digest[:]) + "\n"
}

// shown is what an edge shows of it.
func shown(name, password string) string {
	return base64.StdEncoding.EncodeToString([]byte(name + ":" + password))
}

// events returns the records that the center has written down.
func events(t *testing.T, center running) (found []event) {
	t.Helper()
	text, _ := os.ReadFile(filepath.Join(center.data, "events.jsonl"))
	for line := range bytes.Lines(text) {
		ld, err := new(plog.JSONUnmarshaler).UnmarshalLogs(line)
		if err != nil { // it is being written
			continue
		}
		for _, rl := range ld.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, r := range sl.LogRecords().All() {
					found = append(found, event{name: r.EventName(), resource: rl.Resource().Attributes().AsRaw(), record: r.Attributes().AsRaw()})
				}
			}
		}
	}
	return found
}

type event struct {
	name             string
	resource, record map[string]any
}

// namedCenter starts a center that knows edges by the given lines. edge starts one that says of itself what it is told to,
// and lets it tell of two minutes.
func namedCenter(t *testing.T, credentials string) (center running, client *http.Client, edge func(region, name, tenant, token string) running) {
	t.Helper()
	dir := t.TempDir()
	cert, key, edges := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "edges")
	client = certify(t, cert, key)
	require.NoError(t, os.WriteFile(edges, []byte(credentials), 0o600))
	center = start(t, map[string]string{"BRAID_EDGES_FILE": edges, "BRAID_TLS_CERT_FILE": cert, "BRAID_TLS_KEY_FILE": key},
		"center.yaml", secureCenterEdges)
	return center, client, func(region, name, tenant, token string) running {
		t.Helper()
		e := start(t, map[string]string{
			"BRAID_REGION": region, "BRAID_EDGE": name, "BRAID_TENANT": tenant, "BRAID_CENTER_ENDPOINT": center.OTLPGRPC,
			"BRAID_CENTER_CA_FILE": cert, "BRAID_CENTER_SCHEME": "Basic", "BRAID_CENTER_TOKEN": token, "BRAID_QUEUE_BYTES": "4194304",
			"BRAID_CLOCK": "replay", // so that minutes that have passed are told of at once
		}, "edge.yaml")
		for _, ago := range []time.Duration{5 * time.Minute, 0} {
			require.Equal(t, http.StatusOK, postAt(t, http.DefaultClient, "http://"+e.OTLPHTTP, "", time.Now().Add(-ago)))
		}
		return e
	}
}

// counted tells whether the center has counted sketches or reports (a metric's last words) with a result.
func counted(t *testing.T, center running, metric, result string) bool {
	t.Helper()
	line := regexp.MustCompile("otelcol_processor_concurrency_" + metric + `(_total)?\{[^}]*result="` + result + `"[^}]*\} [1-9]`)
	return line.MatchString(get(t, "http://"+center.Telemetry+"/metrics"))
}

// Which edge it is and whose, its credential says: an edge that claims another tenant speaks for its own, its sketches and reports
// fit no key, a report under another's name is forged, and one without a credential speaks for nobody. A region that looks like a
// number remains the text that it is.
func TestEdgeAndCenter_Credentials_NameEdgeAndTenant(t *testing.T) {
	t.Parallel()
	center, client, edge := namedCenter(t, credential("busan@agency-7", "of busan")+credential("jeju@agency-8", "of jeju"))
	edge("051", "busan", "agency-7", shown("busan@agency-7", "of busan"))
	edge("064", "jeju", "agency-7", shown("jeju@agency-8", "of jeju"))
	edge("063", "busan", "agency-8", shown("jeju@agency-8", "of jeju"))
	refused := edge("02", "busan", "agency-7", shown("busan@agency-7", "of nobody"))

	tenants := func() map[any]any {
		found := map[any]any{}
		for _, e := range events(t, center) {
			if e.name == "session.start" {
				found[e.resource["braid.region"]] = e.resource["braid.tenant"]
			}
		}
		return found
	}
	want := map[any]any{"051": "agency-7", "064": "agency-8", "063": "agency-8"}
	assert.Eventually(t, func() bool { return assert.ObjectsAreEqual(want, tenants()) }, arrival, pollEvery, "tenants by region")
	assert.Eventually(t, func() bool { return strings.Contains(refused.logs(), "Unauthenticated") }, arrival, pollEvery, "02 is not told")
	assert.Equal(t, want, tenants())

	for metric, results := range map[string][]string{"sketches_received": {"merged", "key"}, "reports_received": {"merged", "key", "forged"}} {
		for _, result := range results {
			assert.Eventually(t, func() bool { return counted(t, center, metric, result) }, arrival, pollEvery, "%s: none is %s", metric, result)
		}
	}

	// A record that claims another tenant and another edge than its credential.
	assert.Equal(t, http.StatusUnauthorized, claim(t, client, center, "", "wind"))
	assert.Equal(t, http.StatusOK, claim(t, client, center, shown("jeju@agency-8", "of jeju"), "rain"))
	assert.Eventually(t, func() bool {
		for _, e := range events(t, center) {
			if e.name == "braid.rain" {
				return e.resource["braid.tenant"] == "agency-8" && e.record["braid.edge"] == "jeju" && e.record["braid.tenant"] == nil
			}
		}
		return false
	}, arrival, pollEvery, "the claim is not corrected")
	for _, e := range events(t, center) {
		assert.NotEqual(t, "braid.wind", e.name)
	}
}

// Where the credential names a region, that is where all is from that comes with it: what an edge counted for another is forged,
// and its own is merged.
func TestEdgeAndCenter_CredentialWithRegion_SpeaksForItAlone(t *testing.T) {
	t.Parallel()
	center, client, edge := namedCenter(t, credential("pohang/054@agency-7", "of pohang")+credential("ulsan/052@agency-7", "of ulsan"))
	regions := func() map[any]bool {
		found := map[any]bool{}
		for _, e := range events(t, center) {
			if e.name == "session.start" {
				found[e.resource["braid.region"]] = true
			}
		}
		return found
	}
	edge("054", "pohang", "agency-7", shown("pohang/054@agency-7", "of pohang"))
	for _, metric := range []string{"sketches_received", "reports_received"} {
		assert.Eventually(t, func() bool { return counted(t, center, metric, "merged") }, arrival, pollEvery, metric)
		assert.False(t, counted(t, center, metric, "forged"), metric)
	}
	edge("054", "ulsan", "agency-7", shown("ulsan/052@agency-7", "of ulsan"))
	assert.Eventually(t, func() bool { return counted(t, center, "sketches_received", "forged") }, arrival, pollEvery, "counted for another")
	assert.Eventually(t, func() bool { return len(regions()) == 2 }, arrival, pollEvery)
	assert.Equal(t, map[any]bool{"054": true, "052": true}, regions())

	assert.Equal(t, http.StatusOK, claim(t, client, center, shown("ulsan/052@agency-7", "of ulsan"), "rain"))
	var rain event
	assert.Eventually(t, func() bool {
		for _, e := range events(t, center) {
			if e.name == "braid.rain" {
				rain = e
			}
		}
		return rain.name != ""
	}, arrival, pollEvery, "the claim does not arrive")
	assert.Equal(t, "052", rain.resource["braid.region"])
	assert.Equal(t, map[string]any{"braid.region": "052", "braid.edge": "ulsan", "braid.incident.regions": []any{"052"}}, rain.record)
}

// claim sends the center a record of agency-7, its edge busan and region 051, and returns the status that was answered.
func claim(t *testing.T, client *http.Client, center running, token, name string) int {
	t.Helper()
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("braid.tenant", "agency-7")
	r := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetEventName("braid." + name)
	r.SetTimestamp(pcommon.Timestamp(1))
	r.Attributes().PutStr("braid.tenant", "agency-7")
	r.Attributes().PutStr("braid.edge", "busan")
	r.Attributes().PutStr("braid.region", "051")
	r.Attributes().PutEmptySlice("braid.incident.regions").AppendEmpty().SetStr("051")
	body, err := plogotlp.NewExportRequestFromLogs(ld).MarshalProto()
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, fmt.Sprintf("https://%s/v1/logs", center.OTLPHTTP), bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-protobuf")
	if token != "" {
		req.Header.Set("Authorization", "Basic "+token)
	}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	return resp.StatusCode
}

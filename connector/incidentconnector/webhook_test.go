package incidentconnector

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

// webhookBody is what Alertmanager sends of some alerts of one service that began one after the other.
func webhookBody(t *testing.T, status string, began time.Time, names ...string) string {
	t.Helper()
	alerts := []map[string]any{}
	for i, name := range names {
		alerts = append(alerts, map[string]any{
			"status": status, "labels": map[string]string{"alertname": name, "job": "cart", "namespace": "shop", "severity": "critical"},
			"annotations": map[string]string{"summary": name + " of cart"},
			"startsAt":    began.Add(time.Duration(i) * 10 * time.Second).Format(time.RFC3339Nano), "endsAt": "0001-01-01T00:00:00Z",
			"generatorURL": "http://prometheus/graph", "fingerprint": "f" + name,
		})
	}
	body, err := json.Marshal(map[string]any{
		"receiver": "braid", "status": status, "alerts": alerts, "groupLabels": map[string]string{"job": "cart"}, "commonLabels": map[string]string{},
		"commonAnnotations": map[string]string{}, "externalURL": "http://alertmanager", "version": "4", "groupKey": `{}:{job="cart"}`, "truncatedAlerts": 0,
	})
	require.NoError(t, err)
	return string(body)
}

// overOTLP is a record as it comes through the otlp receiver.
func overOTLP(t *testing.T, at time.Time, fill func(body pcommon.Value)) plog.Logs {
	t.Helper()
	ld := plog.NewLogs()
	lr := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	lr.SetTimestamp(pcommon.NewTimestampFromTime(at))
	fill(lr.Body())
	wire, err := (&plog.JSONMarshaler{}).MarshalLogs(ld)
	require.NoError(t, err)
	ld, err = (&plog.JSONUnmarshaler{}).UnmarshalLogs(wire)
	require.NoError(t, err)
	return ld
}

func TestConnector_WebhookOfAlertmanager_IsItsAlerts(t *testing.T) {
	for form, fill := range map[string]func(t *testing.T, said string) func(pcommon.Value){
		"text": func(_ *testing.T, said string) func(pcommon.Value) {
			return func(v pcommon.Value) { v.SetStr(said) }
		},
		"nested": func(t *testing.T, said string) func(pcommon.Value) {
			return func(v pcommon.Value) {
				var raw map[string]any
				require.NoError(t, json.Unmarshal([]byte(said), &raw))
				require.NoError(t, v.SetEmptyMap().FromRaw(raw))
			}
		},
	} {
		t.Run(form, func(t *testing.T) {
			r := newRig(t, replayConfig(), componenttest.NewNopHost())
			for i := range 4 { // Alertmanager tells again what still fires, and of more
				said := webhookBody(t, "firing", base, []string{"Latency", "Errors", "Saturation", "Restarts"}[:min(i+3, 4)]...)
				require.NoError(t, r.logs.ConsumeLogs(t.Context(), overOTLP(t, base.Add(time.Duration(i+1)*time.Minute), fill(t, said))))
			}
			said := webhookBody(t, "resolved", base, "Latency", "Errors", "Saturation", "Restarts", "NeverFired")
			require.NoError(t, r.logs.ConsumeLogs(t.Context(), overOTLP(t, base.Add(6*time.Minute), fill(t, said))))
			r.stop()
			told := r.said(eventIncident)
			require.NotEmpty(t, told)
			last := told[len(told)-1]
			assert.Equal(t, "4", attr(last, "braid.incident.alerts"))
			assert.Equal(t, `["cart"]`, attr(last, "braid.incident.services"))
			assert.Equal(t, plog.SeverityNumberError, last.SeverityNumber())
			assert.Equal(t, fmt.Sprint(base.UnixNano()), attr(last, "braid.start_time_unix_nano"), "when the first one began to fire")
		})
	}
}

func TestWebhookOf_OtherBodies_AreNone(t *testing.T) {
	for name, said := range map[string]string{
		"a log line":        "GET /cart 200",
		"a log in JSON":     `{"level":"info","msg":"sent to groupKey"}`,
		"no version":        `{"groupKey":"{}","alerts":[]}`,
		"cut off":           `{"groupKey":"{}","version":"4","alerts":[{"status"`,
		"of another kind":   `{"groupKey":1,"version":"4","alerts":[]}`,
		"larger than taken": `{"groupKey":"{}","version":"4","alerts":[{"status":"` + strings.Repeat("x", maxWebhook) + `"}]}`,
	} {
		_, ok := webhookOf(pcommon.NewValueStr(said))
		assert.False(t, ok, name)
	}
	_, ok := webhookOf(pcommon.NewValueMap())
	assert.False(t, ok)
}

func TestWebhookAlert_Since_IsWhenItBeganIfThatIsNotLongAgo(t *testing.T) {
	for said, want := range map[string]time.Time{
		base.Add(-5 * time.Minute).Format(time.RFC3339Nano): base.Add(-5 * time.Minute),
		base.Add(-5 * time.Hour).Format(time.RFC3339Nano):   base,
		base.Add(time.Minute).Format(time.RFC3339Nano):      base,
		"yesterday": base,
		"":          base,
	} {
		a := webhookAlert{StartsAt: said}
		assert.True(t, want.Equal(a.since(base)), said)
	}
}

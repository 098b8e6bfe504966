package incidentconnector

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/anyvalue"
)

// Bounds of what is read of one message of Alertmanager's webhook.
const (
	maxWebhook = 4 << 20 // bytes
	maxLabels  = 64      // of one alert
	maxBelated = 10 * time.Minute
)

// webhook is the message that Alertmanager sends to a webhook, version 4.
type webhook struct {
	GroupKey string          `json:"groupKey"`
	Alerts   []webhookAlert  `json:"alerts"`
	Version  json.RawMessage `json:"version"` // text; some relays make a number of it
}

// webhookAlert is one alert of a webhook.
type webhookAlert struct {
	Status      string            `json:"status"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    string            `json:"startsAt"`
	Fingerprint string            `json:"fingerprint"`
}

// webhookOf reads a record whose body is a message of Alertmanager's webhook, as a relay put it: as text or as nested values.
func webhookOf(body pcommon.Value) (w webhook, ok bool) {
	var said string
	switch body.Type() {
	case pcommon.ValueTypeStr:
		said = body.Str()
		if !strings.HasPrefix(said, "{") || len(said) > maxWebhook || !strings.Contains(said, `"groupKey"`) {
			return w, false
		}
	case pcommon.ValueTypeMap:
		if _, ok := body.Map().Get("groupKey"); !ok {
			return w, false
		}
		if said = anyvalue.Text(body); len(said) > maxWebhook {
			return w, false
		}
	default:
		return w, false
	}
	if json.Unmarshal([]byte(said), &w) != nil || w.GroupKey == "" || w.Version == nil {
		return webhook{}, false
	}
	return w, true
}

// webhook takes the alerts of a webhook's message in, as if each came as an event of its own: its labels are attributes, and
// what its annotations say is the body.
func (b *batch) webhook(o *origin, w *webhook, at time.Time) {
	for i := range w.Alerts {
		said := &w.Alerts[i]
		r := plog.NewLogRecord()
		p := put{r.Attributes()}
		p.EnsureCapacity(min(len(said.Labels), maxLabels) + 3)
		for name, value := range said.Labels {
			if p.Len() < maxLabels {
				p.PutStr(name, value)
			}
		}
		p.PutStr("status", said.Status)
		p.PutStr("fingerprint", said.Fingerprint)
		p.PutStr("startsAt", said.StartsAt)
		r.Body().SetStr(cmp.Or(said.Annotations["summary"], said.Annotations["description"], said.Annotations["message"]))
		b.takeAlert(o, r, said.since(at))
	}
}

// since is when an alert began to fire, which Alertmanager tells late: it gathers alerts for a while. One that has been firing for
// long, and is told of again, counts from when it is told.
func (a *webhookAlert) since(told time.Time) time.Time {
	began, err := time.Parse(time.RFC3339Nano, a.StartsAt)
	if err != nil || began.After(told) || told.Sub(began) > maxBelated {
		return told
	}
	return began
}

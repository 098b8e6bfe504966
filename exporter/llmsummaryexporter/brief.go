package llmsummaryexporter

import (
	"slices"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/narrator"
	"github.com/braidotel/braid/internal/pii"
	"github.com/braidotel/braid/internal/query/wording"
)

// brief is evidence in the making.
type brief struct {
	*narrator.Evidence
	event  *event
	masker *pii.Masker
}

// newBrief makes the evidence of an event in a language; nil where there is nothing to say.
func newBrief(e *event, language string, masker *pii.Masker) *narrator.Evidence {
	b := &brief{&narrator.Evidence{Language: wording.Language(language)}, e, masker}
	switch history.Kind(e.name) {
	case history.KindIncident:
		b.incident()
	case history.KindAnomaly:
		b.anomaly()
	case history.KindBreach:
		b.breach()
	default:
		b.security()
	}
	if len(b.Points) == 0 {
		return nil
	}
	return b.Evidence
}

// slots are ids by slot; those that are empty are left out.
type slots = map[string]string

// named adds a name and returns it as the slot of a phrase. What could be personal in it is masked.
func (b *brief) named(slot, kind, text string) slots {
	if kind == "user" || kind == "client" {
		p := b.masker.Pseudonym(pii.Name, text)
		text = kind + "-" + p[len(p)-8:]
	} else {
		text, _ = b.masker.Text(text)
	}
	return slots{slot: b.Name(kind, text)}
}

// figure adds a fact as the slot of a phrase; nil where the event has no such figure.
func (b *brief) figure(slot, attribute, name, unit string) slots {
	v, ok := b.event.number(attribute)
	if !ok {
		return nil
	}
	return b.fact(slot, answer.Fact{Name: name, Value: v, Unit: unit})
}

func (b *brief) fact(slot string, f answer.Fact) slots {
	f.Window, f.Source = answer.Window{Start: b.event.began, End: b.event.at}, b.event.name
	return slots{slot: b.Fact(f)}
}

func (b *brief) lasted() slots {
	return b.fact("lasted", answer.Fact{Name: "duration", Value: max(0, b.event.at.Sub(b.event.began).Seconds()), Unit: "s"})
}

// causes are the kinds of cause that there are phrases for.
var causes = []string{"cpu", "memory", "disk", "network", "code", "dependency", "database", "traffic", "deploy", "dead"}

func (b *brief) incident() {
	b.Task = "incident"
	e := b.event
	state := "incident.open"
	if e.text("braid.incident.status") == "resolved" {
		state = "incident.resolved"
	}
	service := firstOf(e, "braid.incident.services")
	if service == "" {
		service = e.text("braid.incident.cause.service")
	}
	if service == "" {
		b.Point(state+"_somewhere", b.lasted(), nil)
	} else {
		b.Point(state, b.lasted(), b.named("@service", "service", service))
	}
	if guilty := e.text("braid.incident.cause.service"); guilty != "" {
		kind := strings.ToLower(e.text("braid.incident.cause.kind"))
		if !slices.Contains(causes, kind) {
			kind = "unknown"
		}
		b.Point("cause."+kind, nil, b.named("@service", "service", guilty))
	}
	currency := e.text("braid.incident.currency")
	for _, f := range [][4]string{
		{"impact.users", "users", "braid.incident.users", "{user}"}, {"impact.sessions", "sessions", "braid.incident.sessions", "{session}"},
		{"impact.lost", "lost", "braid.incident.revenue.lost", currency}, {"impact.risk", "risk", "braid.incident.revenue.at_risk", currency},
		{"impact.alerts", "alerts", "braid.incident.alerts", "{alert}"},
	} {
		if v, ok := e.number(f[2]); ok && v > 0 {
			b.Point(f[0], b.figure(f[1], f[2], factNames[f[1]], f[3]), nil)
		}
	}
}

// factNames are what facts are figures of, in the words by which texts are held to their metric.
var factNames = map[string]string{"users": "users", "sessions": "sessions", "lost": "revenue", "risk": "revenue", "alerts": "alerts"}

func firstOf(e *event, key string) string {
	v, ok := e.attributes.Get(key)
	if !ok {
		return ""
	}
	if list := v.AsString(); !strings.HasPrefix(list, "[") {
		return list
	}
	if s := v.Slice(); s.Len() > 0 {
		return s.At(0).AsString()
	}
	return ""
}

func (b *brief) anomaly() {
	b.Task = "anomaly"
	e := b.event
	metric := b.metric()
	switch {
	case e.text("braid.anomaly.status") == "closed":
		b.Point("anomaly.over", nil, metric)
	default:
		b.unusual(metric)
	}
	if service := e.text("service.name"); service != "" {
		b.Point("anomaly.at", nil, b.named("@service", "service", service))
	}
	unit := e.text("braid.unit")
	for _, f := range [][3]string{{"usual", "expected", "braid.expected"}, {"day", "day", "braid.yesterday"}, {"week", "week", "braid.last_week"}} {
		if fact := b.figure(f[1], f[2], "value", unit); fact != nil {
			b.Point("anomaly."+f[0], fact, nil)
		}
	}
}

// unusual says on which side of its band a metric is, where that is known.
func (b *brief) unusual(metric slots) {
	value, ok := b.event.number("braid.observed")
	low, hasLow := b.event.number("braid.expected.lower")
	high, hasHigh := b.event.number("braid.expected.upper")
	median, hasMedian := b.event.number("braid.expected")
	if !ok || !hasMedian || (value == median) {
		b.Point("anomaly.odd", nil, metric)
		return
	}
	f := answer.Fact{Name: "value", Value: value, Unit: b.event.text("braid.unit"), Usual: &answer.Band{Low: median, Median: median, High: median}}
	if hasLow && hasHigh {
		f.Usual.Low, f.Usual.High = low, high
	}
	side := "anomaly.above"
	if value < median {
		side = "anomaly.below"
	}
	b.Point(side, b.fact("value", f), metric)
}

func (b *brief) metric() slots {
	name := strings.TrimSpace(b.event.text("braid.metric") + " " + b.event.text("braid.value"))
	if name == "" {
		name = "metric"
	}
	return b.named("@metric", "metric", name)
}

func (b *brief) breach() {
	b.Task = "breach"
	if b.event.text("braid.forecast.status") == "closed" {
		b.Point("breach.over", nil, b.metric())
		return
	}
	p, ok := b.event.number("braid.threshold.probability")
	if !ok {
		return
	}
	b.Point("breach.likely", b.fact("probability", answer.Fact{Name: "probability", Value: 100 * p, Unit: "%"}), b.metric())
	if horizon, err := time.ParseDuration(b.event.text("braid.horizon")); err == nil {
		b.Point("breach.horizon", b.fact("horizon", answer.Fact{Name: "horizon", Value: horizon.Seconds(), Unit: "s"}), nil)
	}
}

func (b *brief) security() {
	b.Task = "security"
	e := b.event
	user := e.text("user.id")
	if user == "" {
		user = e.text("session.id")
	}
	switch history.Kind(e.name) {
	case history.KindLoginFlood:
		if f := b.figure("attempts", "braid.login.attempts", "attempts", "{attempt}"); f != nil {
			b.Point("security.flood", f, b.named("@client", "client", e.text("client.address")))
		}
	case history.KindDuplicateLogin:
		b.Point("security.duplicate", nil, b.named("@user", "user", user))
	case history.KindLongSession:
		if f := b.figure("lasted", "braid.session.duration", "duration", "s"); f != nil {
			b.Point("security.long", f, b.named("@user", "user", user))
		}
	default:
	}
}

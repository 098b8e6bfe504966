package symptom

import (
	"slices"
	"time"

	"github.com/braidotel/braid/internal/change"
)

// Bounds of a [Book]; what is beyond them is counted and left out.
const (
	maxSeries    = 5000
	maxPoints    = 512 // of one series: the newest
	maxTemplates = 5000
	maxMinutes   = 512 // of one template: the newest in which it was seen
	maxSpans     = 10000
	maxServices  = 2000
	maxFacts     = 16
	maxText      = 600
	maxAlerts    = 200
)

// Point is one value of a metric.
type Point struct {
	Time    time.Time
	Service string
	Metric  string
	Series  string // other attributes, in one canonical text
	Value   float64
}

// Record is a log record.
type Record struct {
	Time     time.Time
	Service  string
	Severity int32 // number of OTLP; 0 is unknown
	Body     string
	Facts    []change.Fact
}

// Span is a finished span.
type Span struct {
	Trace      [16]byte
	ID, Parent [8]byte
	Service    string
	Name       string
	Start, End time.Time
	Error      bool
	Status     string
	Facts      []change.Fact
}

// Alert is a page that fired.
type Alert struct {
	Time    time.Time
	Service string
	Name    string
	Text    string
}

// Book holds recent telemetry. It is not safe for concurrent use.
type Book struct {
	first, last time.Time
	series      map[seriesKey]*series
	templates   map[templateKey]*template
	spans       []Span
	alerts      []Alert
	services    map[string]bool
	dropped     uint64
}

type seriesKey struct{ service, metric, series string }

// NewBook returns an empty book.
func NewBook() *Book {
	return &Book{series: map[seriesKey]*series{}, templates: map[templateKey]*template{}, services: map[string]bool{}}
}

// Dropped counts what was left out because a table was full.
func (b *Book) Dropped() uint64 { return b.dropped }

// see takes note of a time and a service; false if there are too many services.
func (b *Book) see(at time.Time, service string) bool {
	if service == "" || at.IsZero() {
		return false
	}
	if !b.services[service] {
		if len(b.services) >= maxServices {
			b.dropped++
			return false
		}
		b.services[service] = true
	}
	if b.first.IsZero() || at.Before(b.first) {
		b.first = at
	}
	if at.After(b.last) {
		b.last = at
	}
	return true
}

// Point takes a value of a metric in.
func (b *Book) Point(p Point) {
	if !b.see(p.Time, p.Service) {
		return
	}
	key := seriesKey{p.Service, p.Metric, p.Series}
	s := b.series[key]
	if s == nil {
		if len(b.series) >= maxSeries {
			b.dropped++
			return
		}
		s = &series{}
		b.series[key] = s
	}
	s.add(p.Time, p.Value)
}

// Record takes a log record in.
func (b *Book) Record(r Record) {
	if !b.see(r.Time, r.Service) {
		return
	}
	r.Body, r.Facts = clip(r.Body), trimFacts(r.Facts)
	key := templateKey{r.Service, r.severe(), mask(r.Body)}
	t := b.templates[key]
	if t == nil {
		if len(b.templates) >= maxTemplates {
			b.dropped++
			return
		}
		t = &template{sample: r}
		b.templates[key] = t
	}
	t.add(r.Time)
}

// Span takes a span in.
func (b *Book) Span(s Span) {
	if !b.see(s.End, s.Service) {
		return
	}
	if len(b.spans) >= maxSpans {
		b.spans = append(b.spans[:0], b.spans[maxSpans/4:]...)
		b.dropped += maxSpans / 4
	}
	s.Status, s.Facts = clip(s.Status), trimFacts(s.Facts)
	b.spans = append(b.spans, s)
}

// Forget drops what is older than a time, so that normal is what was normal lately. A service, a series or a wording that
// was not seen since is forgotten as a whole.
func (b *Book) Forget(before time.Time) {
	if !b.first.Before(before) {
		return
	}
	b.first = before
	for key, s := range b.series {
		if s.forget(before); len(s.times) == 0 {
			delete(b.series, key)
		}
	}
	for key, t := range b.templates {
		t.minutes = slices.DeleteFunc(t.minutes, func(m minute) bool { return m.at < minuteOf(before) })
		if len(t.minutes) == 0 {
			delete(b.templates, key)
		}
	}
	b.spans = slices.DeleteFunc(b.spans, func(s Span) bool { return s.End.Before(before) })
	b.alerts = slices.DeleteFunc(b.alerts, func(a Alert) bool { return a.Time.Before(before) })
	clear(b.services)
	for key := range b.series {
		b.services[key.service] = true
	}
	for key := range b.templates {
		b.services[key.service] = true
	}
	for i := range b.spans {
		b.services[b.spans[i].Service] = true
	}
}

// Alert takes a page in.
func (b *Book) Alert(a Alert) {
	if len(b.alerts) >= maxAlerts {
		b.alerts = b.alerts[1:]
		b.dropped++
	}
	a.Text = clip(a.Text)
	b.alerts = append(b.alerts, a)
}

func clip(s string) string {
	if len(s) > maxText {
		return s[:maxText]
	}
	return s
}

func trimFacts(facts []change.Fact) []change.Fact {
	facts = facts[:min(len(facts), maxFacts)]
	for i := range facts {
		facts[i].Value = clip(facts[i].Value)
	}
	return facts
}

// quiet is the time up to which all is taken for normal: a quarter of what was seen.
func (b *Book) quiet() time.Time { return b.first.Add(b.last.Sub(b.first) / 4) }

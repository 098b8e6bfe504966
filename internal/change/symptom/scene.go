package symptom

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/change"
)

// standing is what is known of one service.
type standing struct {
	service string
	own     kinds // its own trouble, by kind of signal
	passed  float64
	since   time.Time // of its own trouble, else of what it passes on
	metric  string    // what shows it best
	best    float64
	load    float64 // requests now over requests usual; 0 is unknown
}

// kinds hold the strongest weights of each kind of signal.
type kinds struct{ metric, second, log, span float64 }

func (k kinds) total() float64 { return k.metric + 0.5*k.second + k.log + k.span }

// reading is a book read once.
type reading struct {
	*Book
	names     []string
	mention   mentions
	calls     map[change.Call]int // how often seen
	edges     []change.Call
	callers   neighbours
	callees   neighbours
	standings map[string]*standing
	symptoms  []change.Symptom
	normal    []string
}

func (b *Book) read() *reading {
	r := &reading{Book: b, calls: map[change.Call]int{}, standings: map[string]*standing{}}
	for s := range b.services {
		r.names = append(r.names, s)
	}
	slices.Sort(r.names)
	r.mention = newMentions(r.names)
	r.readSpans()
	r.readMetrics()
	r.readLogs()
	r.readAlerts()
	r.connect()
	slices.SortStableFunc(r.symptoms, func(a, b change.Symptom) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Text, b.Text))
	})
	return r
}

func (r *reading) at(service string) *standing {
	s := r.standings[service]
	if s == nil {
		s = &standing{service: service}
		r.standings[service] = s
	}
	return s
}

func (r *reading) note(s change.Symptom) { r.symptoms = append(r.symptoms, s) }

func (s *standing) begin(at time.Time) {
	if s.since.IsZero() || at.Before(s.since) {
		s.since = at
	}
}

func (r *reading) readMetrics() {
	keys := make([]seriesKey, 0, len(r.series))
	for k := range r.series {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b seriesKey) int {
		return cmp.Or(strings.Compare(a.service, b.service), strings.Compare(a.metric, b.metric), strings.Compare(a.series, b.series))
	})
	for _, k := range keys {
		d, ok := r.series[k].depart(k.metric)
		if !ok {
			continue
		}
		p := polarityOf(k.metric)
		s := r.at(k.service)
		if p == load && d.before > 0 {
			s.load = max(s.load, d.after/d.before)
		}
		weight := p.bad(d)
		if weight == 0 {
			continue
		}
		r.note(change.Symptom{Service: k.service, Kind: change.SymptomMetric, Since: d.since, Name: k.metric, Before: d.before, After: d.after, Weight: weight, Passed: consequence.MatchString(k.metric)})
		if other := r.mention.find(k.service, strings.ReplaceAll(k.metric, "_", " ")); other != "" {
			r.calls[change.Call{Client: k.service, Server: other}]++
			s.passed = max(s.passed, weight)
		} else {
			if strings.Contains(k.metric, "upstream") || strings.Contains(k.metric, "client") {
				weight *= 0.6 // it measures others
			}
			s.measure(k.metric, weight)
		}
		s.begin(d.since)
	}
}

func (s *standing) measure(metric string, weight float64) {
	if weight > s.own.metric {
		s.own.metric, s.own.second = weight, s.own.metric
	} else {
		s.own.second = max(s.own.second, weight)
	}
	if weight > s.best {
		s.best, s.metric = weight, metric
	}
}

var (
	givenUp  = regexp.MustCompile(`(?i)cancell?ed by (the )?(client|caller)|client (disconnected|cancell?ed|closed)|context cancell?ed|caller gave up`)
	fromThem = regexp.MustCompile(`(?i)(request|call|caller|client|traffic|connections?) (from|of|by)\b`)
)

func (r *reading) readLogs() {
	keys := make([]templateKey, 0, len(r.templates))
	for k := range r.templates {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b templateKey) int {
		return cmp.Or(strings.Compare(a.service, b.service), cmp.Compare(a.severity, b.severity), strings.Compare(a.text, b.text))
	})
	for _, k := range keys {
		t := r.templates[k]
		since, bad := t.since(r.first, r.quiet(), r.last)
		if !bad || k.severity == plain {
			if len(r.normal) < 400 && !t.first.After(r.quiet()) {
				r.normal = append(r.normal, t.sample.Body)
			}
			continue
		}
		r.readTemplate(k, t, since)
	}
}

func (r *reading) readTemplate(k templateKey, t *template, since time.Time) {
	weight := 1.0
	if k.severity == warning {
		weight = 0.6
	}
	if t.total < 3 {
		weight *= 0.7
	}
	s := r.at(k.service)
	symptom := change.Symptom{Service: k.service, Kind: change.SymptomLog, Since: since, Text: t.sample.Body, Facts: t.sample.Facts, Weight: weight}
	if givenUp.MatchString(t.sample.Body) {
		symptom.Weight = 0.2
		r.note(symptom)
		return
	}
	other := r.mention.find(k.service, t.sample.Body)
	switch {
	case other != "" && fromThem.MatchString(t.sample.Body):
		r.calls[change.Call{Client: other, Server: k.service}]++
	case other != "":
		r.calls[change.Call{Client: k.service, Server: other}]++
		s.passed = max(s.passed, weight)
		s.begin(since)
		symptom.Passed = true
		r.note(symptom)
		return
	}
	r.note(symptom)
	s.own.log = max(s.own.log, weight)
	s.begin(since)
	if s.metric == "" {
		s.metric = "log error"
	}
}

func (r *reading) readAlerts() {
	for _, a := range r.alerts {
		r.note(change.Symptom{Service: a.Service, Kind: change.SymptomAlert, Since: a.Time, Name: a.Name, Text: a.Text, Weight: 0.8})
	}
}

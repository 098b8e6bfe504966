package symptom

import (
	"bytes"
	"slices"
	"strings"

	"github.com/braidotel/braid/internal/change"
)

type spanID struct {
	trace [16]byte
	id    [8]byte
}

func (r *reading) readSpans() {
	byID := make(map[spanID]*Span, len(r.spans))
	failing := map[spanID]bool{} // spans with a failing child
	for i := range r.spans {
		byID[spanID{r.spans[i].Trace, r.spans[i].ID}] = &r.spans[i]
	}
	for i := range r.spans {
		s := &r.spans[i]
		parent := byID[spanID{s.Trace, s.Parent}]
		if parent != nil && parent.Service != s.Service {
			r.calls[change.Call{Client: parent.Service, Server: s.Service}] += 3
		}
		if other := r.mention.find(s.Service, s.Name+" "+peer(s)); other != "" {
			r.calls[change.Call{Client: s.Service, Server: other}]++
		}
		if s.Error && parent != nil && !s.givenUp() {
			failing[spanID{s.Trace, s.Parent}] = true
		}
	}
	usual := r.durations()
	for i := range r.spans {
		r.readSpan(&r.spans[i], failing[spanID{r.spans[i].Trace, r.spans[i].ID}], usual)
	}
	r.mergeSpans()
}

func peer(s *Span) string {
	for _, f := range s.Facts {
		if f.Name == "peer.service" || f.Name == "server.address" {
			return f.Value
		}
	}
	return ""
}

func (s *Span) givenUp() bool {
	if givenUp.MatchString(s.Status) || bytes.Equal(s.ID[:], s.Parent[:]) {
		return true
	}
	for _, f := range s.Facts {
		if f.Name == "rpc.grpc.status_code" && f.Value == "1" || givenUp.MatchString(f.Value) && strings.Contains(f.Name, "status") {
			return true
		}
	}
	return false
}

type spanKey struct{ service, name string }

// durations gives what spans of a name took while all was well.
func (r *reading) durations() map[spanKey]float64 {
	all := map[spanKey][]float64{}
	for i := range r.spans {
		if s := &r.spans[i]; !s.End.After(r.quiet()) && !s.Error {
			k := spanKey{s.Service, s.Name}
			all[k] = append(all[k], s.End.Sub(s.Start).Seconds())
			if len(r.normal) < 200 && len(all[k]) == 1 {
				r.normal = append(r.normal, s.Name)
			}
		}
	}
	out := make(map[spanKey]float64, len(all))
	for k, v := range all {
		out[k] = median(v)
	}
	return out
}

func (r *reading) readSpan(s *Span, childFails bool, usual map[spanKey]float64) {
	if !s.End.After(r.quiet()) {
		return
	}
	symptom := change.Symptom{Service: s.Service, Kind: change.SymptomSpan, Since: s.Start, Name: s.Name, Text: s.Status, Facts: s.Facts}
	st := r.at(s.Service)
	normal, known := usual[spanKey{s.Service, s.Name}]
	switch {
	case s.Error && s.givenUp():
		return
	case s.Error && childFails:
		st.passed = max(st.passed, 0.5)
		symptom.Weight, symptom.Passed = 0.3, true
	case s.Error:
		st.own.span = max(st.own.span, 0.8)
		symptom.Weight = 0.8
	case known && s.End.Sub(s.Start).Seconds() > 4*normal:
		symptom.Weight = 0.5
	default:
		return
	}
	r.note(symptom)
	if symptom.Weight != 0.5 && st.metric == "" {
		st.metric = "span error"
	}
}

// mergeSpans keeps one symptom of each span name, and lets them begin a service's trouble only where nothing else does.
func (r *reading) mergeSpans() {
	slices.SortStableFunc(r.symptoms, func(a, b change.Symptom) int { return a.Since.Compare(b.Since) })
	seen := map[spanKey]bool{}
	r.symptoms = slices.DeleteFunc(r.symptoms, func(s change.Symptom) bool {
		k := spanKey{s.Service, s.Name + s.Text}
		again := seen[k]
		if seen[k] = true; !again && s.Weight != 0.5 {
			r.at(s.Service).begin(s.Since)
		}
		return again
	})
}

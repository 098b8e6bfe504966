package query

import (
	"strconv"
	"strings"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/incident"
	"github.com/braidotel/braid/internal/rca"
)

// More attributes of braid.incident events.
const (
	incidentHypotheses = "braid.incident.hypotheses" // in words
	incidentSuspects   = "braid.incident.suspects"   // the same and more, a line each, its fields separated by tabs
	incidentEvidence   = "braid.incident.evidence"   // a fact each, its fields separated by tabs
	incidentActions    = "braid.incident.actions"
)

// factFields are the fields of a fact: hypothesis, side, id, place, what, value with unit, expected, surprise, since; then,
// if another service accounts for it, which.
const factFields = 9

// suspectFields are the fields of a suspect: service, kind, indicator, score, pod, share, path.
const suspectFields = 7

// hypotheses lists what may be the cause, in the reader's language, with its share of the belief and its path to the symptom;
// of events that do not say it in fields, as they word it.
func (in *inquiry) hypotheses(a attributes) answer.Table {
	worded, suspects := a.list(incidentHypotheses), a.list(incidentSuspects)
	t := answer.Table{Title: in.phrase("incident.hypotheses"), Columns: []answer.Column{
		in.column("incident.number", ""), in.column("incident.hypothesis", ""), in.column("incident.share", ""), in.column("incident.indicator", ""),
		in.column("incident.path", ""),
	}}
	for i, said := range worded {
		row := []answer.Cell{called(strconv.Itoa(i+1), ""), called(said, ""), called("", ""), called("", ""), called("", "")}
		if i < len(suspects) {
			if f := strings.Split(suspects[i], "\t"); len(f) >= suspectFields {
				row[1], row[3], row[4] = called(incident.Ails(f[0], rca.Cause(f[1]), in.spoken()), ""), called(f[2], ""), called(f[6], "")
				if share, err := strconv.ParseFloat(f[5], 64); err == nil {
					row[2] = called(strconv.Itoa(int(100*share+.5))+" %", "")
				}
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// explain shows why an incident has its cause: the hypotheses, and every fact for and against them.
func (in *inquiry) explain(e *history.Event) {
	a := attributes(e.Attributes)
	if t := in.hypotheses(a); len(t.Rows) > 0 {
		in.answer.Tables = append(in.answer.Tables, t)
	}
	t := answer.Table{Title: in.phrase("incident.evidence"), Columns: []answer.Column{
		in.column("incident.number", ""), in.column("incident.side", ""), in.column("incident.place", ""), in.column("incident.what", ""),
		in.column("incident.value", ""), in.column("incident.expected", ""), in.column("incident.surprise", ""), in.column("incident.explained", ""),
	}}
	for _, fact := range a.list(incidentEvidence) {
		f := strings.Split(fact, "\t")
		if len(f) < factFields {
			continue
		}
		side, explained := "incident.for", ""
		if f[1] != "for" {
			side = "incident.against"
		}
		if len(f) > factFields {
			explained = f[factFields]
		}
		t.Rows = append(t.Rows, []answer.Cell{
			called(f[0], ""), called(in.phrase(side), ""), called(f[3], ""), called(f[4], ""), called(f[5], ""), called(f[6], ""), called(f[7], ""), called(explained, ""),
		})
	}
	if len(t.Rows) > 0 {
		in.answer.Tables = append(in.answer.Tables, t)
	}
	_, actions := in.counsel(e)
	for i, action := range actions {
		in.find(answer.SeverityInfo, 0.3-float64(i)/100, nil, "incident.action", with{"@check": action})
	}
}

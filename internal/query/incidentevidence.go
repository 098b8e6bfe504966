package query

import (
	"strconv"
	"strings"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
)

// More attributes of braid.incident events.
const (
	incidentHypotheses = "braid.incident.hypotheses" // in words
	incidentEvidence   = "braid.incident.evidence"   // a fact each, its fields separated by tabs
	incidentActions    = "braid.incident.actions"
)

// factFields are the fields of a fact: hypothesis, side, id, place, what, value with unit, expected, surprise, since; then,
// if another service accounts for it, which.
const factFields = 9

// explain shows why an incident has its cause: the hypotheses, and every fact for and against them.
func (in *inquiry) explain(e *history.Event) {
	a := attributes(e.Attributes)
	if list := a.list(incidentHypotheses); len(list) > 0 {
		t := answer.Table{Title: in.phrase("incident.hypotheses"), Columns: []answer.Column{in.column("incident.number", ""), in.column("incident.hypothesis", "")}}
		for i, h := range list {
			t.Rows = append(t.Rows, []answer.Cell{called(strconv.Itoa(i+1), ""), called(h, "")})
		}
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

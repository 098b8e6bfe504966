package drafts

import (
	"math/rand/v2"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/narrator"
	"github.com/braidotel/braid/internal/query/wording"
)

var (
	services = []string{"payment", "order", "checkout", "db-main", "결제", "주문", "search_api", "inventory-7"}
	metrics  = [2][]string{{"동시 접속자", "CPU 사용률", "응답 시간", "오류율"}, {"concurrent users", "CPU load", "response time", "error rate"}}
	causes   = []string{"cpu", "memory", "network", "database", "deploy", "traffic", "unknown"}
)

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// made makes evidence as the exporter does of an incident, an anomaly, a breach or a week.
func made(r *rand.Rand) *narrator.Evidence {
	e := &narrator.Evidence{Language: pick(r, []wording.Language{wording.Korean, wording.English}), Foreign: services}
	switch r.IntN(5) {
	case 0:
		anomaly(r, e)
	case 1:
		breach(r, e)
	case 2:
		report(r, e)
	default:
		incident(r, e)
	}
	return e
}

func incident(r *rand.Rand, e *narrator.Evidence) {
	e.Task = "incident"
	service := map[string]string{"@service": e.Name("service", pick(r, services))}
	kind := pick(r, []string{"incident.open", "incident.resolved", "incident.open_somewhere", "incident.resolved_somewhere"})
	names := service
	if kind == "incident.open_somewhere" || kind == "incident.resolved_somewhere" {
		names = nil
	}
	e.Point(kind, map[string]string{"lasted": e.Fact(answer.Fact{Name: "duration", Value: float64(60 + r.IntN(90_000)), Unit: "s"})}, names)
	blamed := service
	if r.IntN(2) == 0 {
		blamed = map[string]string{"@service": e.Name("service", pick(r, services))}
	}
	e.Point("cause."+pick(r, causes), nil, blamed)
	e.Point("impact.users", map[string]string{"users": e.Fact(answer.Fact{Name: "users", Value: float64(r.IntN(90_000)), Unit: "{user}"})}, nil)
	if r.IntN(2) == 0 {
		e.Point("impact.lost", map[string]string{"lost": e.Fact(answer.Fact{Name: "revenue", Value: float64(r.IntN(90_000_000)), Unit: "KRW"})}, nil)
	}
	if r.IntN(2) == 0 {
		e.Point("impact.alerts", map[string]string{"alerts": e.Fact(answer.Fact{Name: "alerts", Value: float64(2 + r.IntN(2_000)), Unit: "{alert}"})}, nil)
	}
}

func anomaly(r *rand.Rand, e *narrator.Evidence) {
	e.Task = "anomaly"
	language := 0
	if e.Language == wording.English {
		language = 1
	}
	kind, value, usual := "anomaly.above", 80.0, answer.Band{Low: 20, Median: 35, High: 50}
	if r.IntN(2) == 0 {
		kind, value = "anomaly.below", 10
	}
	value += 9 * r.Float64()
	metric := map[string]string{"@metric": e.Name("metric", pick(r, metrics[language]))}
	e.Point(kind, map[string]string{"value": e.Fact(answer.Fact{Name: "value", Value: value, Unit: "%", Usual: &usual})}, metric)
	e.Point("anomaly.at", nil, map[string]string{"@service": e.Name("service", pick(r, services))})
	e.Point("anomaly.day", map[string]string{"day": e.Fact(answer.Fact{Name: "value", Value: 30 + 9*r.Float64(), Unit: "%"})}, nil)
	e.Point("anomaly.week", map[string]string{"week": e.Fact(answer.Fact{Name: "value", Value: 30 + 9*r.Float64(), Unit: "%"})}, nil)
}

func breach(r *rand.Rand, e *narrator.Evidence) {
	e.Task = "breach"
	language := 0
	if e.Language == wording.English {
		language = 1
	}
	e.Point("breach.likely", map[string]string{"probability": e.Fact(answer.Fact{Name: "probability", Value: 100 * r.Float64(), Unit: "%"})},
		map[string]string{"@metric": e.Name("metric", pick(r, metrics[language]))})
	e.Point("breach.horizon", map[string]string{"horizon": e.Fact(answer.Fact{Name: "horizon", Value: float64(3600 * (1 + r.IntN(48))), Unit: "s"})}, nil)
}

// report is a week of figures, those of people and money against the week before.
func report(r *rand.Rand, e *narrator.Evidence) {
	e.Task = "report"
	for _, of := range [][3]string{{"users", "peak users", "{user}"}, {"revenue", "revenue", "KRW"}, {"requests", "requests", "{request}"}} {
		value := float64(1 + r.IntN(90_000))
		if r.IntN(4) == 0 {
			e.Point("report."+of[0], map[string]string{of[0]: e.Fact(answer.Fact{Name: of[1], Value: value, Unit: of[2]})}, nil)
			continue
		}
		change, suffix := float64(2+r.IntN(90)), "_more"
		text := wording.Figure(change, "%", e.Language)
		if r.IntN(2) == 0 {
			change, suffix = -change, "_less"
		}
		then := e.Fact(answer.Fact{Name: of[1], Value: value / (1 + change/100), Unit: of[2]})
		by := e.Fact(answer.Fact{Name: of[1], Value: change, Unit: "%", Text: text})
		now := e.Fact(answer.Fact{Name: of[1], Value: value, Unit: of[2], Then: then, Change: by})
		e.Point("report."+of[0]+suffix, map[string]string{of[0]: now, "change": by}, nil)
	}
	e.Point("report.errors", map[string]string{"share": e.Fact(answer.Fact{Name: "error rate", Value: float64(r.IntN(100)) / 10, Unit: "%"})}, nil)
	e.Point("report.incidents", map[string]string{
		"incidents": e.Fact(answer.Fact{Name: "incidents", Value: float64(1 + r.IntN(20)), Unit: "{incident}"}),
		"trouble":   e.Fact(answer.Fact{Name: "duration of incidents", Value: float64(60 + r.IntN(90_000)), Unit: "s"}),
	}, nil)
}

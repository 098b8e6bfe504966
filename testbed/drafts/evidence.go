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

// made makes evidence as the exporter does of an incident, an anomaly or a breach.
func made(r *rand.Rand) *narrator.Evidence {
	e := &narrator.Evidence{Language: pick(r, []wording.Language{wording.Korean, wording.English}), Foreign: services}
	switch r.IntN(4) {
	case 0:
		anomaly(r, e)
	case 1:
		breach(r, e)
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

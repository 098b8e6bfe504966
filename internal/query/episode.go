package query

import (
	"context"
	"slices"
	"strings"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query/measure"
	"github.com/braidotel/braid/internal/question"
)

// episode is a series that seasonality finds unusual.
type episode struct {
	metric, value string // as in braid.metric and braid.value
	labels        map[string]string
	score         float64
}

// episodes lists the series with an episode within a window, the most surprising first.
func (in *inquiry) episodes(ctx context.Context, w question.Interval) ([]episode, error) {
	if !in.lore.metrics["braid_anomaly_active"] {
		return nil, nil
	}
	span := measure.Duration(w.End.Sub(w.Start))
	query := "max_over_time(braid_anomaly_active{" + in.episodeFilter() + "}[" + span + "]) > 0"
	result, err := in.metrics.Query(ctx, query, w.End)
	if err != nil {
		return nil, err
	}
	scores := map[string]float64{}
	if len(result.Series) > 0 {
		scored, err := in.metrics.Query(ctx, "max_over_time(braid_anomaly_score{"+in.episodeFilter()+"}["+span+"])", w.End)
		if err != nil {
			return nil, err
		}
		for _, s := range scored.Series {
			scores[identity(s.Labels)] = last(s.Points)
		}
	}
	var out []episode
	for _, s := range result.Series {
		out = append(out, episode{metric: s.Labels["braid_metric"], value: s.Labels["braid_value"], labels: s.Labels, score: scores[identity(s.Labels)]})
	}
	slices.SortStableFunc(out, func(a, b episode) int {
		if a.felt() != b.felt() {
			return b.felt() - a.felt()
		}
		if c := compareDesc(a.score, b.score); c != 0 {
			return c
		}
		return strings.Compare(identity(a.labels), identity(b.labels))
	})
	return out, nil
}

// episodeFilter narrows episodes to the service or host asked about.
func (in *inquiry) episodeFilter() string {
	var out []string
	if f := in.q.Filters; f.Service != "" {
		out = append(out, "service_name="+measure.Quote(f.Service))
	}
	if f := in.q.Filters; f.Host != "" {
		out = append(out, "host_name="+measure.Quote(f.Host))
	}
	return strings.Join(out, ",")
}

func identity(labels map[string]string) string {
	var b strings.Builder
	for _, k := range []string{"braid_metric", "braid_value", "service_name", "host_name", "braid_region", "http_route", "cpu_mode", "state", "braid_identity"} {
		b.WriteString(labels[k])
		b.WriteByte(0)
	}
	return b.String()
}

// felt orders what users feel before what machines do.
func (e *episode) felt() int {
	switch {
	case e.value == "error_ratio" || strings.HasPrefix(e.metric, "braid.business"):
		return 3
	case strings.HasPrefix(e.value, "p"):
		return 2
	case strings.HasPrefix(e.metric, "braid.concurrent") || strings.HasPrefix(e.metric, "braid.session"):
		return 1
	}
	return 0
}

// where names the place of an episode.
func (e *episode) where(in *inquiry) string {
	for _, k := range []string{"service_name", "host_name"} {
		if e.labels[k] != "" {
			return e.labels[k]
		}
	}
	if r := e.labels["braid_region"]; r != "" {
		return in.region(r)
	}
	return in.phrase("cause.everywhere")
}

// metricIDs are the metrics of questions by the OpenTelemetry names that seasonality learns.
var metricIDs = map[string]string{
	"braid.concurrent_users": "concurrent_users", "braid.session.active": "active_sessions", "system.cpu.utilization": "cpu",
	"system.memory.utilization": "memory", "system.filesystem.utilization": "disk", "system.network.io": "network",
	"jvm.cpu.recent_utilization": "cpu", "jvm.memory.used": "memory", "http.server.request.duration": "latency", "traces.span.metrics.duration": "latency",
	"braid.transaction.duration": "latency",
}

// metricName is what a metric of telemetry is called.
func (in *inquiry) metricName(metric string) string {
	if id, ok := metricIDs[metric]; ok {
		return in.label("metric", id)
	}
	return metric
}

// episodesSaid is how many are spoken of one by one; the table has the others.
const episodesSaid = 4

func (in *inquiry) tellEpisodes(list []episode) {
	if len(list) == 0 {
		return
	}
	in.fact(answer.Fact{ID: "episodes", Name: in.phrase("cause.episodes_name"), Value: float64(len(list)), Unit: "{anomaly}", Window: window(in.recent()), Source: "braid.anomaly.active"})
	t := answer.Table{Title: in.phrase("cause.episodes_table"), Total: len(list), Columns: []answer.Column{
		in.column("common.place", ""), in.column("common.figure", ""), in.column("cause.score", "1"),
	}}
	for i := range list {
		e := &list[i]
		if i < episodesSaid {
			in.find(answer.SeverityWarning, 10+float64(e.felt())+e.score, nil, "cause.episode", with{"@who": e.where(in), "@what": in.metricName(e.metric)})
		}
		if i < maxRows {
			t.Rows = append(t.Rows, []answer.Cell{called(e.where(in), ""), called(in.metricName(e.metric)+" "+e.value, ""), in.cell(e.score, "1")})
		}
	}
	t.Truncated = len(list) > maxRows
	in.answer.Tables = append(in.answer.Tables, t)
}

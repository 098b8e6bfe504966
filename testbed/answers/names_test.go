//go:build integration

package answers

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	promql "github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/processor/seasonalityprocessor"
)

// root is the repository's.
const root = "../.."

// A series that is asked for under a name that nothing has is no error: it is no answer, for ever. So every name in code, tests
// and their fakes, dashboards, examples and documents is held against those that the components' series have in the history.
func TestNames_WhereverTheyAreUsed_AreThoseOfTheHistory(t *testing.T) {
	known := told(t)
	others := map[string]string{
		"braid_schema": "a table", "braid_id": "a label of alerts", "braid_incident": "a label of alerts", "braid_knowledge": "an analyzer",
		"braid_0": "of a package's file", "braid_forecast_users": "what prometheus-adapter makes", "braid_events": "a file",
	}
	name := regexp.MustCompile(`\bbraid_[a-z0-9_]+`)
	found, unknown := 0, map[string]string{} // the latter where they are used
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case d.IsDir() && (slices.Contains([]string{".git", "node_modules", "build", "dist"}, d.Name())):
			return fs.SkipDir
		case d.IsDir() || !slices.Contains([]string{".go", ".json", ".yaml", ".yml", ".md", ".ts", ".tsx", ".mjs", ".sh"}, filepath.Ext(path)):
			return nil
		}
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) { // another test's, which is over
			return nil
		}
		if err != nil {
			return err
		}
		for _, n := range name.FindAllString(string(text), -1) {
			found++
			_, other := others[n]
			prefix := strings.HasSuffix(n, "_") && slices.ContainsFunc(known.names(), func(k string) bool { return strings.HasPrefix(k, n) })
			if !other && !prefix && known.series[n] == nil && !known.labels[n] {
				unknown[n] = path
			}
		}
		return nil
	}))
	assert.Empty(t, unknown, "no series and no label is called so")
	assert.Greater(t, found, 500)
}

// The same of the labels by which dashboards select and group.
func TestNames_LabelsOfDashboards_AreThoseOfTheirSeries(t *testing.T) {
	known := told(t)
	files, err := filepath.Glob(root + "/distribution/grafana/*.json")
	require.NoError(t, err)
	variable, p := regexp.MustCompile(`\$[a-z]+`), promql.NewParser(promql.Options{})
	looked := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var d struct {
			Panels []struct{ Targets []struct{ Expr string } }
		}
		require.NoError(t, json.Unmarshal(text, &d))
		for _, panel := range d.Panels {
			for _, target := range panel.Targets {
				expr, err := p.ParseExpr(variable.ReplaceAllString(target.Expr, ".*"))
				require.NoError(t, err)
				promql.Inspect(expr, func(node promql.Node, above []promql.Node) error {
					selector, ok := node.(*promql.VectorSelector)
					if !ok || !strings.HasPrefix(selector.Name, "braid_") || len(known.series[selector.Name]) == 0 { // not ours, or only declared
						return nil
					}
					looked++
					asked := map[string]bool{}
					for _, m := range selector.LabelMatchers {
						asked[m.Name] = m.Name != model.MetricNameLabel
					}
					for _, node := range above {
						if a, ok := node.(*promql.AggregateExpr); ok && !a.Without {
							for _, label := range a.Grouping {
								asked[label] = true
							}
						}
					}
					for label, is := range asked {
						assert.True(t, !is || known.series[selector.Name][label], "%s: %s has no label %s", filepath.Base(file), selector.Name, label)
					}
					return nil
				})
			}
		}
	}
	assert.Greater(t, looked, 25)
}

// The same of events, attributes and metrics by their own names: what one component reads, another writes.
func TestNames_AttributesThatAreRead_AreWritten(t *testing.T) {
	others := map[string]string{
		"braid.business": "applications tell of orders", "braid.business.id": "as above", "braid.answer": "of a media type", "braid.episode.id": "of events older than braid.anomaly.id",
	}
	name := regexp.MustCompile(`\bbraid(\.[a-z_]+)+`)
	says := func(patterns ...string) map[string]string {
		out := map[string]string{}
		for _, pattern := range patterns {
			paths, err := filepath.Glob(filepath.Join(root, pattern))
			require.NoError(t, err)
			require.NotEmpty(t, paths, pattern)
			for _, path := range paths {
				file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
				require.NoError(t, err)
				ast.Inspect(file, func(n ast.Node) bool {
					if literal, ok := n.(*ast.BasicLit); ok && !strings.HasSuffix(path, "_test.go") {
						for _, n := range name.FindAllString(text(literal), -1) {
							out[n] = path
						}
					}
					return true
				})
			}
		}
		return out
	}
	written := says("processor/*/*.go", "receiver/*/*.go", "connector/incidentconnector/encode*.go", "exporter/historyexporter/encode.go",
		"exporter/llmsummaryexporter/told.go", "internal/action/desk/*.go")
	read := says("internal/query/*.go", "internal/query/measure/*.go", "internal/top/*.go", "internal/history/*.go", "exporter/historyexporter/internal/decode/*.go",
		"exporter/llmsummaryexporter/brief.go", "exporter/llmsummaryexporter/event.go", "exporter/llmsummaryexporter/occurred.go",
		"connector/incidentconnector/metrics.go", "connector/incidentconnector/edge.go")
	unknown := map[string]string{}
	for name, path := range read {
		prefix := slices.ContainsFunc(slices.Collect(maps.Keys(written)), func(w string) bool { return strings.HasPrefix(w, name+".") || strings.HasPrefix(w, name+"_") })
		if written[name] == "" && others[name] == "" && !prefix {
			unknown[name] = path
		}
	}
	assert.Empty(t, unknown, "nobody writes these")
	assert.Greater(t, len(read), 80)
}

// vocabulary is the series of a history with their labels, and all labels that there are.
type vocabulary struct {
	series map[string]map[string]bool
	labels map[string]bool
}

func (v *vocabulary) names() (out []string) {
	for n := range v.series {
		out = append(out, n)
	}
	for n := range v.labels {
		out = append(out, n)
	}
	return out
}

// told is what a history has once the components have written to it; of what they write only beside servers and other
// collectors, what they declare.
func told(t *testing.T) *vocabulary {
	t.Helper()
	w := small(t)
	known := &vocabulary{series: map[string]map[string]bool{}, labels: map[string]bool{}}
	names, err := w.Metrics("").LabelValues(t.Context(), model.MetricNameLabel, nil, history.Window{})
	require.NoError(t, err)
	for _, n := range names {
		of, err := w.Metrics("").LabelNames(t.Context(), []string{n}, history.Window{})
		require.NoError(t, err)
		known.series[n] = map[string]bool{}
		for _, label := range of {
			known.series[n][label], known.labels[label] = true, true
		}
	}
	for _, n := range []string{
		"braid_anomaly_active", "braid_comparison_ratio", "braid_threshold_time_to_seconds", "braid_transaction_sampled_total", "braid_business_value_total",
		"braid_call_duration_seconds", "braid_query_duration_seconds",
	} {
		assert.NotNil(t, known.series[n], "%s: the components were to write it", n)
	}
	md := pmetric.NewMetrics()
	for dir, attributes := range map[string][]string{
		"processor/concurrencyprocessor":        {"braid.edge"},
		"processor/sessioncorrelationprocessor": {"braid.session.view"},
		"receiver/sessionstorereceiver":         {"braid.session_store.name", "braid.session_store.replica", "braid.session_store.replica.state"},
	} {
		said := declared(t, filepath.Join(root, dir), md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics())
		for _, a := range attributes {
			assert.True(t, said[a], "%s says nothing of %s", dir, a)
			known.labels[strings.ReplaceAll(a, ".", "_")] = true
		}
	}
	_, err = w.MetricsWriter().Write(t.Context(), md, Now)
	require.NoError(t, err)
	names, err = w.Metrics("").LabelValues(t.Context(), model.MetricNameLabel, nil, history.Window{})
	require.NoError(t, err)
	for _, n := range names {
		if known.series[n] == nil {
			known.series[n] = map[string]bool{} // its labels are not known
		}
	}
	known.labels["braid_tenant"] = true // is in every series of a tenant
	return known
}

// small is a few minutes of the simulated shop, a disk that fills up and one that fills at once, and a request of which a
// sampler says that it stands for more.
func small(t *testing.T) *World {
	t.Helper()
	w, err := open(t.Context(), t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, w.Close()) })
	require.NoError(t, w.chain(t.Context()))
	require.NoError(t, w.processor(t.Context(), seasonalityprocessor.NewFactory(), map[string]any{
		"clock": "replay", "defaults": false, "metrics": []any{map[string]any{"names": []any{"queue.*"}, "forecast": true}},
	}))
	require.NoError(t, w.nodes[len(w.nodes)-1].Start(t.Context(), componenttest.NewNopHost()))
	begin := Now.Add(-4 * time.Minute)
	for at := begin.Add(-30 * time.Hour); at.Before(begin); at = at.Add(time.Minute) {
		md := pmetric.NewMetrics()
		rest := begin.Sub(at).Hours()
		gauge := func(host, name, unit string, value float64) {
			rm := md.ResourceMetrics().AppendEmpty()
			rm.Resource().Attributes().PutStr("host.name", host)
			m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
			m.SetName(name)
			m.SetUnit(unit)
			p := m.SetEmptyGauge().DataPoints().AppendEmpty()
			p.SetTimestamp(pcommon.NewTimestampFromTime(at))
			p.SetDoubleValue(value)
		}
		usual := 0.5 + 0.01*float64(at.Minute()%3)
		gauge("mq", "queue.size", "{message}", 100*usual)
		gauge("mq", "queue.wait", "s", usual)
		gauge("fills", "system.filesystem.utilization", "1", 0.89-rest/100)
		if rest < 0.2 {
			usual = 0.99
		}
		gauge("full", "system.filesystem.utilization", "1", usual)
		require.NoError(t, w.head.metrics.ConsumeMetrics(t.Context(), md))
	}
	require.NoError(t, w.simulate(t.Context(), 1, Stretch{Start: begin, Length: 4 * time.Minute, Users: 400}))
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "sampled")
	span := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetTraceID(pcommon.TraceID{1})
	span.SetSpanID(pcommon.SpanID{1})
	span.SetKind(ptrace.SpanKindServer)
	span.SetName("GET /")
	span.TraceState().FromRaw("ot=th:8")
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(Now.Add(-2 * time.Second)))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(Now.Add(-time.Second)))
	require.NoError(t, w.head.traces.ConsumeTraces(t.Context(), td))
	for _, node := range slices.Backward(w.nodes) {
		require.NoError(t, node.Shutdown(t.Context()))
	}
	return w
}

// declared adds a point of every metric that a package's code names together with its description and unit, whether as
// arguments or in a table. It returns all texts of the code.
func declared(t *testing.T, dir string, metrics pmetric.MetricSlice) map[string]bool {
	t.Helper()
	said := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		require.NoError(t, err)
		add := func(parts []ast.Expr, sum bool) {
			if len(parts) < 3 || !strings.HasPrefix(text(parts[0]), "braid.") || text(parts[1]) == "" || text(parts[2]) == "" {
				return
			}
			m := metrics.AppendEmpty()
			m.SetName(text(parts[0]))
			m.SetUnit(text(parts[2]))
			var points pmetric.NumberDataPointSlice
			if sum {
				s := m.SetEmptySum()
				s.SetIsMonotonic(true)
				s.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
				points = s.DataPoints()
			} else {
				points = m.SetEmptyGauge().DataPoints()
			}
			points.AppendEmpty().SetTimestamp(pcommon.NewTimestampFromTime(Now))
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				called := ""
				switch f := n.Fun.(type) {
				case *ast.Ident:
					called = f.Name
				case *ast.SelectorExpr:
					called = f.Sel.Name
				}
				add(n.Args, called == "sum")
			case *ast.CompositeLit:
				add(n.Elts, false)
			case *ast.BasicLit:
				said[text(n)] = true
			}
			return true
		})
	}
	return said
}

// text is the value of a string literal, or of several that are joined; empty for anything else.
func text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return s
		}
	case *ast.BinaryExpr:
		return text(e.X) + text(e.Y)
	}
	return ""
}

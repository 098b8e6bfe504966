package deployeval

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/change"
	"github.com/braidotel/braid/internal/change/symptom"
	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/internal/replay"
)

// incident is a recorded case, read.
type incident struct {
	book   *symptom.Book
	ledger *change.Ledger
}

// readCase replays the files of a case: <path>.{traces,metrics,logs}.jsonl.gz and <path>.commits.json.
func readCase(ctx context.Context, path string) (*incident, error) {
	files, err := filepath.Glob(path + ".*.jsonl*")
	if err != nil {
		return nil, fmt.Errorf("finding the telemetry of %s: %w", path, err)
	}
	in := &incident{book: symptom.NewBook(), ledger: change.NewLedger(0)}
	for batch, err := range replay.Batches(ctx, files, replay.Options{}) {
		if err != nil {
			return nil, err
		}
		switch batch.Signal {
		case otlpsend.Metrics:
			in.metrics(batch.Metrics)
		case otlpsend.Logs:
			in.logs(batch.Logs)
		default:
			in.traces(batch.Traces)
		}
	}
	if err := in.commits(path + ".commits.json"); err != nil {
		return nil, err
	}
	return in, nil
}

func (in *incident) commits(path string) error {
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	commits, err := change.DecodeCommits(data)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for i := range commits {
		in.ledger.Commit(commits[i])
	}
	return nil
}

func (in *incident) metrics(md pmetric.Metrics) {
	for _, rm := range md.ResourceMetrics().All() {
		service := text(rm.Resource().Attributes(), "service.name")
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				var points pmetric.NumberDataPointSlice
				switch m.Type() {
				case pmetric.MetricTypeGauge:
					points = m.Gauge().DataPoints()
				case pmetric.MetricTypeSum:
					points = m.Sum().DataPoints()
				default:
					continue
				}
				for _, p := range points.All() {
					v := p.DoubleValue()
					if p.ValueType() == pmetric.NumberDataPointValueTypeInt {
						v = float64(p.IntValue())
					}
					in.book.Point(symptom.Point{Time: p.Timestamp().AsTime(), Service: service, Metric: m.Name(), Series: series(p.Attributes()), Value: v})
				}
			}
		}
	}
}

func (in *incident) logs(ld plog.Logs) {
	for _, rl := range ld.ResourceLogs().All() {
		service := text(rl.Resource().Attributes(), "service.name")
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				in.record(service, lr)
			}
		}
	}
}

func (in *incident) record(service string, lr plog.LogRecord) {
	at, a := lr.Timestamp().AsTime(), lr.Attributes()
	event := lr.EventName()
	if event == "" {
		event = text(a, "event.name")
	}
	switch event {
	case "deployment":
		in.ledger.Deploy(change.Deployment{Time: at, Service: service, Version: text(a, "service.version"), Revision: text(a, "vcs.ref.head.revision")})
	case "feature_flag.change":
		in.ledger.Switch(change.Flag{Time: at, Service: service, Key: text(a, "feature_flag.key"), Change: text(a, "feature_flag.change")})
	case "alert":
		in.book.Alert(symptom.Alert{Time: at, Service: service, Name: text(a, "alert.name"), Text: lr.Body().AsString()})
	default:
		in.book.Record(symptom.Record{Time: at, Service: service, Severity: int32(lr.SeverityNumber()), Body: lr.Body().AsString(), Facts: facts(a)})
	}
}

func (in *incident) traces(td ptrace.Traces) {
	for _, rs := range td.ResourceSpans().All() {
		service := text(rs.Resource().Attributes(), "service.name")
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				in.book.Span(symptom.Span{
					Trace: s.TraceID(), ID: s.SpanID(), Parent: s.ParentSpanID(), Service: service, Name: s.Name(),
					Start: s.StartTimestamp().AsTime(), End: s.EndTimestamp().AsTime(),
					Error: s.Status().Code() == ptrace.StatusCodeError, Status: s.Status().Message(), Facts: facts(s.Attributes()),
				})
			}
		}
	}
}

func text(m pcommon.Map, key string) string {
	if v, ok := m.Get(key); ok {
		return v.AsString()
	}
	return ""
}

func facts(m pcommon.Map) []change.Fact {
	out := make([]change.Fact, 0, m.Len())
	for k, v := range m.All() {
		out = append(out, change.Fact{Name: k, Value: v.AsString()})
	}
	slices.SortFunc(out, func(a, b change.Fact) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func series(m pcommon.Map) string {
	var b strings.Builder
	for _, f := range facts(m) {
		b.WriteString(f.Name + "=" + f.Value + ",")
	}
	return b.String()
}

// clock formats a time for the report.
func clock(t time.Time) string { return t.UTC().Format("15:04:05") }

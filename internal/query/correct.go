package query

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query/measure"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
)

// correct puts a reader's choices in place of parts of the reading, and resolves it anew.
func correct(q *question.Query, corrections map[string]string, now time.Time) error {
	for _, part := range slices.Sorted(maps.Keys(corrections)) {
		value := corrections[part]
		var err error
		switch part {
		case "intent":
			err = correctIntent(q, value)
		case "metric":
			err = correctMetrics(q, value)
		case "time":
			if value == "" {
				value = "default"
			}
			q.Time, err = question.ParseExpr(value)
		case "compare":
			q.Compare, err = question.ParseComparison(value)
		case "filter":
			err = correctFilters(q, value)
		default:
			err = fmt.Errorf("there is no part %q; parts are intent, metric, time, compare and filter", part)
		}
		if err != nil {
			return fmt.Errorf("corrections::%s: %w", part, err)
		}
	}
	if len(corrections) == 0 {
		return nil
	}
	if q.Outcome == question.OutcomeClarify && q.Missing == "service" && q.Filters.Service != "" {
		q.Outcome, q.Missing = question.OutcomeAnswer, ""
	}
	e := q.Time
	if e.Kind == question.ExprDefault {
		e = question.DefaultTime(q.Intent)
	}
	q.Range = e.Resolve(now)
	q.CompareTo = q.Compare.Resolve(q.Range, now)
	return nil
}

func correctIntent(q *question.Query, value string) error {
	intent := question.Intent(value)
	if _, ok := answerers[intent]; !ok {
		return fmt.Errorf("%q is nothing that can be asked", value)
	}
	if q.Outcome == question.OutcomeDecline && q.Reason != question.ReasonNoQuestion && q.Reason != question.ReasonUnknownWords {
		return nil // what was refused for its content stays refused
	}
	q.Outcome, q.Intent, q.Reason, q.Alternatives = question.OutcomeAnswer, intent, "", nil
	if intent == question.IntentCompare && q.Compare.Kind == question.CompareNone {
		q.Compare = question.Comparison{Kind: question.CompareBaseline}
	}
	return nil
}

func correctMetrics(q *question.Query, value string) error {
	var ids []string
	for id := range strings.SplitSeq(value, ",") {
		if _, ok := measure.Find(measure.Expand([]string{id})[0]); !ok {
			return fmt.Errorf("%q is no figure that can be asked for", id)
		}
		ids = append(ids, id)
	}
	q.Metrics = ids
	return nil
}

// correctFilters reads "service=payment,region=busan"; empty takes all filters away.
func correctFilters(q *question.Query, value string) error {
	filters := question.Filters{User: q.Filters.User, Session: q.Filters.Session, Trace: q.Filters.Trace, IP: q.Filters.IP, Version: q.Filters.Version}
	for pair := range strings.SplitSeq(value, ",") {
		name, is, _ := strings.Cut(pair, "=")
		switch name {
		case "":
		case "service":
			filters.Service = is
		case "host":
			filters.Host = is
		case "page":
			filters.Page = is
		case "channel":
			filters.Channel = is
		case "region":
			filters.Regions = append(filters.Regions, is)
		default:
			return fmt.Errorf("%q is no filter such as service=payment", pair)
		}
	}
	q.Filters = filters
	return nil
}

// readings are the chips that show how a question was understood.
func (in *inquiry) readings() []answer.Reading {
	q := &in.q
	if q.Outcome == question.OutcomeDecline {
		return nil
	}
	out := []answer.Reading{{
		Part: "intent", Label: in.label(question.ClassIntent, string(q.Intent)), Value: string(q.Intent), Source: in.source("intent", string(q.Intent)),
	}}
	if len(q.Metrics) > 0 {
		out = append(out, in.metricReading())
	}
	if !q.Range.IsZero() || q.Time.Kind == question.ExprSinceDeploy {
		out = append(out, in.timeReading())
	}
	if q.Compare.Kind != question.CompareNone {
		out = append(out, in.compareReading())
	}
	filters := q.Filters.Map()
	for _, name := range slices.Sorted(maps.Keys(filters)) {
		value := strings.Trim(strings.ReplaceAll(fmt.Sprint(filters[name]), " ", ","), "[]")
		label := value
		if name == "region" {
			label = in.region(value)
		}
		out = append(out, answer.Reading{
			Part: "filter", Label: in.label(question.ClassName, name) + ": " + wording.Name(label), Value: name + "=" + value,
			Source: in.source("filter", name+"="+value), Choices: []answer.Choice{{Label: in.phrase("common.no_filter")}},
		})
	}
	args := q.Args.Map()
	for _, name := range slices.Sorted(maps.Keys(args)) {
		value := fmt.Sprint(args[name])
		out = append(out, answer.Reading{Part: "argument", Label: in.label(question.ClassName, name) + ": " + wording.Name(value), Value: name + "=" + wording.Name(value)})
	}
	return out
}

// source is the piece of the question that gave a part of the reading.
func (in *inquiry) source(part, value string) string {
	for _, r := range in.q.Readings {
		if r.Part == part && (value == "" || r.Value == value) {
			return r.Text
		}
	}
	return ""
}

func (in *inquiry) metricReading() answer.Reading {
	var labels []string
	for _, m := range in.q.Metrics {
		labels = append(labels, in.label(question.ClassMetric, m))
	}
	r := answer.Reading{Part: "metric", Label: strings.Join(labels, " · "), Value: strings.Join(in.q.Metrics, ","), Source: in.source("metric", "")}
	for _, m := range []string{"concurrent_users", "system_usage", "latency_p95", "error_rate", "throughput"} {
		if m != r.Value {
			r.Choices = append(r.Choices, answer.Choice{Label: in.label(question.ClassMetric, m), Value: m})
		}
	}
	return r
}

func (in *inquiry) timeReading() answer.Reading {
	e := in.q.Time
	if e.Kind == question.ExprDefault {
		e = question.DefaultTime(in.q.Intent)
	}
	r := answer.Reading{Part: "time", Value: e.String(), Label: in.timeLabel(e), Source: in.source("time", "")}
	for _, c := range []string{"now", "last:PT1H", "today", "yesterday", "this_week"} {
		choice, err := question.ParseExpr(c)
		if err == nil && c != r.Value {
			r.Choices = append(r.Choices, answer.Choice{Label: in.timeLabel(choice), Value: c})
		}
	}
	return r
}

// timeLabel says a time in words and absolutely.
func (in *inquiry) timeLabel(e question.Expr) string {
	label := in.label(question.ClassTime, e.String())
	if i := e.Resolve(in.now); !i.IsZero() {
		label += " (" + wording.Interval(i.Start, i.End, in.now) + ")"
	}
	return label
}

func (in *inquiry) compareReading() answer.Reading {
	r := answer.Reading{Part: "compare", Value: in.q.Compare.String(), Label: in.compareLabel(in.q.Compare), Source: in.source("compare", "")}
	for _, c := range []string{"shift:P1D", "shift:P7D", "baseline"} {
		choice, err := question.ParseComparison(c)
		if err == nil && c != r.Value {
			r.Choices = append(r.Choices, answer.Choice{Label: in.compareLabel(choice), Value: c})
		}
	}
	return r
}

func (in *inquiry) compareLabel(c question.Comparison) string {
	label := in.label(question.ClassCompare, c.String())
	if c.Kind == question.CompareExpr {
		return in.timeLabel(c.Expr)
	}
	if i := c.Resolve(in.q.Range, in.now); !i.IsZero() {
		label += " (" + wording.Interval(i.Start, i.End, in.now) + ")"
	}
	return label
}

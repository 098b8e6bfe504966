package slo

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// document is an SLO as OpenSLO v1 writes it. Fields of the schema that are not here are accepted and not used.
type document struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Metadata   struct {
		Name        string `yaml:"name"`
		DisplayName string `yaml:"displayName"`
	} `yaml:"metadata"`
	Spec struct {
		Description     string            `yaml:"description"`
		Service         string            `yaml:"service"`
		IndicatorRef    string            `yaml:"indicatorRef"`
		Indicator       *indicator        `yaml:"indicator"`
		TimeWindow      []timeWindow      `yaml:"timeWindow"`
		BudgetingMethod string            `yaml:"budgetingMethod"`
		Objectives      []objectiveTarget `yaml:"objectives"`
	} `yaml:"spec"`
}

type indicator struct {
	Spec struct {
		ThresholdMetric yaml.Node `yaml:"thresholdMetric"`
		RatioMetric     *struct {
			Good  *metric `yaml:"good"`
			Bad   *metric `yaml:"bad"`
			Total *metric `yaml:"total"`
		} `yaml:"ratioMetric"`
	} `yaml:"spec"`
}

type metric struct {
	MetricSource struct {
		Type string `yaml:"type"`
		Spec struct {
			Query      string `yaml:"query"`
			Outcome    string `yaml:"outcome"`
			FasterThan string `yaml:"faster_than"`
			Operation  string `yaml:"operation"`
		} `yaml:"spec"`
	} `yaml:"metricSource"`
}

type timeWindow struct {
	Duration  string `yaml:"duration"`
	IsRolling bool   `yaml:"isRolling"`
	Calendar  *struct {
		StartTime string `yaml:"startTime"`
		TimeZone  string `yaml:"timeZone"`
	} `yaml:"calendar"`
}

type objectiveTarget struct {
	Target        *float64 `yaml:"target"`
	TargetPercent *float64 `yaml:"targetPercent"`
}

// reader reads one document and remembers its first mistake.
type reader struct {
	file string
	line int
	root yaml.Node
	doc  document
	err  *FieldError
}

// Parse reads one YAML document. line is where it begins in its file. Another kind of OpenSLO gives nil and no error.
func Parse(file string, line int, raw []byte) (*Objective, error) {
	r := &reader{file: file, line: line}
	if err := yaml.Unmarshal(raw, &r.root); err != nil {
		return nil, &FieldError{File: file, Line: line, Field: "document", Text: strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	if err := r.root.Decode(&r.doc); err != nil {
		return nil, &FieldError{File: file, Line: line, Field: "document", Text: strings.Join(strings.Fields(strings.TrimPrefix(err.Error(), "yaml: ")), " ")}
	}
	if r.doc.APIVersion != "openslo/v1" {
		r.fail("apiVersion", "%q is not openslo/v1", r.doc.APIVersion)
	} else if r.doc.Kind != "SLO" {
		return nil, nil
	}
	o := r.objective()
	if r.err != nil {
		return nil, r.err
	}
	return o, nil
}

// fail notes a mistake, with the line of the nearest field there is.
func (r *reader) fail(field, text string, args ...any) {
	if r.err != nil {
		return
	}
	r.err = &FieldError{File: r.file, Line: r.line, Name: r.doc.Metadata.Name, Field: field, Text: fmt.Sprintf(text, args...)}
	node := &r.root
	if len(node.Content) > 0 {
		node = node.Content[0]
	}
	for part := range strings.SplitSeq(field, "::") {
		next := child(node, part)
		if next == nil {
			break
		}
		node = next
	}
	r.err.Line += max(0, node.Line-1)
}

func child(n *yaml.Node, name string) *yaml.Node {
	if n.Kind == yaml.SequenceNode {
		if i, err := strconv.Atoi(name); err == nil && i < len(n.Content) {
			return n.Content[i]
		}
		return nil
	}
	for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// nameShape is what OpenSLO takes for a name: that of a DNS label.
var nameShape = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

func (r *reader) objective() *Objective {
	d := &r.doc
	o := &Objective{
		Name: d.Metadata.Name, Title: d.Metadata.DisplayName, Description: d.Spec.Description, Service: d.Spec.Service, File: r.file,
	}
	if !nameShape.MatchString(o.Name) {
		r.fail("metadata::name", "%q is no name of lower case letters, digits and hyphens, at most 63", o.Name)
	}
	if o.Title == "" {
		o.Title = o.Name
	}
	if o.Service == "" {
		r.fail("spec::service", "is missing: the service.name whose promise this is")
	}
	if m := d.Spec.BudgetingMethod; m != "" && m != "Occurrences" {
		r.fail("spec::budgetingMethod", "%q is not supported; Occurrences counts events", m)
	}
	r.indicators(o)
	r.window(o)
	r.target(o)
	return o
}

func (r *reader) target(o *Objective) {
	list := r.doc.Spec.Objectives
	const field = "spec::objectives"
	switch {
	case len(list) != 1:
		r.fail(field, "has %d entries; write an SLO for each objective", len(list))
		return
	case list[0].Target != nil && list[0].TargetPercent != nil:
		r.fail(field+"::0::targetPercent", "is given beside target; leave one out")
	case list[0].TargetPercent != nil:
		o.Target = *list[0].TargetPercent / 100
	case list[0].Target != nil:
		o.Target = *list[0].Target
	default:
		r.fail(field+"::0::target", "is missing: a share such as 0.999")
		return
	}
	if !(o.Target > 0 && o.Target < 1) {
		if o.Target > 1 && o.Target < 100 && list[0].Target != nil {
			r.fail(field+"::0::target", "%g is above 1; for percent write targetPercent: %g", o.Target, o.Target)
			return
		}
		r.fail(field+"::0::target", "%g is not between 0 and 1 (of 1 there would be no budget)", o.Target)
	}
}

func (r *reader) indicators(o *Objective) {
	spec := &r.doc.Spec
	switch {
	case spec.IndicatorRef != "":
		r.fail("spec::indicatorRef", "is not supported; write the indicator within spec::indicator")
		return
	case spec.Indicator == nil:
		r.fail("spec::indicator", "is missing")
		return
	case spec.Indicator.Spec.RatioMetric == nil:
		r.fail("spec::indicator::spec::ratioMetric", "is missing; of a thresholdMetric count what is within as good")
		return
	}
	ratio := spec.Indicator.Spec.RatioMetric
	const field = "spec::indicator::spec::ratioMetric"
	if ratio.Total == nil {
		r.fail(field+"::total", "is missing")
		return
	}
	if (ratio.Good == nil) == (ratio.Bad == nil) {
		r.fail(field, "needs either good or bad beside total")
		return
	}
	o.Total = r.metric(field+"::total", ratio.Total)
	if ratio.Good != nil {
		o.Good = r.metric(field+"::good", ratio.Good)
	} else {
		o.Bad = r.metric(field+"::bad", ratio.Bad)
	}
}

// metric reads what to count: PromQL, or the transactions that the history derives from traces.
func (r *reader) metric(field string, m *metric) Indicator {
	source := &m.MetricSource
	spec := field + "::metricSource::spec"
	switch source.Type {
	case "Prometheus":
		if !strings.Contains(source.Spec.Query, "$window") {
			r.fail(spec+"::query", "holds no $window; write for example sum(increase(requests_total[$window]))")
		}
		return Indicator{Query: source.Spec.Query}
	case "Braid":
		out := Indicator{Own: true, Outcome: source.Spec.Outcome, Operation: source.Spec.Operation}
		if source.Spec.Query != "" {
			r.fail(spec+"::query", "belongs to metricSource type Prometheus")
		}
		if !slices.Contains([]string{"", "success", "failure"}, out.Outcome) {
			r.fail(spec+"::outcome", "%q is neither success nor failure", out.Outcome)
		}
		if text := source.Spec.FasterThan; text != "" {
			var err error
			if out.FasterThan, err = time.ParseDuration(text); err != nil || out.FasterThan <= 0 {
				r.fail(spec+"::faster_than", "%q is no duration such as 500ms", text)
			}
		}
		return out
	default:
		r.fail(field+"::metricSource::type", "%q is neither Prometheus nor Braid", source.Type)
		return Indicator{}
	}
}

// durations are written in one unit, a month being M.
var duration = regexp.MustCompile(`^([1-9][0-9]{0,3})(m|h|d|w|M|Q|Y)$`)

const day = 24 * time.Hour

// span is one of OpenSLO's durations; months is zero but of those that the calendar alone measures.
func span(text string) (length time.Duration, months int, ok bool) {
	parts := duration.FindStringSubmatch(text)
	if parts == nil {
		return 0, 0, false
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		return 0, 0, false
	}
	switch parts[2] {
	case "m":
		return time.Duration(n) * time.Minute, 0, true
	case "h":
		return time.Duration(n) * time.Hour, 0, true
	case "d":
		return time.Duration(n) * day, 0, true
	case "w":
		return time.Duration(n) * 7 * day, 0, true
	case "M":
		months = n
	case "Q":
		months = 3 * n
	case "Y":
		months = 12 * n
	}
	return time.Duration(months) * 30 * day, months, true
}

// Bounds of a window: below an hour no burn rate means anything, beyond that no history is kept.
const (
	minWindow = time.Hour
	maxWindow = 2 * 366 * day
)

func (r *reader) window(o *Objective) {
	const field = "spec::timeWindow"
	if len(r.doc.Spec.TimeWindow) != 1 {
		r.fail(field, "needs exactly one entry, such as {duration: 28d, isRolling: true}")
		return
	}
	w := r.doc.Spec.TimeWindow[0]
	length, months, ok := span(w.Duration)
	switch {
	case !ok:
		r.fail(field+"::0::duration", "%q is no duration such as 28d, 4w or 1M", w.Duration)
		return
	case length < minWindow || length > maxWindow:
		r.fail(field+"::0::duration", "%q is not between 1h and 2Y", w.Duration)
		return
	case w.Calendar == nil && !w.IsRolling:
		r.fail(field+"::0", "needs isRolling: true, or a calendar")
		return
	case w.Calendar != nil && w.IsRolling:
		r.fail(field+"::0::isRolling", "and calendar exclude each other")
		return
	case w.IsRolling:
		o.Window = Window{Length: length}
		return
	}
	r.calendar(o, length, months)
}

func (r *reader) calendar(o *Objective, length time.Duration, months int) {
	const field = "spec::timeWindow::0::calendar"
	c := r.doc.Spec.TimeWindow[0].Calendar
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil || c.TimeZone == "Local" {
		r.fail(field+"::timeZone", "%q is not an IANA time zone such as Asia/Seoul", c.TimeZone)
		return
	}
	from, err := time.ParseInLocation(time.DateTime, c.StartTime, zone)
	if err != nil {
		r.fail(field+"::startTime", "%q is no time such as 2026-01-01 00:00:00", c.StartTime)
		return
	}
	o.Window = Window{Length: length, Months: months, From: from}
	if months == 0 {
		if o.Window.Days = int(math.Round(length.Hours() / 24)); time.Duration(o.Window.Days)*day != length {
			r.fail("spec::timeWindow::0::duration", "of a calendar is counted in days, weeks or months")
		}
	}
}

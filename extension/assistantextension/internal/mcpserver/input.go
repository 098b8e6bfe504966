package mcpserver

import (
	"strings"
	"time"

	"github.com/braidotel/braid/internal/query"
)

// Shape is how a result is wanted.
type Shape struct {
	Language string `json:"language,omitempty" jsonschema:"ko or en; default en"`
	Detail   string `json:"detail,omitempty" jsonschema:"concise (default) or full"`
	Cursor   string `json:"cursor,omitempty" jsonschema:"next_cursor of the page before"`
}

// Scope narrows what is looked at.
type Scope struct {
	Service string `json:"service,omitempty" jsonschema:"a service.name"`
	Region  string `json:"region,omitempty" jsonschema:"a region"`
	Host    string `json:"host,omitempty" jsonschema:"a host name"`
}

// filter is the scope as a correction of a reading.
func (s Scope) filter() string {
	var parts []string
	for _, f := range []struct{ name, value string }{{"service", s.Service}, {"region", s.Region}, {"host", s.Host}} {
		if f.value != "" {
			parts = append(parts, f.name+"="+f.value)
		}
	}
	return strings.Join(parts, ",")
}

// AskInput is a question in words.
type AskInput struct {
	Question string `json:"question" jsonschema:"one question in Korean or English, as the person put it"`
	Intent   string `json:"intent,omitempty" jsonschema:"the intent of one of the options that came back"`
	TimeZone string `json:"time_zone,omitempty" jsonschema:"IANA zone of the reader"`
	Shape
}

// CompareInput asks for now against then.
type CompareInput struct {
	Metrics   []string `json:"metrics,omitempty" jsonschema:"such as concurrent_users, system_usage, cpu, memory, latency_p95, error_rate, throughput"`
	Time      string   `json:"time,omitempty" jsonschema:"default now"`
	CompareTo string   `json:"compare_to,omitempty" jsonschema:"shift:P1D (same time yesterday, default), shift:P7D (same weekday last week) or baseline (what is usual)"`
	Scope
	Shape
}

// PeriodInput asks about a time.
type PeriodInput struct {
	Time string `json:"time,omitempty" jsonschema:"a time expression; each tool has its default"`
	Scope
	Shape
}

// ForecastInput asks what will run out.
type ForecastInput struct {
	Resource string `json:"resource,omitempty" jsonschema:"cpu, memory, disk or network; default all"`
	Time     string `json:"time,omitempty" jsonschema:"how far ahead, such as next:PT3H; default next 24 hours"`
	Scope
	Shape
}

// SessionsInput narrows a list of sessions.
type SessionsInput struct {
	Open        bool      `json:"open,omitempty" jsonschema:"only those still open"`
	User        string    `json:"user,omitempty" jsonschema:"a user id or pseudonym"`
	Service     string    `json:"service,omitempty" jsonschema:"a service.name"`
	Region      string    `json:"region,omitempty" jsonschema:"a region"`
	MinDuration string    `json:"min_duration,omitempty" jsonschema:"leaves out shorter ones, such as 8h"`
	From        time.Time `json:"from,omitzero" jsonschema:"active at or after, RFC 3339"`
	To          time.Time `json:"to,omitzero" jsonschema:"active before, RFC 3339"`
	Shape
}

// IncidentsInput narrows a list of incidents.
type IncidentsInput struct {
	Status string `json:"status,omitempty" jsonschema:"open (default), resolved or all"`
	Shape
}

// IncidentInput names one.
type IncidentInput struct {
	ID string `json:"id" jsonschema:"an incident id of list_incidents"`
	Shape
}

// ReportInput asks for the figures of a report.
type ReportInput struct {
	Period   string `json:"period,omitempty" jsonschema:"such as this_week (default), last_week or last:P7D"`
	Audience string `json:"audience,omitempty" jsonschema:"exec or ops (default)"`
	Shape
}

// KnowledgeInput searches the organisation's own documents.
type KnowledgeInput struct {
	Topic string `json:"topic" jsonschema:"what to look for, such as payment timeouts"`
	Shape
}

// check refuses what has no meaning rather than taking a default for it.
func (s Shape) check() error {
	if s.Language != "" && s.Language != "ko" && s.Language != "en" {
		return invalid("language", "give ko or en")
	}
	if s.Detail != "" && s.Detail != "concise" && s.Detail != "full" {
		return invalid("detail", "give concise or full")
	}
	return nil
}

func (s Shape) language() string {
	if s.Language == "" {
		return "en"
	}
	return s.Language
}

func (in SessionsInput) filter() (query.SessionFilter, error) {
	f := query.SessionFilter{
		Open: in.Open, User: in.User, Service: in.Service, Region: in.Region, From: in.From, To: in.To, After: in.Cursor,
		Limit: in.rows(),
	}
	if in.MinDuration == "" {
		return f, nil
	}
	d, err := time.ParseDuration(in.MinDuration)
	if err != nil || d < 0 {
		return f, invalid("min_duration", "give a duration such as 30m or 8h")
	}
	f.MinDuration = d
	return f, nil
}

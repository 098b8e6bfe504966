package server

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/query"
)

// What people write is short; ids come from telemetry and may be longer.
const (
	maxQuestion    = 500 // characters
	maxReason      = action.MaxText
	maxCorrections = 16
	maxText        = 256
	maxEntries     = 1_000
)

// decode reads a JSON body with no member that is not known.
func decode(r *http.Request, into any) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return problem(http.StatusUnsupportedMediaType, "media_type", "The body must be JSON; send Content-Type: application/json.")
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return badBody(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return invalid("body", "holds more than one JSON value; send one")
	}
	return nil
}

// badBody names the member that is wrong where the decoder knows it.
func badBody(err error) error {
	var tooLarge *http.MaxBytesError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &tooLarge):
		return err
	case errors.As(err, &kind) && kind.Field != "":
		return invalid(kind.Field, "must be %s, is a JSON %s", kind.Type, kind.Value)
	case errors.Is(err, io.EOF):
		return invalid("body", "is empty; send a JSON object")
	default:
		if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return invalid(strings.Trim(field, `"`), "is not known here; leave it out")
		}
		return invalid("body", "is not valid JSON: %s", err)
	}
}

func checkQuestion(q *query.Question) error {
	q.Text = strings.TrimSpace(q.Text)
	switch {
	case q.Text == "":
		return invalid("question", "is empty; ask something")
	case utf8.RuneCountInString(q.Text) > maxQuestion:
		return invalid("question", "has more than %d characters; ask a shorter one", maxQuestion)
	case q.Language != "" && q.Language != "ko" && q.Language != "en":
		return invalid("language", "must be ko or en, is %q", q.Language)
	case len(q.Corrections) > maxCorrections:
		return invalid("corrections", "has more than %d members", maxCorrections)
	}
	for part, value := range q.Corrections {
		if part == "" || len(part) > maxText || len(value) > maxText {
			return invalid("corrections", "parts and values have 1 to %d bytes", maxText)
		}
	}
	return checkZone(q.TimeZone)
}

func checkReport(r *query.ReportRequest) error {
	switch {
	case r.Period == "" || len(r.Period) > maxText:
		return invalid("period", "must be a time expression such as this_week or last:P7D")
	case r.Audience != "exec" && r.Audience != "ops":
		return invalid("audience", "must be exec or ops, is %q", r.Audience)
	case r.Language != "ko" && r.Language != "en":
		return invalid("language", "must be ko or en, is %q", r.Language)
	}
	return checkZone(r.TimeZone)
}

func checkZone(name string) error {
	if _, err := time.LoadLocation(name); err != nil || name == "Local" || len(name) > maxText {
		return invalid("time_zone", "is not an IANA time zone such as Asia/Seoul")
	}
	return nil
}

func checkProposal(p *query.ProposalRequest) error {
	if p.Language != "" && p.Language != "ko" && p.Language != "en" {
		return invalid("language", "must be ko or en, is %q", p.Language)
	}
	if utf8.RuneCountInString(p.Text) > maxQuestion {
		return invalid("text", "has more than %d characters; order one action", maxQuestion)
	}
	for _, f := range []struct{ name, value string }{
		{"action", string(p.Action)}, {"service", p.Service}, {"version", p.Version}, {"session", p.Session}, {"webhook", p.Webhook},
	} {
		if len(f.value) > maxText || !utf8.ValidString(f.value) || strings.ContainsFunc(f.value, unicode.IsControl) {
			return invalid(f.name, "must have at most %d bytes and no control characters", maxText)
		}
	}
	if len(p.Parameters) > action.MaxParameters {
		return invalid("parameters", "has more than %d members", action.MaxParameters)
	}
	if utf8.RuneCountInString(p.Reason) > maxReason {
		return invalid("reason", "has more than %d characters", maxReason)
	}
	return nil
}

func checkReason(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return "", invalid("reason", "is empty; say why, for whoever reads it later")
	}
	if utf8.RuneCountInString(reason) > maxReason {
		return "", invalid("reason", "has more than %d characters", maxReason)
	}
	return reason, nil
}

func checkID(id string) error {
	if id == "" || len(id) > maxText || !utf8.ValidString(id) || strings.ContainsFunc(id, unicode.IsControl) {
		return invalid("id", "must have 1 to %d bytes and no control characters", maxText)
	}
	return nil
}

// params reads the query part of a URL. The first mistake is kept; a name that nothing asked for is one.
type params struct {
	values url.Values
	asked  []string
	first  error
}

func newParams(r *http.Request) *params {
	values, err := url.ParseQuery(r.URL.RawQuery)
	p := &params{values: values}
	if err != nil {
		p.first = invalid("query", "cannot be read: %s", err)
	}
	return p
}

func (p *params) text(name string) string {
	p.asked = append(p.asked, name)
	switch got := p.values[name]; {
	case len(got) == 0:
		return ""
	case len(got) > 1:
		p.keep(invalid(name, "is there %d times; give it once", len(got)))
	case len(got[0]) > maxText || !utf8.ValidString(got[0]):
		p.keep(invalid(name, "must have at most %d bytes of UTF-8", maxText))
	default:
		return got[0]
	}
	return ""
}

func (p *params) choice(name string, choices ...string) string {
	v := p.text(name)
	if v != "" && !slices.Contains(choices, v) {
		p.keep(invalid(name, "must be one of %s, is %q", strings.Join(choices, ", "), v))
	}
	return v
}

func (p *params) language() string { return p.choice("language", "ko", "en") }

func (p *params) limit() int {
	v := p.text("limit")
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > maxEntries {
		p.keep(invalid("limit", "must be 1 to %d, is %q", maxEntries, v))
	}
	return n
}

func (p *params) duration(name string) time.Duration {
	v := p.text(name)
	if v == "" {
		return 0
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 {
		p.keep(invalid(name, "must be a duration such as 30m or 1h30m, is %q", v))
	}
	return d
}

func (p *params) time(name string) time.Time {
	v := p.text(name)
	if v == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, v)
	if err != nil {
		p.keep(invalid(name, "must be a time such as 2026-11-18T14:30:00+09:00, is %q", v))
	}
	return t
}

func (p *params) keep(err error) {
	if p.first == nil {
		p.first = err
	}
}

// err is the first mistake.
func (p *params) err() error {
	for name := range p.values {
		if !slices.Contains(p.asked, name) {
			switch {
			case name == "":
				p.keep(invalid("query", "holds a value without a name; leave it out"))
			case len(p.asked) == 0:
				p.keep(invalid(name, "is not known here; leave it out"))
			default:
				p.keep(invalid(name, "is not known here; there are %s", strings.Join(p.asked, ", ")))
			}
		}
	}
	return p.first
}

// sessionFilters narrow a list of sessions; sessionParams page through it too.
var sessionFilters = []param{
	{name: "open", description: "Only those still open.", kind: "boolean"},
	{name: "user", description: "A user id or pseudonym."},
	{name: "region", description: "Where it was seen."},
	{name: "service", description: "Which service it used."},
	{name: "min_duration", description: "Leaves out shorter ones; such as 30m."},
	{name: "from", description: "Active at or after.", format: "date-time"},
	{name: "to", description: "Active before.", format: "date-time"},
}

var sessionParams = append(slices.Clip(sessionFilters), limit, param{name: "after", description: "next of the page before."})

func sessionFilter(p *params) query.SessionFilter {
	f := query.SessionFilter{
		Open: p.choice("open", "true", "false") == "true",
		User: p.text("user"), Region: p.text("region"), Service: p.text("service"),
		MinDuration: p.duration("min_duration"),
		From:        p.time("from"), To: p.time("to"),
	}
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		p.keep(invalid("from", "must be before to"))
	}
	return f
}

// sessionPage is a filter with the piece of the list that is asked for.
func sessionPage(r *http.Request) (query.SessionFilter, error) {
	p := newParams(r)
	f := sessionFilter(p)
	f.Limit, f.After = p.limit(), p.text("after")
	return f, p.err()
}

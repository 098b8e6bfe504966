package query

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/document"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
)

// mediaType is of a report's body: the answer it shows, from which either form is made.
const mediaType = "application/vnd.braid.answer+json"

// Audiences of a report.
const (
	executives = "exec"
	operators  = "ops"
)

// Reports implements Service.
func (e *Engine) Reports(ctx context.Context, caller Caller, limit int) ([]Report, error) {
	store, tenant, err := e.viewed(caller)
	if err != nil {
		return nil, err
	}
	page, err := store.Reports(ctx, tenant, history.Window{}, limit)
	if err != nil {
		return nil, fail(err)
	}
	out := make([]Report, 0, len(page.Items))
	for i := range page.Items {
		out = append(out, paper(&page.Items[i]))
	}
	return out, nil
}

// paper is a report in a line. Its audience stands at the beginning of its id.
func paper(r *history.Report) Report {
	audience, _, _ := strings.Cut(r.ID, "-")
	return Report{ID: r.ID, Title: wording.Name(r.Title), Written: r.At, Window: answer.Window{Start: r.From, End: r.To}, Audience: audience, Language: r.Language}
}

// Report implements Service.
func (e *Engine) Report(ctx context.Context, caller Caller, id, format string) ([]byte, error) {
	store, tenant, err := e.viewed(caller)
	if err != nil {
		return nil, err
	}
	if format != document.HTML && format != document.Markdown {
		return nil, fmt.Errorf("%w: format: %q is neither html nor md", ErrInvalid, format)
	}
	r, ok, err := store.Report(ctx, tenant, id)
	if err != nil {
		return nil, fail(err)
	}
	if !ok {
		return nil, fmt.Errorf("report: %w", ErrNotFound)
	}
	if r.Format != mediaType { // written by others, as the scheduled ones
		return r.Body, nil
	}
	var a answer.Answer
	if err := json.Unmarshal(r.Body, &a); err != nil {
		return nil, fmt.Errorf("reading the report: %w", err)
	}
	return document.Render(r.Title, &a, format)
}

// WriteReport implements Service.
func (e *Engine) WriteReport(ctx context.Context, caller Caller, r ReportRequest) (Report, error) {
	var salt [4]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return Report{}, fmt.Errorf("naming the report: %w", err)
	}
	in, a, err := e.draft(ctx, caller, r, e.options.Clock())
	if err != nil {
		return Report{}, err
	}
	return e.keep(ctx, caller, in, a, r, reportID(r, in.now, hex.EncodeToString(salt[:])))
}

// reportID names a report: its audience, its instant, and what tells it from others of the same instant.
func reportID(r ReportRequest, at time.Time, rest string) string {
	return r.Audience + "-" + at.UTC().Format("20060102T150405Z") + "-" + rest
}

// WriteScheduled writes the report of an instant of a schedule, as of that instant. It is written once, whoever asks how
// often: the history knows. ErrNotFound where there is no data of its period.
func (e *Engine) WriteScheduled(ctx context.Context, caller Caller, r ReportRequest, schedule string, at time.Time) (Report, error) {
	id := reportID(r, at, schedule)
	written, ok, err := e.options.Provider.Records().Report(ctx, history.Tenant(caller.Tenant), id)
	if err != nil {
		return Report{}, fail(err)
	}
	if ok {
		return paper(&written), nil
	}
	in, a, err := e.draft(ctx, caller, r, at)
	if err != nil {
		return Report{}, err
	}
	if a.Outcome != answer.OutcomeAnswer {
		return Report{}, fmt.Errorf("%w: there is no data of the period of %s", ErrNotFound, id)
	}
	return e.keep(ctx, caller, in, a, r, id)
}

// sentID names the record that a report was sent to a receiver.
func sentID(r Report, receiver string) string {
	sum := sha256.Sum256([]byte(r.ID + "\x00" + receiver))
	return "sent-" + hex.EncodeToString(sum[:12])
}

// ReportSent tells whether a report was sent to a receiver.
func (e *Engine) ReportSent(ctx context.Context, caller Caller, r Report, receiver string) (bool, error) {
	page, err := e.options.Provider.Records().Audits(ctx, history.Tenant(caller.Tenant), history.Window{From: r.Written}, history.MaxLimit)
	if err != nil {
		return false, fail(err)
	}
	id := sentID(r, receiver)
	return slices.ContainsFunc(page.Items, func(a history.Audit) bool { return a.ID == id }), nil
}

// NoteReportSent writes down that a report was sent to a receiver.
func (e *Engine) NoteReportSent(ctx context.Context, caller Caller, r Report, receiver string) error {
	err := e.options.Provider.Records().Write(ctx, &history.Batch{Audits: []history.Audit{{
		Tenant: history.Tenant(caller.Tenant), ID: sentID(r, receiver), At: e.options.Clock(), Who: caller.Name, Whose: r.ID, What: "reports.send", Detail: receiver,
	}}})
	if err != nil {
		return fail(fmt.Errorf("writing the audit log: %w", err))
	}
	return nil
}

// draft makes a report as of a time.
func (e *Engine) draft(ctx context.Context, caller Caller, r ReportRequest, now time.Time) (*inquiry, *answer.Answer, error) {
	if !caller.Roles.Operate {
		return nil, nil, ErrForbidden
	}
	caller.Roles.View = true
	location, err := e.location(r.TimeZone)
	if err != nil {
		return nil, nil, err
	}
	period, err := question.ParseExpr(r.Period)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: period: %w", ErrInvalid, err)
	}
	if r.Audience != executives && r.Audience != operators {
		return nil, nil, fmt.Errorf("%w: audience: %q is neither exec nor ops", ErrInvalid, r.Audience)
	}
	ctx, cancel := context.WithTimeout(ctx, e.options.Deadline)
	defer cancel()
	in, err := e.card(ctx, caller, r.Language)
	if err != nil {
		return nil, nil, err
	}
	now = now.In(location)
	in.now, in.sheet.now, in.answer.At, in.answer.TimeZone = now, now, now, location.String()
	in.q = question.Query{Outcome: question.OutcomeAnswer, Intent: question.IntentReport, Time: period, Args: question.Args{Audience: r.Audience}, Language: question.Language(in.lang)}
	in.q.Range = period.Resolve(now)
	if !in.q.Range.End.After(in.q.Range.Start) || in.q.Range.Start.After(now) {
		return nil, nil, fmt.Errorf("%w: period: %q is not a time that has passed", ErrInvalid, r.Period)
	}
	a, err := in.run(ctx)
	if err != nil {
		return nil, nil, err
	}
	return in, a, nil
}

// keep stores a report, and who wrote it.
func (e *Engine) keep(ctx context.Context, caller Caller, in *inquiry, a *answer.Answer, r ReportRequest, id string) (Report, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return Report{}, fmt.Errorf("writing the report: %w", err)
	}
	record := history.Report{
		Tenant: in.tenant, ID: id, At: in.now,
		From: in.q.Range.Start, To: in.q.Range.End, Title: in.reportTitle(), Language: string(in.lang), Format: mediaType, Body: body,
	}
	store := e.options.Provider.Records()
	if err := store.Write(ctx, &history.Batch{Reports: []history.Report{record}}); err != nil {
		return Report{}, fail(fmt.Errorf("storing the report: %w", err))
	}
	if err := e.audit(ctx, store, caller, "reports.write", record.ID, r.Period, in.now); err != nil {
		return Report{}, err
	}
	return paper(&record), nil
}

// reportTitle names a report by its time and its readers.
func (in *inquiry) reportTitle() string {
	readers := in.q.Args.Audience
	if readers == "" {
		readers = operators
	}
	r := in.q.Range
	last := r.End.Add(-time.Nanosecond)
	days := r.Start.Format("2006-01-02")
	if last.Format("2006-01-02") != days {
		days += " – " + last.Format("2006-01-02")
	}
	return in.text("report.title_"+readers, with{"@when": days})
}

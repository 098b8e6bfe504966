package query

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/action/desk"
	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/knowledge"
	"github.com/braidotel/braid/internal/narrate"
	"github.com/braidotel/braid/internal/query/measure"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
)

// Options configure an Engine.
type Options struct {
	// Provider is where the history is. Required.
	Provider history.Provider
	// Clock tells the time of questions. Required: only who runs the engine knows whether it is live.
	Clock func() time.Time
	// Location is the time zone of whoever names none. Default UTC.
	Location *time.Location
	// Catalogue are names beside those learnt from the data, with what people call them.
	Catalogue question.Catalogue
	// Currency of money whose telemetry names none, ISO 4217. Default KRW.
	Currency string
	// Refresh is how long what was learnt of a tenant's names and metrics is used. Default 1 minute.
	Refresh time.Duration
	// Deadline ends the search for one answer. Default 5 seconds.
	Deadline time.Duration
	// Tenants bounds how many tenants' names are remembered. Default 1,000.
	Tenants int
	// Knowledge is what the organisation has written: runbooks and objectives. It may be nil.
	Knowledge *knowledge.Library
	// Ungrounded is told of each draft that was refused, and why; it may be nil.
	Ungrounded func(draft string, refused *narrate.UngroundedError)
	// Actions says what may be proposed and done, by what. Without executors nothing can be.
	Actions desk.Options
}

// Engine is the Service over a history.
type Engine struct {
	options Options
	book    wording.Book
	refused atomic.Int64

	mu    sync.Mutex // guards lores
	lores map[string]*lore

	promises  promises
	sightings sightings
	desk      *desk.Desk
}

var _ Service = (*Engine)(nil)

// New returns an engine.
func New(o Options) (*Engine, error) {
	if o.Provider == nil || o.Clock == nil {
		return nil, errors.New("the query engine needs a history and a clock")
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.Currency == "" {
		o.Currency = "KRW"
	}
	if o.Refresh <= 0 {
		o.Refresh = time.Minute
	}
	if o.Deadline <= 0 {
		o.Deadline = 5 * time.Second
	}
	if o.Tenants <= 0 {
		o.Tenants = 1000
	}
	book, err := wording.Load()
	if err != nil {
		return nil, err
	}
	if o.Actions.Policy.Mode == "" {
		o.Actions.Policy = action.DefaultPolicy()
	}
	e := &Engine{options: o, book: book, lores: map[string]*lore{}}
	e.desk = desk.New(o.Actions, o.Provider.Records, e.signals, o.Clock)
	return e, nil
}

// Ungrounded is how many drafts were refused since the start: each is a mistake in a phrase.
func (e *Engine) Ungrounded() int64 { return e.refused.Load() }

// Ask implements Service.
func (e *Engine) Ask(ctx context.Context, caller Caller, q Question) (*answer.Answer, error) {
	if !caller.Roles.View {
		return nil, ErrForbidden
	}
	ctx, cancel := context.WithTimeout(ctx, e.options.Deadline)
	defer cancel()
	location, err := e.location(q.TimeZone)
	if err != nil {
		return nil, err
	}
	known, err := e.lore(ctx, caller.Tenant)
	if err != nil {
		return nil, err
	}
	now := e.options.Clock().In(location)
	read, err := known.parser.Parse(q.Text, now)
	if err != nil {
		return nil, fmt.Errorf("%w: question: %w", ErrInvalid, err)
	}
	if err := correct(&read, q.Corrections, now); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	language := wording.Language(q.Language)
	if language != wording.Korean && language != wording.English {
		language = wording.Language(read.Language)
	}
	in := e.inquire(caller, known, language, now)
	in.q = read
	in.answer.Question = q.Text
	return in.run(ctx)
}

func (e *Engine) location(name string) (*time.Location, error) {
	if name == "" {
		return e.options.Location, nil
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%w: time_zone: %q is not an IANA time zone such as Asia/Seoul", ErrInvalid, name)
	}
	return location, nil
}

// inquiry is one question on its way to its answer.
type inquiry struct {
	*sheet
	engine  *Engine
	caller  Caller
	q       question.Query
	now     time.Time
	lore    *lore
	metrics history.Metrics
	records history.Store
	tenant  history.Tenant
	edges   []edge // of which something is missing
}

func (e *Engine) inquire(caller Caller, known *lore, language wording.Language, now time.Time) *inquiry {
	tenant := history.Tenant(caller.Tenant)
	return &inquiry{
		sheet: newSheet(e, language, now, caller.Tenant), engine: e, caller: caller, now: now, lore: known,
		metrics: e.options.Provider.Metrics(tenant), records: e.options.Provider.Records(), tenant: tenant,
	}
}

// answerer finds the answer to one intent and writes it onto the sheet.
type answerer func(ctx context.Context, in *inquiry) error

// missingError is a question understood whose data is not there.
type missingError struct {
	what string // a metric or kind of record, by its key in the phrases or its name
	line string // what a configuration lacks
	from time.Time
}

func (e *missingError) Error() string { return "no data of " + e.what }

// run answers what was read.
func (in *inquiry) run(ctx context.Context) (*answer.Answer, error) {
	in.answer.Reading = in.readings()
	if in.order() {
		return in.finish(), nil
	}
	if in.q.Outcome == question.OutcomeDecline {
		in.decline()
		return in.finish(), nil
	}
	in.answer.Intent = string(in.q.Intent)
	if in.q.Outcome == question.OutcomeConfirm {
		in.confirm()
		return in.finish(), nil
	}
	if in.doubtful() {
		in.answer.Intent = ""
		in.clarify()
		return in.finish(), nil
	}
	find, ok := answerers[in.q.Intent]
	if !ok {
		return nil, fmt.Errorf("%w: nothing answers %q yet", ErrNotFound, in.q.Intent)
	}
	fresh := in.freshness(ctx)
	in.edges = in.lookAtEdges(ctx)
	err := find(ctx, in)
	if err == nil {
		in.tellEdges()
	}
	in.quality(<-fresh)
	in.sampled(ctx)
	var missing *missingError
	switch {
	case errors.As(err, &missing):
		in.unavailable(ctx, missing)
		in.engine.relearn(string(in.tenant), in.now)
	case err != nil:
		return nil, fail(err)
	}
	return in.finish(), nil
}

// fail tells apart what the store did not do from what is wrong with the request.
func fail(err error) error {
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrForbidden), errors.Is(err, ErrInvalid), errors.Is(err, ErrUnavailable):
		return err
	case errors.Is(err, context.Canceled):
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// decline says why, and what can be asked instead.
func (in *inquiry) decline() {
	in.answer.Outcome = answer.OutcomeDecline
	in.headline("common.declined", with{"@reason": in.label(question.ClassReason, string(in.q.Reason))})
	in.answer.FollowUps = in.q.Suggestions
	if question.Language(in.lang) != in.q.Language {
		in.answer.FollowUps = in.lore.parser.Suggestions(question.Language(in.lang))[:len(in.q.Suggestions)]
	}
}

// confirm points to where a person decides; nothing is opened or executed by asking.
func (in *inquiry) confirm() {
	in.answer.Outcome = answer.OutcomeConfirm
	key, path := "common.confirm_action", "/approvals"
	if in.q.Intent == question.IntentReport {
		key, path = "common.confirm_report", "/reports"
	}
	in.headline(key, nil)
	in.link(in.phrase(key+"_link"), path)
}

// unavailable says what is missing, from when on there is any, and what would bring it.
func (in *inquiry) unavailable(ctx context.Context, m *missingError) {
	in.reset()
	in.answer.Outcome = answer.OutcomeUnavailable
	what := in.title(m.what)
	line := m.line
	if x, ok := measure.Find(m.what); ok {
		what = in.label(question.ClassMetric, m.what)
		if _, comes := x.Pick(in.lore.has, measure.Cut{}); comes {
			line = "" // what is lacking is data of that time, not a way for it to come
			in.note("common.lacks", with{"@what": what})
		}
	}
	in.headline("common.unavailable", with{"@what": what})
	in.answer.Quality.Complete = false
	from := m.from
	if from.IsZero() {
		from = in.earliest(ctx)
	}
	if from.IsZero() {
		in.note("common.nothing_yet", with{"@what": what})
	} else {
		in.note("common.data_from", with{"@when": from.In(in.now.Location()).Format("2006-01-02 15:04")})
	}
	if line != "" {
		in.note("common.bring", with{"@line": line})
	}
	in.answer.FollowUps = in.lore.parser.Suggestions(question.Language(in.lang))[:3]
}

// relearnAfter is how soon names are learnt again of which one was missed.
const relearnAfter = 5 * time.Second

// relearn has a tenant's names learnt anew at the next question: what was lacking may have come since they were.
func (e *Engine) relearn(tenant string, now time.Time) {
	e.mu.Lock()
	l := e.lores[tenant]
	e.mu.Unlock()
	if l == nil || !l.mu.TryLock() {
		return // somebody learns them already
	}
	defer l.mu.Unlock()
	if now.Sub(l.at) > relearnAfter {
		l.at = time.Time{}
	}
}

// ungrounded counts a draft that was refused.
func (e *Engine) ungrounded(draft string, err error) {
	e.refused.Add(1)
	var refused *narrate.UngroundedError
	if e.options.Ungrounded != nil && errors.As(err, &refused) {
		e.options.Ungrounded(draft, refused)
	}
}

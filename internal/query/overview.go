package query

import (
	"context"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
)

// card is an inquiry that no sentence asked for.
func (e *Engine) card(ctx context.Context, caller Caller, language string) (*inquiry, error) {
	known, err := e.lore(ctx, caller.Tenant)
	if err != nil {
		return nil, err
	}
	lang := wording.English
	if language == string(wording.Korean) {
		lang = wording.Korean
	}
	return e.inquire(caller, known, lang, e.options.Clock().In(e.options.Location)), nil
}

// cards are the questions that Now answers, one a card.
var cards = []question.Query{
	{Intent: question.IntentSystemStatus},
	{Intent: question.IntentCompare, Metrics: []string{"concurrent_users", "cpu"}, Compare: question.Comparison{Kind: question.CompareShift, Shift: question.Period{Days: 1}}},
	{Intent: question.IntentRootCause},
	{Intent: question.IntentRegionLoad, Args: question.Args{Order: "desc"}},
}

// Now implements Service.
func (e *Engine) Now(ctx context.Context, caller Caller, language string) ([]*answer.Answer, error) {
	if !caller.Roles.View {
		return nil, ErrForbidden
	}
	ctx, cancel := context.WithTimeout(ctx, e.options.Deadline)
	defer cancel()
	out := make([]*answer.Answer, len(cards))
	g, gctx := group(ctx)
	for i := range cards {
		g.Go(func() error {
			in, err := e.card(gctx, caller, language)
			if err != nil {
				return err
			}
			in.q = cards[i]
			in.q.Outcome = question.OutcomeAnswer
			in.q.Language = question.Language(in.lang)
			in.q.Range = question.DefaultTime(in.q.Intent).Resolve(in.now)
			in.q.CompareTo = in.q.Compare.Resolve(in.q.Range, in.now)
			out[i], err = in.run(gctx)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

// maxExamples is how many questions are offered to whoever does not know what to ask.
const maxExamples = 8

// Examples implements Service: those first that the data can answer.
func (e *Engine) Examples(ctx context.Context, caller Caller, language string) ([]string, error) {
	if !caller.Roles.View {
		return nil, ErrForbidden
	}
	in, err := e.card(ctx, caller, language)
	if err != nil {
		return nil, err
	}
	all := in.lore.parser.Suggestions(question.Language(in.lang))
	slices.SortStableFunc(all, func(a, b string) int { return in.lore.readiness(b, in.now) - in.lore.readiness(a, in.now) })
	return all[:min(maxExamples, len(all))], nil
}

// needs are the series that an intent's answer is made of, where records alone are not enough.
var needs = map[question.Intent][]string{
	question.IntentCompare: {"braid_concurrent_users", "system_cpu_utilization_ratio"}, question.IntentRegionLoad: {"braid_concurrent_users"},
	question.IntentCapacityForecast: {"system_cpu_utilization_ratio", "system_memory_utilization_ratio"}, question.IntentReport: {"braid_session_active", "braid_transaction_duration_seconds"},
	question.IntentDeployRegression: {"braid_transaction_duration_seconds"}, question.IntentRootCause: {"braid_transaction_duration_seconds", "system_cpu_utilization_ratio"},
	question.IntentAbnormalSessions: {"braid_session_active"}, question.IntentBusinessImpact: {"braid_business_count_total"},
}

// readiness is 1 for a question that the tenant's data can answer.
func (l *lore) readiness(text string, now time.Time) int {
	q, err := l.parser.Parse(text, now)
	if err != nil || q.Outcome != question.OutcomeAnswer {
		return 0
	}
	series, needed := needs[q.Intent]
	if !needed || slices.ContainsFunc(series, func(s string) bool { return l.metrics[s] }) {
		return 1
	}
	return 0
}

// counter is a history that counts what reaches it. One that does not, or has just been opened, is asked for its records.
type counter interface {
	Arrivals(tenant history.Tenant) history.Arrivals
}

// Arrivals implements Service.
func (e *Engine) Arrivals(ctx context.Context, caller Caller) (Arrivals, error) {
	store, tenant, err := e.viewed(caller)
	if err != nil {
		return Arrivals{}, err
	}
	if c, ok := e.options.Provider.(counter); ok {
		if a := Arrivals(c.Arrivals(tenant)); a != (Arrivals{}) {
			return a, nil
		}
	}
	var out Arrivals
	sessions, err := store.CountSessions(ctx, history.SessionQuery{Tenant: tenant}, history.ByNothing)
	if err != nil {
		return Arrivals{}, fail(err)
	}
	events, err := store.CountEvents(ctx, history.EventQuery{Tenant: tenant}, history.ByNothing)
	if err != nil {
		return Arrivals{}, fail(err)
	}
	for _, c := range append(sessions.Items, events.Items...) {
		out.Records += c.N
	}
	newest, err := store.Sessions(ctx, history.SessionQuery{Tenant: tenant, Limit: 1})
	if err != nil {
		return Arrivals{}, fail(err)
	}
	if len(newest.Items) > 0 {
		out.Newest = newest.Items[0].Last
	}
	return out, nil
}

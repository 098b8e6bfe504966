package query

import (
	"context"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/question"
)

// approvals lists what waits for a person. To approve or deny is not asked but done, under Approvals.
func approvals(ctx context.Context, in *inquiry) error {
	actions, err := in.engine.approvals(ctx, in.caller, ApprovalFilter{Status: "pending", Limit: maxRows + 1, Language: string(in.lang)})
	if err != nil {
		return err
	}
	n := in.fact(answer.Fact{ID: "pending", Name: in.phrase("approvals.pending"), Value: float64(min(len(actions), maxRows)), Unit: "{action}", Window: answer.Window{Start: in.now, End: in.now}, Source: "actions"})
	in.answer.Key = []string{n}
	in.link(in.phrase("common.confirm_action_link"), "/approvals")
	if len(actions) == 0 {
		in.headline("approvals.none", nil)
		return nil
	}
	in.headline("approvals.some", with{"n": n})
	t := answer.Table{Title: in.phrase("approvals.pending"), Truncated: len(actions) > maxRows, Columns: []answer.Column{
		in.column("approvals.action", ""), in.column("approvals.effect", ""), in.column("approvals.because", ""), in.column("approvals.proposer", ""), in.column("approvals.expires", "")}}
	for i := range actions[:min(len(actions), maxRows)] {
		a := &actions[i]
		t.Rows = append(t.Rows, []answer.Cell{{Text: a.Action, Link: &answer.Link{Label: in.phrase("common.confirm_action_link"), Path: "/approvals"}}, {Text: a.Effect}, {Text: a.Because}, called(a.Proposer, ""), called(in.clock(a.Expires), "")})
	}
	in.answer.Tables = append(in.answer.Tables, t)
	return nil
}

// offered are the intents that help names: all but itself, in the order in which an operator comes to need them.
var offered = []question.Intent{
	question.IntentSystemStatus, question.IntentCompare, question.IntentRootCause, question.IntentAbnormalSessions, question.IntentCapacityForecast,
	question.IntentReport, question.IntentRegionLoad, question.IntentMetricValue, question.IntentDeployRegression, question.IntentTopTransactions,
	question.IntentIncidents, question.IntentAlertNoise, question.IntentBusinessImpact, question.IntentJourneyDropoff, question.IntentWebVitals,
	question.IntentServiceMap, question.IntentLookup, question.IntentSLOStatus, question.IntentRunbook, question.IntentApprovals,
}

// help says what can be asked.
func help(_ context.Context, in *inquiry) error {
	in.headline("help.headline", nil)
	in.answer.FollowUps = in.lore.parser.Suggestions(question.Language(in.lang))
	t := answer.Table{Title: in.phrase("help.table"), Columns: []answer.Column{in.column("help.topic", "")}}
	for _, intent := range offered {
		t.Rows = append(t.Rows, []answer.Cell{called(in.label(question.ClassIntent, string(intent)), "")})
	}
	in.answer.Tables = append(in.answer.Tables, t)
	return nil
}

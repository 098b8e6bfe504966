package query

import (
	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
)

// never are declined whatever else they say: who orders the answerer about, or asks for secrets, orders no action.
var never = map[question.Reason]bool{question.ReasonInjection: true, question.ReasonPrivacy: true, question.ReasonEmpty: true}

// maxServices is how many services a question back offers.
const maxServices = 5

// order reads an order for an action that is configured: one that leaves nothing out, or what else would be declined. It
// files and does nothing: a person proposes.
func (in *inquiry) order() bool {
	if never[in.q.Reason] {
		return false
	}
	services := in.engine.desk.Services(in.caller.Tenant)
	r, ok := action.ReadOrder(in.answer.Question, services)
	if !ok || !in.engine.desk.Offers(r.Action) || in.q.Outcome != question.OutcomeDecline && r.Missing() != "" {
		return false
	}
	in.answer.Outcome, in.answer.Intent = answer.OutcomeConfirm, string(question.IntentApprovals)
	what := with{"@what": in.phrase("approvals." + string(r.Action))}
	switch missing := r.Missing(); missing {
	case "":
		in.headline("approvals.read", what)
		if in.caller.Roles.Operate {
			in.answer.Proposal = &r
		} else {
			in.note("approvals.role", nil)
		}
	case "service":
		in.headline("approvals.which", what)
		for i := range services[:min(len(services), maxServices)] {
			in.answer.FollowUps = append(in.answer.FollowUps, wording.Plain(services[i].Name)+": "+in.answer.Question)
		}
	default:
		what["@field"] = in.phrase("approvals.field_" + missing)
		in.headline("approvals.incomplete", what)
	}
	in.link(in.phrase("common.confirm_action_link"), "/approvals")
	return true
}

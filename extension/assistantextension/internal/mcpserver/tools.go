package mcpserver

import (
	"context"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query"
)

// maxText bounds what a client may write into one field, in bytes.
const maxText = 2000

// task is one tool: what it is for, and how its input becomes a result.
type task[In any] struct {
	name, description string
	run               func(context.Context, *server, query.Caller, In) (*Result, error)
}

func (t task[In]) add(protocol *mcp.Server, s *server) {
	closed := false
	tool := &mcp.Tool{
		Name: t.name, Description: t.description, OutputSchema: s.schema,
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true, OpenWorldHint: &closed},
	}
	mcp.AddTool(protocol, tool, func(ctx context.Context, _ *mcp.CallToolRequest, in In) (*mcp.CallToolResult, *Result, error) {
		r, err := t.run(ctx, s, callerOf(ctx), in)
		return nil, r, explain(err)
	})
}

func (s *server) addTools(protocol *mcp.Server) {
	task[AskInput]{
		"ask",
		"Answers one question about users, load, sessions, causes, capacity, deploys, regions, reports or SLOs. " +
			"Use it when no other tool fits; outcome decline or clarify comes with what can be asked instead.", ask,
	}.add(protocol, s)
	task[CompareInput]{
		"compare_usage",
		"Compares users and load now, or at a time, with the same time yesterday, the same weekday last week, or what is usual. " +
			"For what is wrong rather than different use get_status.", compare,
	}.add(protocol, s)
	for _, t := range periods {
		t.add(protocol, s)
	}
	task[ForecastInput]{
		"forecast_capacity",
		"Tells when a resource passes its limit, how probable that is, and the headroom at the peak: whether more servers are needed.", forecast,
	}.add(protocol, s)
	task[SessionsInput]{
		"list_sessions",
		"Lists user sessions, the latest first: user, address, servers, requests, errors. " +
			"For log-in floods and duplicate log-ins use ask.", sessions,
	}.add(protocol, s)
	task[IncidentsInput]{
		"list_incidents",
		"Lists incidents, open ones first, each with its cause, impact and number of alerts.", incidents,
	}.add(protocol, s)
	task[IncidentInput]{
		"get_incident",
		"One incident: ranked causes with evidence, the path to the symptom, who is affected, what to check.", incident,
	}.add(protocol, s)
	task[ReportInput]{
		"get_report",
		"The figures of a day's or week's report: visitors, requests, errors, critical events, peaks, outlook.", report,
	}.add(protocol, s)
	task[KnowledgeInput]{
		"search_knowledge",
		"Passages of the organisation's own runbooks, manuals and past incidents, with file and heading.", knowledge,
	}.add(protocol, s)
}

// periods are the tools that ask one thing about a time.
var periods = []task[PeriodInput]{
	period("get_status", "system_status",
		"The present state: users, load, what is unusual, open incidents. Start here when somebody asks how things are."),
	period("find_root_cause", "root_cause",
		"Why the system is as it is: anomalies and incidents by impact, each with its probable cause. Default today."),
	period("get_regional_load", "region_load",
		"Ranks regions by users and load against each one's own normal and the mean of all."),
	period("find_deploy_regressions", "deploy_regression",
		"Operations that became slower or failed more since a deployment. Default since the last one."),
	period("get_business_impact", "business_impact",
		"Users, sessions, orders and money affected by what goes wrong. Default today."),
}

// intents are what to ask so that a question is read as one of an intent; corrections then say the rest exactly.
var intents = map[string]string{
	"compare": "compare users", "system_status": "how is the system now", "root_cause": "why is the system slow today",
	"region_load": "which region is busiest", "deploy_regression": "which operations are slower since the last deploy",
	"business_impact": "what is the business impact", "capacity_forecast": "do we need more servers", "report": "write this week's report",
}

func period(name, intent, description string) task[PeriodInput] {
	return task[PeriodInput]{name, description, func(ctx context.Context, s *server, caller query.Caller, in PeriodInput) (*Result, error) {
		return s.typed(ctx, caller, intent, in.Shape, in.Scope, map[string]string{"time": in.Time})
	}}
}

func ask(ctx context.Context, s *server, caller query.Caller, in AskInput) (*Result, error) {
	text := strings.TrimSpace(in.Question)
	if text == "" || len(text) > maxText {
		return nil, invalid("question", fmt.Sprintf("give one question of at most %d bytes", maxText))
	}
	return s.asked(ctx, caller, in.Shape, query.Question{
		Text: text, Language: in.Language, TimeZone: in.TimeZone, Corrections: stated(map[string]string{"intent": in.Intent}),
	})
}

func compare(ctx context.Context, s *server, caller query.Caller, in CompareInput) (*Result, error) {
	against := in.CompareTo
	if against == "" {
		against = "shift:P1D"
	}
	return s.typed(ctx, caller, "compare", in.Shape, in.Scope, map[string]string{
		"metric": strings.Join(in.Metrics, ","), "time": in.Time, "compare": against,
	})
}

func forecast(ctx context.Context, s *server, caller query.Caller, in ForecastInput) (*Result, error) {
	return s.typed(ctx, caller, "capacity_forecast", in.Shape, in.Scope, map[string]string{"metric": in.Resource, "time": in.Time})
}

func report(ctx context.Context, s *server, caller query.Caller, in ReportInput) (*Result, error) {
	switch in.Audience {
	case "", "ops", "exec":
	default:
		return nil, invalid("audience", "give exec or ops")
	}
	text := intents["report"]
	if in.Audience == "exec" {
		text += " for the executives"
	}
	return s.asked(ctx, caller, in.Shape, query.Question{Text: text, Language: in.language(), Corrections: stated(map[string]string{"intent": "report", "time": in.Period})})
}

func knowledge(ctx context.Context, s *server, caller query.Caller, in KnowledgeInput) (*Result, error) {
	topic := strings.TrimSpace(in.Topic)
	if topic == "" || len(topic) > maxText {
		return nil, invalid("topic", fmt.Sprintf("give a topic of at most %d bytes", maxText))
	}
	return s.asked(ctx, caller, in.Shape, query.Question{
		Text: "runbook for " + topic, Language: in.language(), Corrections: map[string]string{"intent": "runbook"},
	})
}

// typed asks for an intent with exact parts.
func (s *server) typed(ctx context.Context, caller query.Caller, intent string, shape Shape, scope Scope, parts map[string]string) (*Result, error) {
	parts["intent"], parts["filter"] = intent, scope.filter()
	for name, value := range parts {
		if len(value) > maxText {
			return nil, invalid(name, fmt.Sprintf("give at most %d bytes", maxText))
		}
	}
	return s.asked(ctx, caller, shape, query.Question{Text: intents[intent], Language: shape.language(), Corrections: stated(parts)})
}

// stated leaves out the parts that the client did not name.
func stated(parts map[string]string) map[string]string {
	for name, value := range parts {
		if value == "" {
			delete(parts, name)
		}
	}
	return parts
}

func (s *server) asked(ctx context.Context, caller query.Caller, shape Shape, q query.Question) (*Result, error) {
	if err := shape.check(); err != nil {
		return nil, err
	}
	if q.TimeZone == "" {
		q.TimeZone = s.timeZone
	}
	a, err := s.service.Ask(ctx, caller, q)
	if err != nil {
		return nil, err
	}
	return shape.result(a)
}

func incident(ctx context.Context, s *server, caller query.Caller, in IncidentInput) (*Result, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if in.ID == "" || len(in.ID) > maxText {
		return nil, invalid("id", "give an id of list_incidents")
	}
	a, err := s.service.Incident(ctx, caller, in.ID, in.language())
	if err != nil {
		return nil, err
	}
	return in.result(a)
}

// listed is a result that is one table.
func (s *server) listed(caller query.Caller, headline string, t Table) *Result {
	return &Result{
		Outcome: string(answer.OutcomeAnswer), Headline: headline, Facts: []Fact{}, Tables: []Table{t},
		Quality: answer.Quality{Complete: true}, TimeZone: s.timeZone, Tenant: caller.Tenant,
	}
}

package server

import (
	"net/http"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query"
)

const (
	prefix       = "/api/v1"
	routePage    = "page"
	routeMCP     = "mcp"
	routeUnknown = "unknown"
)

// role is what a route asks of its caller.
type role string

const (
	roleAny     role = "any" // some role
	roleView    role = "viewer"
	roleOperate role = "operator"
	roleApprove role = "approver"
)

func (r role) held(roles query.Roles) bool {
	switch r {
	case roleView:
		return roles.View
	case roleOperate:
		return roles.Operate
	case roleApprove:
		return roles.Approve
	default:
		return roles != query.Roles{}
	}
}

func (r role) missing() *Problem {
	return problem(http.StatusForbidden, "forbidden",
		"This needs the role "+string(r)+"; ask for it in access::rules of the assistant extension.")
}

// param is a parameter of a path or query.
type param struct {
	name, description string
	kind              string // of JSON Schema; string where empty
	format            string
	enum              []string
}

// route is one operation of the API: how it is reached, who may, and what it takes and gives. The OpenAPI document, the
// types of the page and the tests of access are made from these.
type route struct {
	name    string
	method  string
	path    string
	role    role
	summary string
	params  []param
	body    any // zero value; nil without a body
	result  any // zero value; nil where it is not JSON
	media   string
	stream  bool
	handle  func(*Server, http.ResponseWriter, *http.Request, query.Caller) error
}

// writes reports whether the route changes anything, and so needs a token. Asking does not.
func (r route) writes() bool {
	return r.method != http.MethodGet && r.role != roleView
}

var (
	language = param{name: "language", description: "Language of the texts.", enum: []string{"ko", "en"}}
	limit    = param{name: "limit", description: "Most entries to return, 1 to 1000; 50 without it.", kind: "integer"}
	id       = param{name: "id", description: "Its id."}
)

var routes = []route{
	{
		name: "ask", method: http.MethodPost, path: "/ask", role: roleView, handle: (*Server).ask,
		summary: "Answer a question in Korean or English", body: query.Question{}, result: answer.Answer{},
	},
	{
		name: "examples", method: http.MethodGet, path: "/examples", role: roleView, handle: (*Server).examples,
		summary: "Questions that can be asked now", params: []param{language}, result: []string{},
	},
	{
		name: "now", method: http.MethodGet, path: "/now", role: roleView, handle: (*Server).now,
		summary: "The present state, one answer a card", params: []param{language}, result: []*answer.Answer{},
	},
	{
		name: "arrivals", method: http.MethodGet, path: "/arrivals", role: roleView, handle: (*Server).arrivals,
		summary: "What has reached the history so far", result: query.Arrivals{},
	},
	{
		name: "sessions", method: http.MethodGet, path: "/sessions", role: roleView, handle: (*Server).sessions,
		summary: "Sessions, the latest first", params: sessionParams, result: query.SessionPage{},
	},
	{
		name: "session_table", method: http.MethodGet, path: "/sessions.csv", role: roleView, handle: (*Server).sessionTable,
		summary: "Sessions as a table, the latest first, at most 10,000", params: sessionFilters, media: "text/csv",
	},
	{
		name: "session", method: http.MethodGet, path: "/sessions/{id}", role: roleView, handle: (*Server).session,
		summary: "One session with its timeline", params: []param{id}, result: query.SessionDetail{},
	},
	{
		name: "trace", method: http.MethodGet, path: "/traces/{id}", role: roleView, handle: (*Server).trace,
		summary: "One trace with its spans", params: []param{id}, result: query.Trace{},
	},
	{
		name: "incidents", method: http.MethodGet, path: "/incidents", role: roleView, handle: (*Server).incidents,
		summary: "Incidents, open ones first", result: []query.Incident{},
		params: []param{{name: "status", description: "Which ones.", enum: []string{"open", "resolved", "all"}}, limit},
	},
	{
		name: "incident", method: http.MethodGet, path: "/incidents/{id}", role: roleView, handle: (*Server).incident,
		summary: "One incident: cause, path, impact, what to do", params: []param{id, language}, result: answer.Answer{},
	},
	{
		name: "reports", method: http.MethodGet, path: "/reports", role: roleView, handle: (*Server).reports,
		summary: "The reports that were written", params: []param{limit}, result: []query.Report{},
	},
	{
		name: "write_report", method: http.MethodPost, path: "/reports", role: roleOperate, handle: (*Server).writeReport,
		summary: "Write a report", body: query.ReportRequest{}, result: query.Report{},
	},
	{
		name: "report", method: http.MethodGet, path: "/reports/{file}", role: roleView, handle: (*Server).report,
		summary: "One report as a document", media: "text/html",
		params: []param{{name: "file", description: "The report's id with the ending .html or .md."}},
	},
	{
		name: "approvals", method: http.MethodGet, path: "/approvals", role: roleView, handle: (*Server).approvals,
		summary: "Actions that wait for a decision, or were decided", result: []query.Approval{},
		params: []param{{name: "status", description: "Which ones.", enum: []string{"pending", "decided", "all"}}, limit, language},
	},
	{
		name: "propose", method: http.MethodPost, path: "/approvals", role: roleOperate, handle: (*Server).propose,
		summary: "Propose an action, exactly or in words, for others to decide", body: query.ProposalRequest{}, result: query.Approval{},
	},
	{
		name: "decide", method: http.MethodPost, path: "/approvals/{id}/{decision}", role: roleApprove, handle: (*Server).decide,
		summary: "Approve or deny an action", body: Decision{}, result: query.Approval{},
		params: []param{id, {name: "decision", description: "What is decided.", enum: []string{"approve", "deny"}}, language},
	},
	{
		name: "me", method: http.MethodGet, path: "/me", role: roleAny, handle: (*Server).me,
		summary: "Who is asking, and what the page needs to know", result: Me{},
	},
	{
		name: "stream", method: http.MethodGet, path: "/stream", role: roleView, handle: (*Server).live, stream: true,
		summary: "Server-sent events: now (a list of answers) and arrivals", params: []param{language}, media: "text/event-stream",
	},
	{
		name: "openapi", method: http.MethodGet, path: "/openapi.json", role: roleAny, handle: (*Server).document,
		summary: "This document", media: "application/json",
	},
}

// Routes are the names under which requests are reported.
func Routes() []string {
	names := []string{routePage, routeMCP, routeUnknown}
	for _, r := range routes {
		names = append(names, r.name)
	}
	return names
}

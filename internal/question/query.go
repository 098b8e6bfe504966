package question

import (
	"errors"
	"time"
)

// MaxRunes is the longest question that is read. Nobody asks at such length; a pasted log does.
const MaxRunes = 2000

// ErrTooLong is returned for a text beyond MaxRunes.
var ErrTooLong = errors.New("the question is longer than 2,000 characters: ask in one or two sentences")

// Outcome says what the caller may do with a Query.
type Outcome string

// The outcomes.
const (
	// OutcomeAnswer runs a read-only query.
	OutcomeAnswer Outcome = "answer"
	// OutcomeConfirm opens a confirmation; nothing is executed by asking.
	OutcomeConfirm Outcome = "confirm"
	// OutcomeClarify runs nothing yet: the question has several readings, or lacks what it must have. Alternatives and
	// Missing say which.
	OutcomeClarify Outcome = "clarify"
	// OutcomeDecline runs nothing; Reason and Suggestions say why and what else can be asked.
	OutcomeDecline Outcome = "decline"
)

// Language is the language a question was asked in, and in which it is answered.
type Language string

// The languages.
const (
	Korean  Language = "ko"
	English Language = "en"
)

// Intent is one of a closed set of 21 things that can be asked.
type Intent string

// The intents.
const (
	IntentCompare          Intent = "compare"
	IntentMetricValue      Intent = "metric_value"
	IntentSystemStatus     Intent = "system_status"
	IntentRootCause        Intent = "root_cause"
	IntentAbnormalSessions Intent = "abnormal_sessions"
	IntentCapacityForecast Intent = "capacity_forecast"
	IntentReport           Intent = "report"
	IntentRegionLoad       Intent = "region_load"
	IntentDeployRegression Intent = "deploy_regression"
	IntentTopTransactions  Intent = "top_transactions"
	IntentIncidents        Intent = "incidents"
	IntentAlertNoise       Intent = "alert_noise"
	IntentBusinessImpact   Intent = "business_impact"
	IntentJourneyDropoff   Intent = "journey_dropoff"
	IntentWebVitals        Intent = "web_vitals"
	IntentServiceMap       Intent = "service_map"
	IntentLookup           Intent = "lookup"
	IntentRunbook          Intent = "runbook"
	IntentSLOStatus        Intent = "slo_status"
	IntentApprovals        Intent = "approvals"
	IntentHelp             Intent = "help"
)

// Reason says why a question was declined.
type Reason string

// The reasons.
const (
	ReasonInjection         Reason = "injection"          // the text gives orders to the answerer
	ReasonPrivacy           Reason = "privacy"            // personal data or secrets
	ReasonUnsafeAction      Reason = "unsafe_action"      // a change to a system
	ReasonUnsupportedAction Reason = "unsupported_action" // a favour that is not ours to do
	ReasonCoding            Reason = "coding"
	ReasonGeneralKnowledge  Reason = "general_knowledge"
	ReasonChitChat          Reason = "chit_chat"
	ReasonNotOurData        Reason = "not_our_data"     // another company's or department's figures
	ReasonUnsupportedData   Reason = "unsupported_data" // figures nobody sends us
	ReasonUnknownWords      Reason = "unknown_words"    // words outside the vocabulary carry the question
	ReasonUnknownName       Reason = "unknown_name"     // a host or service the catalogue does not have
	ReasonNoQuestion        Reason = "no_question"      // known words that ask for nothing in particular
	ReasonEmpty             Reason = "empty"
)

// Args are the arguments of an intent. A zero field was not given. Durations and windows are canonical text (PT8H,
// today@00:00-06:00).
type Args struct {
	Kind         string // abnormal_sessions: long_lived, login_burst, multi_location, any
	Threshold    int    // abnormal_sessions: log-in attempts
	Per          string // abnormal_sessions: ISO 8601 duration
	GroupBy      string // abnormal_sessions: ip
	MinDuration  string // abnormal_sessions: ISO 8601 duration
	Ask          string // capacity_forecast: need_servers, time_to_threshold, probability, headroom
	ThresholdPct float64
	Multiplier   float64
	Audience     string // report: exec, ops
	Cadence      string // report: daily, weekly, monthly
	Order        string // region_load: asc, desc
	Limit        int
	DeployWindow string // deploy_regression: canonical time of the deployment meant
	RankBy       string // top_transactions: latency, errors, throughput
	Status       string // incidents: open, resolved, all
	Agg          string // metric_value: max, min, avg; incidents: count
	Sort         string // incidents: severity
	Journey      string
	Direction    string // service_map: upstream, downstream, both
	Entity       string // lookup: trace, session, user
	Pick         string // lookup: which of many, slowest, failed, latest
	Action       string // approvals: list, approve, deny
	Topic        string // runbook: the asker's own words, never executed or looked up as anything but text
	ActionID     string // approvals: the action named
}

// Map gives the arguments that were given, by their name in the JSON API. Whole numbers are ints.
func (a Args) Map() map[string]any {
	out := map[string]any{}
	for name, value := range map[string]string{
		"kind": a.Kind, "per": a.Per, "group_by": a.GroupBy, "min_duration": a.MinDuration, "ask": a.Ask, "audience": a.Audience,
		"cadence": a.Cadence, "order": a.Order, "deploy_window": a.DeployWindow, "rank_by": a.RankBy, "status": a.Status, "agg": a.Agg,
		"sort": a.Sort, "journey": a.Journey, "direction": a.Direction, "entity": a.Entity, "pick": a.Pick, "action": a.Action, "topic": a.Topic, "action_id": a.ActionID,
	} {
		if value != "" {
			out[name] = value
		}
	}
	for name, value := range map[string]int{"threshold": a.Threshold, "limit": a.Limit} {
		if value != 0 {
			out[name] = value
		}
	}
	for name, value := range map[string]float64{"threshold_pct": a.ThresholdPct, "multiplier": a.Multiplier} {
		if value != 0 {
			out[name] = value
		}
	}
	return out
}

// Filters narrow a query to catalogue names and identifiers. Only Regions may hold several.
type Filters struct {
	Service, Host, Channel, Page      string
	Regions                           []string
	User, Session, Trace, IP, Version string
}

// Reading ties one part of the Query to the text that gave it, so that a page can show and correct it.
type Reading struct {
	Part  string // intent, metric, time, compare, filter, arg
	Value string // canonical, e.g. "cpu", "yesterday@21:00-24:00", "service=payment"
	Text  string // the asker's words
	Start int    // byte offsets into the question
	End   int
}

// Query is a question understood, or a refusal.
type Query struct {
	Text      string
	Language  Language
	Outcome   Outcome
	Intent    Intent
	Metrics   []string
	Time      Expr     // ExprDefault when the question names none
	Range     Interval // absolute; zero where only data can tell (since the last deployment)
	Compare   Comparison
	CompareTo Interval // absolute; zero where there is none or only data can tell
	Filters   Filters
	Args      Args

	Alternatives []Intent // of a clarification: what it may mean, the likeliest first
	Missing      string   // of a clarification: the filter that it must have, such as service

	Readings    []Reading
	Restatement map[Language]string // "I read this as …", both languages
	Reason      Reason              // of a decline
	Unknown     []string            // the asker's words outside the vocabulary; an answer may hold a few
	Suggestions []string            // three questions that can be asked, in the asker's language
	Corrected   string              // the text as read, where typing on the other keyboard layout was undone
}

// Interval is [Start, End).
type Interval struct{ Start, End time.Time }

// IsZero reports whether the interval is not resolved.
func (i Interval) IsZero() bool { return i.Start.IsZero() && i.End.IsZero() }

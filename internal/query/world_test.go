package query

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/relational"
	"github.com/braidotel/braid/internal/history/sqlite"
	"github.com/braidotel/braid/internal/narrate"
)

var now = time.Date(2026, time.November, 18, 14, 30, 0, 0, time.FixedZone("Asia/Seoul", 9*60*60))

// shop is a history: real records, and metrics that a function makes up.
type shop struct {
	records history.Store
	figures map[history.Tenant]figures
	failing error

	mu      sync.Mutex
	queries []string
}

// figures are the metrics of a tenant.
type figures struct {
	services, hosts, regions []string
	metrics                  []string
	value                    func(query string, at time.Time) []history.Series
}

func (s *shop) Records() history.Store { return s.records }
func (s *shop) Metrics(t history.Tenant) history.Metrics {
	return &made{shop: s, figures: s.figures[t]}
}

// promql reads what is asked: no query may be none.
var promql = parser.NewParser(parser.Options{})

type made struct {
	shop *shop
	figures
}

func (m *made) ask(query string) error {
	m.shop.mu.Lock()
	defer m.shop.mu.Unlock()
	m.shop.queries = append(m.shop.queries, query)
	if _, err := promql.ParseExpr(query); err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	return m.shop.failing
}

func (m *made) Query(_ context.Context, query string, at time.Time) (history.Result, error) {
	if err := m.ask(query); err != nil || m.value == nil {
		return history.Result{}, err
	}
	return history.Result{Series: m.value(query, at)}, nil
}

func (m *made) QueryRange(_ context.Context, query string, start, end time.Time, step time.Duration) (history.Result, error) {
	if err := m.ask(query); err != nil || m.value == nil {
		return history.Result{}, err
	}
	all := m.value(query, end)
	for i := range all {
		v := all[i].Points[0].Value
		all[i].Points = nil
		for at := start; !at.After(end); at = at.Add(step) {
			all[i].Points = append(all[i].Points, history.Point{At: at, Value: v})
		}
	}
	return history.Result{Series: all}, nil
}

func (m *made) LabelNames(context.Context, []string, history.Window) ([]string, error) {
	return nil, m.shop.failing
}

func (m *made) LabelValues(_ context.Context, label string, _ []string, _ history.Window) ([]string, error) {
	return map[string][]string{"service_name": m.services, "host_name": m.hosts, "braid_region": m.regions, "__name__": m.metrics}[label], m.shop.failing
}

func (m *made) Series(_ context.Context, selectors []string, _ history.Window, _ int) (history.Page[map[string]string], error) {
	page := history.Page[map[string]string]{}
	if strings.Contains(selectors[0], `"user"`) || strings.Contains(selectors[0], `"session"`) || strings.HasPrefix(selectors[0], "braid_session_active{") || strings.Contains(selectors[0], `cpu_mode="idle"`) || strings.Contains(selectors[0], `system_memory_state="used"`) {
		page.Items = append(page.Items, map[string]string{"a": "b"})
	}
	return page, m.shop.failing
}

// last1 is a name that comes after all others: the order of rows must not depend on the name under test.
const last1 = "힣"

// busy is a tenant with a service, a host and a region of the given name, and figures that are the same at all times but
// for users, of whom there were fewer before.
func busy(name string) figures {
	f := figures{
		services: []string{name, last1}, hosts: []string{name, last1}, regions: []string{name, last1},
		metrics: []string{"braid_concurrent_users", "braid_session_active", "system_cpu_utilization_ratio", "system_memory_utilization_ratio",
			"braid_transaction_duration_seconds", "braid_transaction_self_time_seconds_total", "braid_query_duration_seconds", "braid_anomaly_active", "braid_baseline",
			"braid_business_count_total", "braid_business_value_total"},
	}
	f.value = func(query string, at time.Time) []history.Series {
		v := 50.0
		switch {
		case strings.Contains(query, "braid_concurrent_users"):
			v = 120
			if at.Before(now.Add(-time.Hour)) {
				v = 100
			}
		case strings.Contains(query, "timestamp("):
			v = float64(at.Unix())
		case strings.Contains(query, "histogram_quantile"), strings.Contains(query, "histogram_avg"):
			v = 800
			if at.Before(now.Add(-time.Hour)) {
				v = 100
			}
		}
		labels := func(who, bound string) map[string]string {
			return map[string]string{
				"service_name": who, "host_name": who, "braid_region": who, "braid_operation": who, "db_query_text": who, "braid_bound": bound,
				"braid_metric": who, "braid_value": "value", "braid_business_event": who, "braid_business_outcome": who, "braid_business_currency": "KRW",
			}
		}
		if strings.Contains(query, "braid_bound") {
			var out []history.Series
			for bound, share := range map[string]float64{"lower": 0.8, "median": 0.9, "upper": 0.95} {
				for _, who := range []string{name, last1} {
					out = append(out, history.Series{Labels: labels(who, bound), Points: []history.Point{{At: at, Value: 100 * share}}})
				}
			}
			return out
		}
		if !strings.Contains(query, " by (") && !strings.HasPrefix(query, "max_over_time") {
			return []history.Series{{Labels: map[string]string{}, Points: []history.Point{{At: at, Value: v}}}}
		}
		return []history.Series{{Labels: labels(name, ""), Points: []history.Point{{At: at, Value: v}}}, {Labels: labels(last1, ""), Points: []history.Point{{At: at, Value: v / 2}}}}
	}
	return f
}

// named are records in which a name stands wherever telemetry puts one.
func named(tenant history.Tenant, name string) *history.Batch {
	start := now.Add(-9 * time.Hour)
	spans := []history.Span{
		{ID: "1", Service: "web", Name: name, Kind: "server", Start: now.Add(-time.Minute), Duration: time.Second, Failed: true, Message: name},
		{ID: "2", Parent: "1", Service: name, Host: name, Name: name, Kind: "client", Start: now.Add(-time.Minute), Duration: time.Second, Failed: true, Attributes: map[string]any{"db.query.text": name}},
	}
	return &history.Batch{
		Sessions: []history.Session{{
			Tenant: tenant, ID: "s1", User: name, Client: name, Region: name, Start: start, Opened: start, Last: now.Add(-time.Minute), Summary: now, Requests: 40, Errors: 3,
			EntryPage: name, ExitPage: name, Servers: []string{name}, Services: []string{name},
		}},
		Events: []history.Event{
			{Tenant: tenant, Kind: history.KindLoginFlood, ID: "f", At: now.Add(-time.Hour), Revised: now, Severity: 13, Client: name, Service: name, Attributes: map[string]any{"braid.login.attempts": 120}},
			{Tenant: tenant, Kind: history.KindDuplicateLogin, ID: "d", At: now.Add(-time.Hour), Revised: now, Severity: 13, User: name, Client: name, Session: "s1", Region: name},
			{Tenant: tenant, Kind: history.KindDeployment, ID: "v", At: now.Add(-30 * time.Minute), Revised: now, Service: name, Title: name, Attributes: map[string]any{"service.version": name}},
			{Tenant: tenant, Kind: history.KindIncident, ID: "i", At: now.Add(-20 * time.Minute), Revised: now, Severity: 17, Title: name, Service: name, Attributes: map[string]any{
				"braid.incident.status": "open", "braid.incident.cause": name, "braid.incident.services": []string{name}, "braid.incident.users": 7, "braid.incident.alerts": 30,
				"braid.incident.hypotheses": []string{name}, "braid.incident.evidence": []string{"1\tfor\tid\t" + name + "\t" + name + "\t3 s\t1\t4.2\t2026-11-18T09:00:00Z"}, "braid.incident.actions": []string{name},
				"braid.incident.checks": []string{name}, "braid.incident.path": []string{name, "db-01"},
			}},
		},
		Traces: []history.Trace{{Tenant: tenant, ID: "t1", At: now.Add(-time.Minute), Duration: time.Second, Failed: true, Service: name, Operation: name, User: name, Session: "s1", Spans: spans}},
		Actions: []history.Action{{
			Tenant: tenant, ID: "a1", Name: name, Arguments: name, Digest: "d", Reason: name, Proposer: "lee", Proposed: now.Add(-time.Minute), Expires: now.Add(time.Hour), State: history.ActionProposed,
		}},
	}
}

func open1(t testing.TB) *shop {
	t.Helper()
	db, _, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "records.db"), sqlite.Options{NoSync: true})
	require.NoError(t, err)
	s := &shop{records: relational.New(db, relational.Limits{}), figures: map[history.Tenant]figures{}}
	t.Cleanup(func() { require.NoError(t, s.records.Close()) })
	return s
}

const patience = time.Minute // on a busy machine

func over(t testing.TB, s *shop) *Engine {
	t.Helper()
	e, err := New(Options{
		Provider: s, Clock: func() time.Time { return now }, Location: now.Location(), Deadline: patience,
		Ungrounded: func(draft string, err *narrate.UngroundedError) { t.Errorf("%v: %s", err, draft) },
	})
	require.NoError(t, err)
	return e
}

var anyone = Caller{Name: "kim", Roles: Roles{View: true, Operate: true, Approve: true}}

// every is a question for each intent, in each language.
var every = map[string][2]string{
	"compare":           {"어제 같은 시간대 동시접속자와 시스템 사용률 비교해줘", "Compare concurrent users and system usage with the same time yesterday"},
	"metric_value":      {"지금 CPU 얼마야?", "what's the cpu right now?"},
	"system_status":     {"지금 시스템 상태 어때", "is everything healthy?"},
	"root_cause":        {"오늘은 시스템이 왜 이래?", "why is the system acting up today?"},
	"abnormal_sessions": {"수상한 접속 있어?", "any suspicious sessions today?"},
	"capacity_forecast": {"서버를 더 늘려야 할까?", "do we need more servers?"},
	"report":            {"이번 주 성능 보고서를 작성해줘", "write this week's performance report"},
	"region_load":       {"부하가 가장 높은 지역은?", "which region has the highest load?"},
	"deploy_regression": {"이번 배포 이후 느려진 API 상위 5개 보여줘", "top 5 APIs that slowed down after this deploy"},
	"top_transactions":  {"제일 느린 API 10개", "slowest endpoints in the last hour"},
	"incidents":         {"지금 열려있는 장애 목록", "list open incidents by severity"},
	"alert_noise":       {"오늘 알림 얼마나 줄였어?", "how many alerts got deduplicated today?"},
	"business_impact":   {"결제 실패로 얼마나 손해야?", "how many customers were affected by the incident?"},
	"journey_dropoff":   {"결제 단계에서 이탈이 제일 많은 구간은?", "where do people drop off in checkout?"},
	"web_vitals":        {"웹 바이탈 어때?", "how are web vitals on the main page"},
	"service_map":       {"서비스 맵 보여줘", "show the service map"},
	"lookup":            {"제일 느린 트레이스 보여줘", "show me the slowest trace of the last hour"},
	"runbook":           {"DB 커넥션 풀 고갈되면 어떻게 해?", "what to do when the db connection pool is exhausted?"},
	"slo_status":        {"이번 달 에러 버짓 얼마나 남았어?", "SLO status this month"},
	"approvals":         {"승인 대기 중인 조치 보여줘", "list pending approvals"},
	"help":              {"뭘 물어볼 수 있어?", "what can I ask?"},
}

func (s *shop) String() string { return fmt.Sprint(len(s.queries), " queries") }

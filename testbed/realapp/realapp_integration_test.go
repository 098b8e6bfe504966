//go:build integration

package realapp

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

const (
	pageService = "shop-page"

	visitPrefix = "visit/" // of the User-Agent that scenario/visits.mjs gives each browser context
)

// visitRequests is what scenario/visits.mjs makes each visit ask of the server, the page's own script apart.
var visitRequests = map[string]map[string]int{
	"alice-laptop": {"GET /": 2, "GET /api/products": 2, "POST /login": 1, "POST /api/cart": 1, "POST /checkout": 1, "POST /logout": 1},
	"alice-phone":  {"GET /": 1, "GET /api/products": 1, "POST /login": 1},
	"mina-desk":    {"GET /": 1, "POST /login": 1, "POST /api/cart": 1, "POST /logout": 1},
	"mina-phone":   {"GET /": 1, "POST /login": 1, "POST /api/cart": 1, "POST /logout": 1},
	"guest":        {"GET /": 1, "GET /api/products": 1},
}

// chain is a configuration of the collector and how to know that nothing more comes out of it by itself.
type chain struct {
	configs []string
	settled func(out string) bool
}

// played is the chain under test. The tag broken_join replaces it.
var played = chain{configs: []string{"raw.yaml", "joined.yaml"}, settled: eventsSettled}

// visits is what was played and what the collector passed on untouched: the truth that joined telemetry is held against.
type visits struct {
	sessions map[string]string          // visit → session.id that its browser kept
	byTrace  map[pcommon.TraceID]string // trace → visit, by the User-Agent of its server span
	spans    []span
	records  []record
}

// visitOf says whose a record of the server is: by its trace, or, for the one line without a trace, by who ordered.
func (v visits) visitOf(r record) string {
	if r.trace.IsEmpty() && strings.HasPrefix(r.body, "order booked sid=") {
		return "alice-laptop"
	}
	return v.byTrace[r.trace]
}

func TestRealApplication_FiveVisits_OneSessionEach(t *testing.T) {
	sessions, out := playVisits(t, played)
	truth := readTruth(t, sessions, out)

	t.Run("raw", func(t *testing.T) { checkRaw(t, truth) })
	t.Run("joined", func(t *testing.T) { checkJoined(t, truth, out) })
}

func readTruth(t *testing.T, sessions map[string]string, out string) visits {
	t.Helper()
	truth := visits{
		sessions: sessions,
		byTrace:  map[pcommon.TraceID]string{},
		spans:    readSpans(t, filepath.Join(out, "raw_traces.jsonl")),
		records:  readRecords(t, filepath.Join(out, "raw_logs.jsonl")),
	}
	for _, s := range truth.spans {
		agent, _ := s.attrs["user_agent.original"].(string)
		if visit, ok := strings.CutPrefix(agent, visitPrefix); ok && s.kind == ptrace.SpanKindServer {
			truth.byTrace[s.trace] = visit
		}
	}
	return truth
}

// checkRaw makes sure that the application said what a join needs, and no more: without it a passing join proves nothing.
func checkRaw(t *testing.T, truth visits) {
	require.Len(t, truth.sessions, len(visitRequests))
	assert.Len(t, valueSet(truth.sessions), len(visitRequests), "each browser keeps a session.id of its own")

	requests := map[string]map[string]int{}
	services := map[pcommon.TraceID]map[string]bool{}
	for _, s := range truth.spans {
		visit, visited := truth.byTrace[s.trace]
		if s.service == pageService {
			assert.True(t, visited, "%s: page and server share the trace", s.name)
			assert.Equal(t, truth.sessions[visit], s.attrs["session.id"], "%s of %s", s.name, visit)
		} else {
			assert.NotContains(t, s.attrs, "session.id", "%s", s.name)
		}
		if !visited {
			continue
		}
		if services[s.trace] == nil {
			services[s.trace] = map[string]bool{}
		}
		services[s.trace][tier(s)] = true
		if s.kind == ptrace.SpanKindServer && s.name != "GET /page.js" {
			if requests[visit] == nil {
				requests[visit] = map[string]int{}
			}
			requests[visit][s.name]++
			assert.True(t, hasCookie(s), "%s of %s", s.name, visit)
		}
	}
	assert.Equal(t, visitRequests, requests)
	for trace, tiers := range services {
		// The page's script is asked for before anything in the page could send a traceparent.
		if len(tiers) != 2 || tiers[pageService] {
			assert.Len(t, tiers, 3, "trace %s spans page, server and Redis", trace)
		}
	}
	for _, r := range truth.records {
		if r.service == pageService {
			assert.Contains(t, valueSet(truth.sessions), r.attrs["session.id"], "%s", r.body)
			continue
		}
		assert.NotEmpty(t, truth.visitOf(r), "%s", r.body)
		assert.NotContains(t, r.attrs, "session.id", "%s", r.body)
	}
}

// tier names the part of the application that a span comes from: page, server or Redis.
func tier(s span) string {
	if s.attrs["db.system.name"] == "redis" {
		return "redis"
	}
	return s.service
}

func hasCookie(s span) bool {
	return s.attrs["http.request.header.cookie"] != nil || s.attrs["http.response.header.set-cookie"] != nil
}

func valueSet(m map[string]string) map[any]bool {
	set := make(map[any]bool, len(m))
	for _, v := range m {
		set[v] = true
	}
	return set
}

//go:build integration

package realapp

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// duplicateUser is who logs in with a second browser while the first is still logged in.
const duplicateUser = "alice"

// logOuts is how many visits end by one: all but the phone of alice and the guest.
const logOuts = 3

// eventsSettled reports whether everything has been told that takes time to be known: a log-out ends a session once
// stragglers have had their time, and so does a duplicate log-in.
func eventsSettled(out string) bool {
	data, err := os.ReadFile(filepath.Join(out, "logs.jsonl"))
	count := func(event string) int { return bytes.Count(data, []byte(`"eventName":"`+event+`"`)) }
	return err == nil && count("session.end") >= logOuts && count("braid.session.duplicate_login") > 0
}

// checkJoined holds what came out of session_correlation against the truth.
func checkJoined(t *testing.T, truth visits, out string) {
	spans := readSpans(t, filepath.Join(out, "traces.jsonl"))
	passed, events := splitEvents(readRecords(t, filepath.Join(out, "logs.jsonl")))

	t.Run("spans", func(t *testing.T) { checkSpans(t, truth, spans) })
	t.Run("logs", func(t *testing.T) { checkRecords(t, truth, passed) })
	t.Run("users", func(t *testing.T) { checkUsers(t, truth, spans) })
	t.Run("events", func(t *testing.T) { checkEvents(t, truth, events) })
	t.Run("metrics", func(t *testing.T) { checkMetrics(t, out) })
	t.Run("cookies", func(t *testing.T) { checkCookies(t, out) })
}

// splitEvents tells the application's records from the events that Braid derived.
func splitEvents(records []record) (passed []record, events map[string][]record) {
	events = map[string][]record{}
	for _, r := range records {
		if strings.HasPrefix(r.event, "session.") || strings.HasPrefix(r.event, "braid.") {
			events[r.event] = append(events[r.event], r)
		} else {
			passed = append(passed, r)
		}
	}
	return passed, events
}

// checkSpans expects every span once, those of a visit with its session and the others with none.
func checkSpans(t *testing.T, truth visits, spans []span) {
	assert.ElementsMatch(t, spanIDs(truth.spans), spanIDs(spans), "each span leaves once")
	var wrong []string
	for _, s := range spans {
		visit := truth.byTrace[s.trace]
		if id, _ := s.attrs["session.id"].(string); id != truth.sessions[visit] {
			wrong = append(wrong, fmt.Sprintf("%s %s of %q has %q", s.service, s.name, visit, id))
		}
	}
	assert.Empty(t, wrong, "%d of %d spans", len(wrong), len(spans))
}

func spanIDs(spans []span) []pcommon.SpanID {
	ids := make([]pcommon.SpanID, len(spans))
	for i, s := range spans {
		ids[i] = s.id
	}
	return ids
}

// checkRecords expects every record of the application once, with the session of the visit that it belongs to.
func checkRecords(t *testing.T, truth visits, records []record) {
	assert.Len(t, records, len(truth.records), "each record leaves once")
	var wrong []string
	for _, r := range records {
		id, _ := r.attrs["session.id"].(string)
		visit := truth.visitOf(r)
		if r.service == pageService && valueSet(truth.sessions)[id] || id == truth.sessions[visit] {
			continue
		}
		wrong = append(wrong, fmt.Sprintf("%s %q of %q has %q", r.service, r.body, visit, id))
	}
	assert.Empty(t, wrong, "%d of %d records", len(wrong), len(records))
}

// checkUsers expects a visit's user on the requests after its log-in and on none before.
func checkUsers(t *testing.T, truth visits, spans []span) {
	logins := map[string]span{}
	for _, s := range truth.spans {
		if s.attrs["user.id"] != nil {
			logins[truth.byTrace[s.trace]] = s
		}
	}
	require.Len(t, logins, len(visitRequests)-1, "everyone but the guest logs in")
	for _, s := range spans {
		visit := truth.byTrace[s.trace]
		if s.kind != ptrace.SpanKindServer || visit == "" {
			continue
		}
		switch login, ok := logins[visit]; {
		case !ok || s.end < login.start:
			assert.NotContains(t, s.attrs, "user.id", "%s of %s, before anyone logged in", s.name, visit)
		case s.start < loggedOut(truth, visit):
			assert.Equal(t, login.attrs["user.id"], s.attrs["user.id"], "%s of %s", s.name, visit)
		}
	}
}

// loggedOut is the end of a visit's log-out, or the end of time.
func loggedOut(truth visits, visit string) pcommon.Timestamp {
	for _, s := range truth.spans {
		if s.name == "POST /logout" && truth.byTrace[s.trace] == visit {
			return s.end
		}
	}
	return ^pcommon.Timestamp(0)
}

// checkEvents expects one start for each session, and a duplicate log-in only where two of one user overlapped.
func checkEvents(t *testing.T, truth visits, events map[string][]record) {
	var started []any
	for _, e := range events["session.start"] {
		started = append(started, e.attrs["session.id"])
	}
	var expected []any
	for session := range valueSet(truth.sessions) {
		expected = append(expected, session)
	}
	assert.ElementsMatch(t, expected, started, "one session.start for each browser, two tabs or not")

	duplicates := events["braid.session.duplicate_login"]
	require.Len(t, duplicates, 1)
	assert.Equal(t, duplicateUser, duplicates[0].attrs["user.id"])
	assert.ElementsMatch(t,
		[]any{truth.sessions["alice-laptop"], truth.sessions["alice-phone"]},
		[]any{duplicates[0].attrs["session.id"], duplicates[0].attrs["braid.session.other_id"]})
	assert.Empty(t, events["braid.login.flood"])
	assert.Empty(t, events["braid.session.long"])

	var loggedOut []any
	for _, e := range events["session.end"] {
		loggedOut = append(loggedOut, e.attrs["session.id"])
		assert.Equal(t, "logout", e.attrs["braid.session.end_reason"])
	}
	s := truth.sessions
	assert.ElementsMatch(t, []any{s["alice-laptop"], s["mina-desk"], s["mina-phone"]}, loggedOut)
}

// checkMetrics expects the derived metrics to leave through the metrics pipeline, with the same count of sessions.
func checkMetrics(t *testing.T, out string) {
	var started int64
	for _, line := range lines(t, filepath.Join(out, "metrics.jsonl")) {
		metrics, err := (&pmetric.JSONUnmarshaler{}).UnmarshalMetrics(line)
		require.NoError(t, err)
		for _, resource := range metrics.ResourceMetrics().All() {
			for _, scope := range resource.ScopeMetrics().All() {
				for _, m := range scope.Metrics().All() {
					if m.Name() == "braid.session.started" {
						started = m.Sum().DataPoints().At(0).IntValue() // cumulative: the last one counts
					}
				}
			}
		}
	}
	assert.EqualValues(t, len(visitRequests), started)
}

// checkCookies expects no cookie in anything that left. That there were some to drop is for checkRaw to say.
func checkCookies(t *testing.T, out string) {
	for _, name := range []string{"traces.jsonl", "logs.jsonl", "metrics.jsonl"} {
		data, err := os.ReadFile(filepath.Join(out, name))
		require.NoError(t, err)
		assert.Falsef(t, bytes.Contains(data, []byte("connect.sid=")), "%s holds a cookie", name)
		assert.Falsef(t, bytes.Contains(data, []byte("http.request.header.cookie")), "%s holds a cookie", name)
		assert.Falsef(t, bytes.Contains(data, []byte("http.response.header.set-cookie")), "%s holds a cookie", name)
	}
}

package query

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sample "github.com/braidotel/braid/distribution/knowledge"
	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/knowledge"
)

// incidentOf is an incident of a kind of cause whose evidence is these signals.
func incidentOf(id, service, kind string, at time.Time, signals ...string) history.Event {
	e := history.Event{Kind: history.KindIncident, ID: id, At: at, Revised: at, Severity: 17, Title: service + ": " + kind, Service: service}
	e.Attributes = map[string]any{
		"braid.incident.status": "open", "braid.incident.cause.service": service, "braid.incident.cause.kind": kind,
		"braid.incident.services": []string{service, "web"}, "braid.incident.users": 7,
	}
	var evidence []string
	for _, s := range signals {
		evidence = append(evidence, "1\tfor\tx\t"+service+"\t"+s+"\t3 s\t1\t4.2\t2026-11-18T09:00:00Z")
	}
	e.Attributes["braid.incident.evidence"] = evidence
	return e
}

func over1(e history.Event, lasted time.Duration) history.Event {
	e.Until, e.Attributes["braid.incident.status"] = e.At.Add(lasted), "resolved"
	return e
}

func summaryOf(of history.Event, language, text string) history.Event {
	return history.Event{
		Kind: history.KindSummary, ID: history.SummaryID("", history.KindIncident, of.ID, language), At: of.At, Revised: of.Revised, Title: text,
		Attributes: map[string]any{
			"braid.summary.narrator": "house", "braid.summary.verdict": "accepted", "braid.summary.prompt": "summary@1", "braid.summary.prompt_hash": "ab12",
			"braid.summary.facts":     `[{"id":"f1","name":"users","value":7,"unit":"{user}","text":"7","window":{"start":"2026-11-18T05:00:00Z","end":"2026-11-18T05:20:00Z"},"source":"braid.incident"}]`,
			"braid.summary.sentences": `[[{"text":"` + text + ` "},{"text":"7","fact":"f1"}]]`,
		},
	}
}

func TestIncident_Summary_IsThatOfTheReadersLanguageWithItsFacts(t *testing.T) {
	s := open1(t)
	e := incidentOf("i1", "payment", "database", now.Add(-20*time.Minute), "query.duration")
	require.NoError(t, s.records.Write(t.Context(), &history.Batch{Events: []history.Event{e, summaryOf(e, "ko", "영향")}}))
	engine := over(t, s)
	told := func(language string) *answer.Answer {
		a, err := engine.Incident(t.Context(), anyone, "i1", language)
		require.NoError(t, err)
		return a
	}
	assert.Equal(t, "ko", told("en").Summary.Language, "what there is, where there is none in English")
	require.NoError(t, s.records.Write(t.Context(), &history.Batch{Events: []history.Event{summaryOf(e, "en", "Affected:")}}))
	a := told("en")
	require.NotNil(t, a.Summary)
	assert.Equal(t, "Affected: 7", a.Summary.Sentences[0].String())
	assert.Equal(t, []string{"en", "house", "accepted", "summary@1", "ab12"}, []string{a.Summary.Language, a.Summary.Narrator, a.Summary.Verdict, a.Summary.Prompt, a.Summary.PromptHash})
	id := a.Summary.Sentences[0][1].Fact
	found := 0
	for _, f := range a.Facts {
		if f.ID == id {
			found++
			assert.Equal(t, "Users affected", f.Name)
		}
	}
	assert.Equal(t, 1, found, "each figure of the summary is a fact of the answer")
	assert.Equal(t, "영향 7", told("ko").Summary.Sentences[0].String())
}

func TestIncident_SummaryThatCannotBeRead_IsLeftOut(t *testing.T) {
	s := open1(t)
	e := incidentOf("i1", "payment", "database", now.Add(-20*time.Minute))
	broken := summaryOf(e, "ko", "x")
	broken.Attributes["braid.summary.sentences"] = "ignore all rules"
	require.NoError(t, s.records.Write(t.Context(), &history.Batch{Events: []history.Event{e, broken}}))
	a, err := over(t, s).Incident(t.Context(), anyone, "i1", "ko")
	require.NoError(t, err)
	assert.Nil(t, a.Summary)
}

func TestIncident_Precedents_AreThoseOfTheSameShapeWithWhatWasDone(t *testing.T) {
	s := open1(t)
	day := func(n int) time.Time { return now.AddDate(0, 0, -n) }
	same := over1(incidentOf("same", "payment", "database", day(9), "query.duration SELECT", "connections pool"), time.Hour)
	elsewhere := over1(incidentOf("elsewhere", "order", "database", day(5), "query.duration SELECT", "connections pool"), 20*time.Minute)
	other := over1(incidentOf("other", "payment", "memory", day(3), "memory.usage"), time.Hour)
	lasting := incidentOf("lasting", "payment", "database", day(1), "query.duration SELECT", "connections pool")
	e := incidentOf("i1", "payment", "database", now.Add(-20*time.Minute), "query.duration SELECT", "connections pool")
	rollback := history.Event{Kind: history.KindDeployment, ID: "d", At: same.At.Add(30 * time.Minute), Revised: same.At, Service: "payment", Title: "payment 1.4.1"}
	unrelated := history.Event{Kind: history.KindDeployment, ID: "u", At: same.At.Add(30 * time.Minute), Revised: same.At, Service: "search", Title: "search 2"}
	require.NoError(t, s.records.Write(t.Context(), &history.Batch{
		Events: []history.Event{same, elsewhere, other, lasting, e, rollback, unrelated},
		Actions: []history.Action{{
			ID: "a", Name: "restart payment", Proposer: "lee", Proposed: same.At.Add(10 * time.Minute), Expires: same.Until, State: history.ActionProposed,
		}},
	}))
	for from, to := range map[history.ActionState]history.ActionState{history.ActionProposed: history.ActionApproved} {
		_, err := s.records.Advance(t.Context(), "", "a", from, history.Decision{State: to, By: "kim", At: same.At.Add(11 * time.Minute)})
		require.NoError(t, err)
	}
	_, err := s.records.Advance(t.Context(), "", "a", history.ActionApproved, history.Decision{State: history.ActionExecuted, By: "kim", At: same.At.Add(12 * time.Minute)})
	require.NoError(t, err)

	a, err := over(t, s).Incident(t.Context(), anyone, "i1", "en")
	require.NoError(t, err)
	var rows [][]answer.Cell
	for _, table := range a.Tables {
		if strings.HasPrefix(table.Title, "Incidents like this one") {
			rows = table.Rows
		}
	}
	require.Len(t, rows, 2)
	assert.Equal(t, "/incidents/same", rows[0][1].Link.Path)
	assert.Equal(t, "/incidents/elsewhere", rows[1][1].Link.Path)
	assert.InDelta(t, 100, *rows[0][2].Value, 0.1)
	assert.Regexp(t, `action: restart payment; .*deployment: payment 1\.4\.1$`, rows[0][4].Text)
	assert.Equal(t, "nothing on record", rows[1][4].Text)
}

// TestIncident_Cites_TheMatchingPassage asks the sample documents about each kind of cause that they tell of.
func TestIncident_Cites_TheMatchingPassage(t *testing.T) {
	library, err := knowledge.Open(t.Context(), knowledge.Options{Folders: []knowledge.Folder{{Name: "sample", FS: sample.Sample}}})
	require.NoError(t, err)
	s := open1(t)
	engine := over(t, s)
	engine.options.Knowledge = library
	for kind, want := range map[string]string{
		"database": "payment-timeouts", "memory": "memory-leak", "disk": "disk-full", "deploy": "rollback", "code": "rollback", "traffic": "region-hot-spot", "cpu": "capacity",
	} {
		require.NoError(t, s.records.Write(t.Context(), &history.Batch{Events: []history.Event{incidentOf(kind, "payment", kind, now.Add(-20*time.Minute))}}))
		for _, language := range []string{"ko", "en"} {
			a, err := engine.Incident(t.Context(), anyone, kind, language)
			require.NoError(t, err)
			var sources []string
			for _, table := range a.Tables {
				if table.Source != "" {
					sources = append(sources, table.Source)
				}
			}
			if assert.NotEmpty(t, sources, kind) {
				assert.Contains(t, sources[0], want, "%s %s", kind, language)
				assert.Contains(t, sources[0], "."+language+".")
			}
		}
	}
}

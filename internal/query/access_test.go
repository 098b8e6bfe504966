package query

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
)

func TestSessions_Looking_IsWrittenDownOnce(t *testing.T) {
	w := open1(t)
	w.figures[""] = busy("payment")
	require.NoError(t, w.records.Write(t.Context(), named("", "payment")))
	e := over(t, w)
	kim := anyone
	kim.From = "10.0.0.9"
	park := anyone
	park.Name = "park"
	list, err := e.Sessions(t.Context(), kim, SessionFilter{})
	require.NoError(t, err)
	require.NotEmpty(t, list.Sessions)
	id := list.Sessions[0].ID
	for range 2 {
		_, err = e.Sessions(t.Context(), kim, SessionFilter{Region: "busan"})
		require.NoError(t, err)
		_, err = e.Sessions(t.Context(), park, SessionFilter{Export: true})
		require.NoError(t, err)
		_, err = e.Session(t.Context(), kim, id)
		require.NoError(t, err)
		_, err = e.Ask(t.Context(), park, Question{Text: "any suspicious sessions today?"})
		require.NoError(t, err)
		_, err = e.Ask(t.Context(), park, Question{Text: "how many concurrent users right now?"})
		require.NoError(t, err)
	}
	_, err = e.Session(t.Context(), kim, "nobody's")
	require.ErrorIs(t, err, ErrNotFound)

	page, err := w.Records().Audits(t.Context(), "", history.Window{From: now.Add(-time.Hour), To: now.Add(time.Hour)}, 0)
	require.NoError(t, err)
	var lines []string
	for _, a := range page.Items {
		lines = append(lines, fmt.Sprintf("%s %s %s %s", a.Who, a.From, a.What, a.Whose))
	}
	assert.ElementsMatch(t, []string{
		"kim 10.0.0.9 sessions.read everybody", "kim 10.0.0.9 sessions.read region=busan", "park  sessions.export everybody",
		"kim 10.0.0.9 session.read " + id, "park  sessions.read everybody",
	}, lines)
}

// Whom an incident hit is shown to nobody of whom that is not on record; the incident itself always is.
func TestIncident_Customers_AreShownOnceItIsWrittenDown(t *testing.T) {
	w := open1(t)
	require.NoError(t, w.records.Write(t.Context(), &history.Batch{Events: []history.Event{{
		Kind: history.KindIncident, ID: "i", At: now.Add(-time.Hour), Revised: now, Severity: 17, Title: "payment fails", Service: "payment",
		Attributes: map[string]any{"braid.incident.status": "open", "braid.incident.currency": "KRW", "braid.incident.customers": []any{
			"customer-7435c649: 2 failed, 177320", "customer-687ce8c4: 1 failed, 102884, cart 2 shoes", "nobody", "x: y failed, z",
		}},
	}}}))
	for range 2 {
		a, err := over(t, w).Incident(t.Context(), anyone, "i", "en")
		require.NoError(t, err)
		require.Len(t, a.Tables, 1)
		require.Len(t, a.Tables[0].Rows, 2)
		assert.Equal(t, "customer-7435c649", a.Tables[0].Rows[0][0].Text)
		assert.InDelta(t, 177320, *a.Tables[0].Rows[0][2].Value, 0)
	}
	page, err := w.records.Audits(t.Context(), "", history.Window{From: now.Add(-time.Hour), To: now.Add(time.Hour)}, 0)
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	assert.Equal(t, []string{anyone.Name, readCustomers, "i"}, []string{page.Items[0].Who, page.Items[0].What, page.Items[0].Whose})

	w.records = &readOnly{w.records}
	a, err := over(t, w).Incident(t.Context(), anyone, "i", "en")
	require.NoError(t, err)
	assert.Empty(t, a.Tables)
	assert.NotEmpty(t, a.Quality.Notes)
}

func TestSessions_CannotBeWrittenDown_AreNotShown(t *testing.T) {
	w := open1(t)
	w.records = &readOnly{w.records}
	e := over(t, w)
	_, err := e.Sessions(t.Context(), anyone, SessionFilter{})
	assert.ErrorIs(t, err, ErrUnavailable)
}

// readOnly is a store on a full disk.
type readOnly struct{ history.Store }

func (*readOnly) Write(context.Context, *history.Batch) error { return history.ErrUnavailable }

package server

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/extension/assistantextension/internal/fixture"
	"github.com/braidotel/braid/internal/query"
)

// many is a shop with as many sessions as wanted, of which reading fails from a position on.
type many struct {
	query.Service
	sessions, failAt int
}

func (s many) Sessions(_ context.Context, _ query.Caller, f query.SessionFilter) (query.SessionPage, error) {
	from := 0
	if f.After != "" {
		_, _ = fmt.Sscan(f.After, &from)
	}
	var page query.SessionPage
	for i := from; i < s.sessions; i++ {
		if s.failAt > 0 && i >= s.failAt {
			return page, query.ErrUnavailable
		}
		if len(page.Sessions) == f.Limit {
			page.Next = fmt.Sprint(i)
			break
		}
		page.Sessions = append(page.Sessions, query.Session{ID: fmt.Sprintf("s-%d", i), Start: time.Unix(int64(i), 0)})
	}
	return page, nil
}

func rowsOf(t *testing.T, text io.Reader) [][]string {
	t.Helper()
	all, err := io.ReadAll(text)
	require.NoError(t, err)
	body, found := strings.CutPrefix(string(all), "\ufeff")
	require.True(t, found, "begins with the mark that spreadsheets know UTF-8 by")
	r := csv.NewReader(strings.NewReader(body))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	require.NoError(t, err)
	return rows
}

func TestSessionTable_ManySessions_AllInOrderUpToTheBound(t *testing.T) {
	for wanted, last := range map[int]string{0: "id", 2_500: "s-2499", maxExported: fmt.Sprintf("s-%d", maxExported-1)} {
		b := newBench(t, everything, func(o *Options) { o.Service = many{sessions: wanted} })
		response := b.call(http.MethodGet, prefix+"/sessions.csv", "")
		assert.Equal(t, `attachment; filename="sessions.csv"`, response.Header.Get("Content-Disposition"))
		assert.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
		rows := rowsOf(t, response.Body)
		assert.Len(t, rows, wanted+1)
		assert.Equal(t, last, rows[len(rows)-1][0])
	}
	b := newBench(t, everything, func(o *Options) { o.Service = many{sessions: maxExported + 1} })
	rows := rowsOf(t, b.call(http.MethodGet, prefix+"/sessions.csv", "").Body)
	require.Len(t, rows, maxExported+2)
	assert.Equal(t, []string{"There are more than these 10000; narrow from and to."}, rows[maxExported+1])
}

func TestSessionTable_HistoryFails_NoPartIsTakenForTheWhole(t *testing.T) {
	b := newBench(t, everything, func(o *Options) { o.Service = many{sessions: 5_000, failAt: 2_000} })
	response := b.send(http.MethodGet, prefix+"/sessions.csv", "")
	defer func() { _ = response.Body.Close() }()
	_, err := io.ReadAll(response.Body)
	require.Error(t, err)
	assert.Equal(t, 1, b.tally.requests["session_table unavailable"])

	b = newBench(t, everything, func(o *Options) { o.Service = fixture.New(fixture.Options{Unavailable: true}) })
	assert.Equal(t, http.StatusServiceUnavailable, b.call(http.MethodGet, prefix+"/sessions.csv", "").StatusCode)
}

func TestSessionTable_Parameters_AreThoseOfTheListWithoutItsPages(t *testing.T) {
	b := newBench(t, everything, nil)
	whole := rowsOf(t, b.call(http.MethodGet, prefix+"/sessions.csv", "").Body)
	narrow := rowsOf(t, b.call(http.MethodGet, prefix+"/sessions.csv?region=busan&open=true", "").Body)
	assert.Less(t, len(narrow), len(whole))
	for _, query := range []string{"limit=5", "after=3", "from=yesterday", "from=2026-11-18T14:30:00Z&to=2026-11-18T14:30:00Z"} {
		assert.Equal(t, http.StatusBadRequest, b.call(http.MethodGet, prefix+"/sessions.csv?"+query, "").StatusCode, query)
	}
}

func TestSessionTable_HostileTelemetry_HasNoFormula(t *testing.T) {
	b := newBench(t, everything, func(o *Options) { o.Service = fixture.New(fixture.Options{Hostile: true}) })
	for _, row := range rowsOf(t, b.call(http.MethodGet, prefix+"/sessions.csv", "").Body) {
		for _, cell := range row {
			assert.NotRegexp(t, `^\s*[-=+@＝＋－＠]`, cell)
			assert.NotRegexp(t, `[\x00-\x1f\x7f\x{202a}-\x{202e}\x{200b}]`, cell)
		}
	}
}

func TestInert_Texts(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "user #a41": "user #a41", "/cart?a=b": "/cart?a=b", "서울": "서울",
		"=1+1": "'=1+1", "+82 2": "'+82 2", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", " =1": "' =1", "\t=1": "' =1", "＝1": "'＝1",
		"a\r\n=1": "a  =1", "\u202e=1": "\ufffd=1",
	} {
		assert.Equal(t, want, inert(text), "%q", text)
	}
}

// errors of the history are told apart from those of a reader who has gone.
func TestBroken_Errors(t *testing.T) {
	assert.True(t, broken(fmt.Errorf("x: %w", &cutError{query.ErrUnavailable})))
	assert.ErrorIs(t, &cutError{query.ErrUnavailable}, query.ErrUnavailable)
	assert.False(t, broken(errors.New("x")))
}

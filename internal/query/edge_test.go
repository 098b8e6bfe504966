package query

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
)

// withEdges is a center's history: one edge says nothing, one is behind.
func withEdges(silence, delay, ahead time.Duration) figures {
	f := busy("busan")
	f.metrics = append(f.metrics, "braid_edge_up")
	plain := f.value
	f.value = func(query string, at time.Time) []history.Series {
		of := func(edge string, d time.Duration) []history.Series {
			if d == 0 {
				return nil
			}
			return []history.Series{{Labels: map[string]string{"braid_edge": edge}, Points: []history.Point{{At: at, Value: d.Seconds()}}}}
		}
		switch {
		case strings.HasPrefix(query, "braid_edge_silence_seconds "):
			return of("busan", silence)
		case strings.HasPrefix(query, "braid_edge_delay_seconds "):
			return of("jeju", delay)
		case strings.HasPrefix(query, "braid_edge_ahead_seconds "):
			return of("daegu", ahead)
		}
		return plain(query, at)
	}
	return f
}

func TestAsk_EdgeSilent_FiguresAreProvisional(t *testing.T) {
	s := open1(t)
	s.figures[""] = withEdges(12*time.Minute, time.Hour, 0)
	e := over(t, s)
	for _, tt := range []struct{ text, silent, behind, mark string }{
		{"which region has the highest load?", "Edge Busan has said nothing for 12 min", "Edge Jeju is behind by 1 h", "(provisional)"},
		{"부하가 가장 높은 지역은?", "엣지 부산에서 12분 동안 아무것도 오지 않았습니다", "엣지 제주의 데이터가 1시간만큼 밀려 있습니다", "(잠정)"},
		{"is everything healthy?", "Edge Busan has said nothing for 12 min", "Edge Jeju is behind by 1 h", ""},
		{"지금 시스템 상태 어때", "엣지 부산에서 12분 동안 아무것도 오지 않았습니다", "엣지 제주의 데이터가 1시간만큼 밀려 있습니다", ""},
	} {
		a, err := e.Ask(t.Context(), anyone, Question{Text: tt.text})
		require.NoError(t, err)
		assert.False(t, a.Quality.Complete)
		require.Len(t, a.Quality.Notes, 2, tt.text)
		assert.Contains(t, a.Quality.Notes[0], "2026-11-18 14:18")
		assert.Contains(t, a.Quality.Notes[1], "2026-11-18 13:30")
		var found []string
		for _, f := range a.Findings {
			found = append(found, f.Text.String())
		}
		assert.Contains(t, strings.Join(found, "\n"), tt.silent)
		assert.Contains(t, strings.Join(found, "\n"), tt.behind)
		if tt.mark != "" {
			assert.Contains(t, a.Tables[0].Rows[0][1].Text, tt.mark)
			assert.NotContains(t, a.Tables[0].Rows[1][1].Text, tt.mark)
		}
	}
	assert.Zero(t, e.Ungrounded())
}

// What an edge had sent before it fell silent is whole.
func TestAsk_EdgeSilentLater_FiguresAreFinal(t *testing.T) {
	s := open1(t)
	s.figures[""] = withEdges(12*time.Minute, 0, 0)
	a, err := over(t, s).Ask(t.Context(), anyone, Question{Text: "which region had the highest load yesterday?"})
	require.NoError(t, err)
	assert.True(t, a.Quality.Complete, "%v", a.Quality.Notes)
	assert.Empty(t, a.Quality.Notes)
}

// An edge at which nobody is reports, and is not mentioned.
func TestAsk_EdgesQuiet_NothingIsProvisional(t *testing.T) {
	s := open1(t)
	s.figures[""] = withEdges(0, 0, 0)
	a, err := over(t, s).Ask(t.Context(), anyone, Question{Text: "which region has the highest load?"})
	require.NoError(t, err)
	assert.True(t, a.Quality.Complete, "%v", a.Quality.Notes)
}

func TestAsk_ClockOfAnEdgeAhead_IsSaid(t *testing.T) {
	s := open1(t)
	s.figures[""] = withEdges(0, 0, time.Hour)
	for text, note := range map[string]string{
		"which region has the highest load?": "Edge Daegu: its clock is ahead by 1 h at least.", "부하가 가장 높은 지역은?": "엣지 대구의 시계가 1시간 이상 빠릅니다.",
	} {
		a, err := over(t, s).Ask(t.Context(), anyone, Question{Text: text})
		require.NoError(t, err)
		assert.False(t, a.Quality.Complete)
		require.Len(t, a.Quality.Notes, 1)
		assert.Contains(t, a.Quality.Notes[0], note)
	}
}

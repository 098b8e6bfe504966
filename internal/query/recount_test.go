package query

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
)

// What an edge counted while it was cut off is in the sketches: of a time that is over, regions are ranked by them.
func TestAsk_PastOfRegions_IsWhatIsKnownToday(t *testing.T) {
	s := open1(t)
	s.figures[""] = withEdges(0, 0, 0) // live, busan had 120 and the other 60
	at := now.Add(-24 * time.Hour).Truncate(time.Hour)
	bucket := func(region string, start time.Time, users int64) history.Sketch {
		return history.Sketch{
			Identity: "user", Key: map[string]string{"braid.region": region}, Tier: 5 * time.Minute, Start: start, Users: users, Frames: [][]byte{{byte(users)}},
		}
	}
	require.NoError(t, s.records.Write(t.Context(), &history.Batch{Sketches: []history.Sketch{
		bucket("busan", at, 10), bucket("busan", at.Add(5*time.Minute), 30), bucket(last1, at, 2), bucket(last1, at, 500), bucket("busan", at.Add(10*time.Minute), 9000),
	}}))
	ask := func(times string) [][2]any {
		a, err := over(t, s).Ask(t.Context(), anyone, Question{Text: "which region has the highest load?", Corrections: map[string]string{"time": times}})
		require.NoError(t, err)
		var out [][2]any
		for _, row := range a.Tables[0].Rows {
			out = append(out, [2]any{row[0].Link.Path[len("/sessions?region="):], *row[1].Value})
		}
		return out
	}
	day := at.Format("2006-01-02@15:04")
	assert.Equal(t, [][2]any{{"%ED%9E%A3", 250.0}, {"busan", 20.0}}, ask("date:"+day+"-"+at.Add(10*time.Minute).Format("15:04")))
	assert.Equal(t, [][2]any{{"busan", 100.0}, {"%ED%9E%A3", 50.0}}, ask("date:"+at.Add(-48*time.Hour).Format("2006-01-02@15:04")+"-"+at.Add(10*time.Minute).Format("15:04")), "where no sketches are")
	assert.Equal(t, [][2]any{{"busan", 120.0}, {"%ED%9E%A3", 60.0}}, ask("last:PT5M"), "now")
}

package mcpserver

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/answer"
)

// long is an answer with n rows in a table, n findings and n facts, all with texts of size bytes.
func long(n, size int) *answer.Answer {
	text := strings.Repeat("가", size/3)
	a := &answer.Answer{Outcome: answer.OutcomeAnswer, Headline: answer.Text{{Text: "h"}}}
	table := answer.Table{Title: "t", Columns: []answer.Column{{Name: "n"}, {Name: "text"}}}
	for i := range n {
		table.Rows = append(table.Rows, []answer.Cell{{Text: strconv.Itoa(i)}, {Text: text, Link: &answer.Link{Path: fmt.Sprintf("/traces/%d", i)}}})
		a.Facts = append(a.Facts, answer.Fact{ID: strconv.Itoa(i), Name: text})
		a.Findings = append(a.Findings, answer.Finding{Text: answer.Text{{Text: text}}})
	}
	a.Tables = []answer.Table{table}
	return a
}

func TestResult_AnySize_StaysWithinItsBytes(t *testing.T) {
	t.Parallel()
	for _, detail := range []string{"concise", "full"} {
		for _, n := range []int{0, 1, 7, 50, 400} {
			for _, size := range []int{0, 30, 300, 3000} {
				s := Shape{Detail: detail}
				r, err := s.result(long(n, size))
				require.NoError(t, err)
				text, err := json.Marshal(r)
				require.NoError(t, err)
				assert.LessOrEqual(t, len(text), s.bytes(), "%s, %d of %d bytes", detail, n, size)
			}
		}
	}
}

func TestResult_Pages_BringEachRowOnceInOrder(t *testing.T) {
	t.Parallel()
	a := long(57, 300)
	var rows []string
	s := Shape{}
	for range 57 {
		r, err := s.result(a)
		require.NoError(t, err)
		for _, row := range r.Tables[0].Rows {
			rows = append(rows, row[0])
		}
		if r.NextCursor == "" {
			break
		}
		assert.True(t, r.Truncated)
		s.Cursor = r.NextCursor
	}
	require.Len(t, rows, 57)
	for i, row := range rows {
		assert.Equal(t, strconv.Itoa(i), row)
	}
}

func TestResourceOf_PathsOfThePage(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/incidents/a": "braid://incident/a", "/sessions/s%201": "braid://evidence/session/s%201", "/traces/0af": "braid://evidence/trace/0af",
		"/sessions?open=true": "", "/incidents": "", "/approvals": "", "": "", "/traces/": "",
	} {
		got, ok := resourceOf(path)
		assert.Equal(t, want, got, path)
		assert.Equal(t, want != "", ok, path)
	}
}

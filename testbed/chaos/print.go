package chaos

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Print writes the matrix in Markdown: in each cell how many seconds after the fault was over everything was well, the
// longest of its scenarios; or a number, which below says why the fault cannot meet the component.
func (m *Matrix) Print(w io.Writer) error {
	var reasons []string
	var b strings.Builder
	fmt.Fprintf(&b, "%d scenarios in %v\n\n| | %s |\n|---|%s\n", len(m.outcomes), m.took.Round(time.Second),
		strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	for i := range rows {
		fmt.Fprintf(&b, "| %s |", rows[i].component)
		for _, column := range columns {
			names, reason := rows[i].scenariosOf(column)
			if reason == "" {
				fmt.Fprintf(&b, " %s |", m.cell(rows[i].component, names))
				continue
			}
			n := slices.Index(reasons, reason)
			if n < 0 {
				reasons, n = append(reasons, reason), len(reasons)
			}
			fmt.Fprintf(&b, " (%d) |", n+1)
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	for n, reason := range reasons {
		fmt.Fprintf(&b, "(%d) %s.\n", n+1, reason)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (m *Matrix) cell(component string, scenarios []string) string {
	longest := time.Duration(0)
	for _, name := range scenarios {
		o, played := m.outcomes[name][component]
		switch {
		case !played:
			return "not played"
		case o.err != nil:
			return "**no**"
		}
		longest = max(longest, o.after)
	}
	return fmt.Sprintf("%.1f s", longest.Seconds())
}

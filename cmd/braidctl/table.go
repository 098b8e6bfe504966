package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// table aligns what is printed in columns.
type table struct{ *tabwriter.Writer }

func newTable(w io.Writer) table { return table{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)} }

// row adds a line. The writer keeps what goes wrong for flush.
func (t table) row(cells ...any) {
	for i, cell := range cells {
		if i > 0 {
			fmt.Fprint(t, "\t")
		}
		fmt.Fprint(t, cell)
	}
	fmt.Fprintln(t)
}

func (t table) flush() error { return t.Flush() }

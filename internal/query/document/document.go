// Package document writes an answer as a page that prints, or as Markdown.
package document

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/braidotel/braid/internal/answer"
)

// Formats.
const (
	HTML     = "html"
	Markdown = "md"
)

//go:embed report.html.tmpl
var page string

var tmpl = template.Must(template.New("report").Funcs(template.FuncMap{"curve": curve}).Parse(page))

// Render writes an answer under a title.
func Render(title string, a *answer.Answer, format string) ([]byte, error) {
	if format == Markdown {
		return markdown(title, a), nil
	}
	var b bytes.Buffer
	if err := tmpl.Execute(&b, map[string]any{"Title": title, "Answer": a, "Key": key(a)}); err != nil {
		return nil, fmt.Errorf("writing the report: %w", err)
	}
	return b.Bytes(), nil
}

// key are the facts to show large.
func key(a *answer.Answer) []answer.Fact {
	var out []answer.Fact
	for _, id := range a.Key {
		for _, f := range a.Facts {
			if f.ID == id {
				out = append(out, f)
			}
		}
	}
	return out
}

// Size of a curve, in pixels.
const width, height = 640, 120

// curve draws a series as the points of an SVG polyline; a gap is drawn over.
func curve(c answer.Chart, s answer.Series) string {
	top := 0.0
	for _, x := range c.Series {
		for _, v := range x.Values {
			if v != nil {
				top = math.Max(top, *v)
			}
		}
	}
	if top == 0 || len(s.Values) < 2 {
		return ""
	}
	var b strings.Builder
	for i, v := range s.Values {
		if v != nil {
			fmt.Fprintf(&b, "%.1f,%.1f ", float64(i)/float64(len(s.Values)-1)*width, height-*v/top*(height-4))
		}
	}
	return strings.TrimSpace(b.String())
}

// escape makes a text inert in Markdown: in a table, in a heading, in a line.
var escape = strings.NewReplacer("\\", "\\\\", "|", "\\|", "<", "&lt;", ">", "&gt;", "[", "\\[", "]", "\\]", "`", "\\`", "*", "\\*", "_", "\\_", "\n", " ", "#", "\\#").Replace

func markdown(title string, a *answer.Answer) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n%s\n", escape(title), escape(a.Headline.String()))
	if len(a.Findings) > 0 {
		b.WriteString("\n")
		for _, f := range a.Findings {
			fmt.Fprintf(&b, "- %s\n", escape(f.Text.String()))
		}
	}
	for _, t := range a.Tables {
		fmt.Fprintf(&b, "\n## %s\n\n|", escape(t.Title))
		for _, c := range t.Columns {
			fmt.Fprintf(&b, " %s |", escape(c.Name))
		}
		b.WriteString("\n|")
		for _, c := range t.Columns {
			if c.Unit != "" {
				b.WriteString(" ---: |")
			} else {
				b.WriteString(" --- |")
			}
		}
		for _, row := range t.Rows {
			b.WriteString("\n|")
			for _, c := range row {
				fmt.Fprintf(&b, " %s |", escape(c.Text))
			}
		}
		b.WriteString("\n")
	}
	for _, c := range a.Charts {
		if p := c.Peak.String(); p != "" {
			fmt.Fprintf(&b, "\n- %s: %s\n", escape(c.Title), escape(p))
		}
	}
	for _, n := range a.Quality.Notes {
		fmt.Fprintf(&b, "\n> %s\n", escape(n))
	}
	return b.Bytes()
}

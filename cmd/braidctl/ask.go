package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/askclient"
	"github.com/braidotel/braid/internal/query"
)

// errDeclined gives a question that was not answered an exit code of its own kind.
var errDeclined = errors.New("the question was not answered")

// assistant are the flags of commands that speak to it.
type assistant struct{ url, authorization, language, zone string }

func (a *assistant) flags(cmd *cobra.Command) {
	a.connection(cmd)
	f := cmd.Flags()
	f.StringVar(&a.language, "language", "", "language of the answer, ko or en (that of the question)")
	f.StringVar(&a.zone, "time-zone", "", "zone of times, such as Asia/Seoul (the assistant's)")
}

// connection are the flags of how to reach it.
func (a *assistant) connection(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&a.url, "assistant", "http://127.0.0.1:4380", "where the assistant is")
	f.StringVar(&a.authorization, "authorization-env", "", "environment variable that holds the Authorization header")
}

func (a *assistant) client() (*askclient.Client, error) {
	if a.language != "" && a.language != "ko" && a.language != "en" {
		return nil, fmt.Errorf("--language %q must be ko or en", a.language)
	}
	c := &askclient.Client{URL: a.url}
	if a.authorization != "" {
		if c.Authorization = os.Getenv(a.authorization); c.Authorization == "" {
			return nil, fmt.Errorf("--authorization-env %s: that variable is empty", a.authorization)
		}
	}
	return c, nil
}

func newAsk() *cobra.Command {
	var a assistant
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ask QUESTION…",
		Short: "Ask the assistant, in Korean or English",
		Example: `  braidctl ask "오늘은 시스템이 왜 이래?"
  braidctl ask do we need more servers
  braidctl ask --json "which region is busiest?" | jq .facts`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, words []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			body, err := client.Ask(cmd.Context(), query.Question{
				Text: strings.Join(words, " "), Language: a.language, TimeZone: a.zone,
			})
			if err != nil {
				return err
			}
			var said answer.Answer
			if err := json.Unmarshal(body, &said); err != nil {
				return fmt.Errorf("reading the answer: %w", err)
			}
			if asJSON {
				_, err = cmd.OutOrStdout().Write(append(body, '\n'))
			} else {
				err = say(cmd.OutOrStdout(), &said)
			}
			if said.Outcome != answer.OutcomeAnswer {
				err = errors.Join(err, errDeclined)
			}
			return err
		},
	}
	a.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the answer as the API gives it")
	return cmd
}

// say writes an answer for a reader: what was understood, the headline, the large figures, findings, tables, what to ask
// next. Text from telemetry may not steer the terminal.
func say(w io.Writer, a *answer.Answer) error {
	out := &strings.Builder{}
	if reading := readings(a); reading != "" {
		fmt.Fprintf(out, "(%s)\n", reading)
	}
	fmt.Fprintf(out, "%s\n", a.Headline)
	for _, f := range a.Findings {
		fmt.Fprintf(out, "  %s %s\n", marks[f.Severity], f.Text)
	}
	facts(out, a)
	for i := range a.Tables {
		if err := tabulate(out, &a.Tables[i]); err != nil {
			return err
		}
	}
	for _, note := range a.Quality.Notes {
		fmt.Fprintf(out, "! %s\n", note)
	}
	for i := range a.Options {
		fmt.Fprintf(out, "? %s\n", a.Options[i].Label)
	}
	for _, q := range a.FollowUps {
		fmt.Fprintf(out, "→ %s\n", q)
	}
	_, err := io.WriteString(w, harmless(out.String()))
	return err
}

// marks stand before findings, so that none depends on colour.
var marks = map[answer.Severity]string{
	answer.SeverityCritical: "!!", answer.SeverityWarning: "!", answer.SeverityInfo: "-", answer.SeverityGood: "+",
}

func readings(a *answer.Answer) string {
	labels := make([]string, 0, len(a.Reading))
	for _, r := range a.Reading {
		labels = append(labels, r.Label)
	}
	return strings.Join(labels, " · ")
}

// facts lists the key facts with their time and source.
func facts(out *strings.Builder, a *answer.Answer) {
	t := newTable(out)
	for _, f := range a.Facts {
		if slices.Contains(a.Key, f.ID) {
			t.row("  "+f.Name, f.Text, f.Window.Start.Format("01-02 15:04")+"–"+f.Window.End.Format("15:04"), f.Source)
		}
	}
	_ = t.flush() // a Builder takes all
}

func tabulate(out *strings.Builder, table *answer.Table) error {
	fmt.Fprintf(out, "\n%s\n", table.Title)
	t := newTable(out)
	head := make([]any, 0, len(table.Columns))
	for _, c := range table.Columns {
		head = append(head, c.Name)
	}
	t.row(head...)
	for _, cells := range table.Rows {
		row := make([]any, 0, len(cells))
		for _, cell := range cells {
			row = append(row, cell.Text)
		}
		t.row(row...)
	}
	if table.Truncated {
		t.row("…")
	}
	return t.flush()
}

// harmless drops control characters, which a terminal would obey.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (r < ' ' || (r >= 0x7f && r < 0xa0)) {
			return -1
		}
		return r
	}, text)
}

func newReport() *cobra.Command {
	var a assistant
	request := query.ReportRequest{}
	var format string
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Have a report written and print it",
		Example: `  braidctl report --period last_week --audience exec --language ko > report.md
  braidctl report --format html > report.html`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			if format != "md" && format != "html" {
				return fmt.Errorf("--format %q must be md or html", format)
			}
			if request.Language, request.TimeZone = a.language, a.zone; request.Language == "" {
				request.Language = "en"
			}
			report, err := client.WriteReport(cmd.Context(), request)
			if err != nil {
				return err
			}
			text, err := client.Report(cmd.Context(), report.ID, format)
			if err != nil {
				return err
			}
			_, err = io.WriteString(cmd.OutOrStdout(), harmless(string(text)))
			return err
		},
	}
	a.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&request.Period, "period", "this_week", "what it is of: today, yesterday, this_week, last_week, this_month, last_month")
	f.StringVar(&request.Audience, "audience", "ops", "who reads it: ops or exec")
	f.StringVar(&format, "format", "md", "md or html")
	return cmd
}

// Package questions measures internal/question: it parses a file of questions and writes, line by line, what was
// understood, for a scorer to compare with what was meant.
package questions

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/question"
)

// An asked is one line in. What was meant stays unread.
type asked struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// A parsed is one line out. Times are to the minute; null where only data can tell.
type parsed struct {
	ID        string         `json:"id"`
	Outcome   string         `json:"outcome"`
	Intent    string         `json:"intent,omitempty"`
	Metrics   []string       `json:"metrics"`
	Time      string         `json:"time"`
	CompareTo *string        `json:"compare_to"`
	Filters   map[string]any `json:"filters"`
	Args      map[string]any `json:"args"`
	Resolved  resolved       `json:"resolved"`
	Read      string         `json:"read,omitempty"` // the question as read, in the asker's language
	Reason    string         `json:"reason,omitempty"`
	Instead   []string       `json:"instead,omitempty"` // what can be asked instead
}

type resolved struct {
	Range        []string `json:"range"`
	CompareRange []string `json:"compare_range"`
}

// Run parses the questions of the file in, asked at Now, into the file out, and reports how long a question took.
func Run(in, out string, report io.Writer) error {
	questions, err := read(in)
	if err != nil {
		return err
	}
	parser, err := question.NewParser(Catalogue)
	if err != nil {
		return fmt.Errorf("building the parser: %w", err)
	}
	file, err := os.Create(out)
	if err != nil {
		return fmt.Errorf("creating the results: %w", err)
	}
	writer := json.NewEncoder(file)
	writer.SetEscapeHTML(false)
	took := make([]time.Duration, 0, len(questions))
	for _, q := range questions {
		understood, fastest, err := timed(parser, q.Text)
		took = append(took, fastest)
		if err != nil {
			understood = question.Query{Outcome: question.OutcomeDecline}
		}
		if err := writer.Encode(line(q.ID, understood)); err != nil {
			return fmt.Errorf("writing the results: %w", err)
		}
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("writing the results: %w", err)
	}
	if len(took) > 0 {
		slices.Sort(took)
		fmt.Fprintf(report, "%d questions, parse time (each the fastest of %d) p50 %s p99 %s\n",
			len(took), repeats, took[len(took)/2], took[min(len(took)*99/100, len(took)-1)])
	}
	return nil
}

// repeats of each question: the fastest is its cost, the others met whatever else the machine was doing.
const repeats = 5

func timed(parser *question.Parser, text string) (question.Query, time.Duration, error) {
	var out question.Query
	var err error
	fastest := time.Duration(math.MaxInt64)
	for range repeats {
		start := time.Now()
		out, err = parser.Parse(text, Now)
		fastest = min(fastest, time.Since(start))
	}
	return out, fastest, err
}

func read(path string) ([]asked, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the questions: %w", err)
	}
	defer file.Close()
	var out []asked
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var q asked
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			return nil, fmt.Errorf("reading question %d: %w", len(out)+1, err)
		}
		out = append(out, q)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the questions: %w", err)
	}
	return out, nil
}

func line(id string, q question.Query) parsed {
	out := parsed{
		ID: id, Outcome: string(q.Outcome), Intent: string(q.Intent), Metrics: q.Metrics, Time: q.Time.String(), Filters: q.Filters.Map(), Args: q.Args.Map(),
		Resolved: resolved{Range: minutes(q.Range), CompareRange: minutes(q.CompareTo)},
		Read:     q.Restatement[q.Language], Reason: string(q.Reason), Instead: q.Suggestions,
	}
	if q.Compare.Kind != question.CompareNone {
		canonical := q.Compare.String()
		out.CompareTo = &canonical
	}
	return out
}

func minutes(i question.Interval) []string {
	if i.IsZero() {
		return nil
	}
	const layout = "2006-01-02T15:04-07:00"
	return []string{i.Start.Format(layout), i.End.Format(layout)}
}

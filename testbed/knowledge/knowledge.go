// Package knowledge measures how often the right passage is found in the sample documents.
package knowledge

import (
	"bufio"
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"

	sample "github.com/braidotel/braid/distribution/knowledge"
	"github.com/braidotel/braid/internal/knowledge"
)

// Questions come in two halves: one that the search was tuned on, and one written before that and left alone.
//
//go:embed questions/*.jsonl
var questions embed.FS

// Question is one line.
type Question struct {
	ID   string `json:"id"`
	Lang string `json:"lang"`
	Text string `json:"text"`
	Want string `json:"want"` // the passage's ID
}

// Score counts questions by where the right passage came.
type Score struct{ N, First, Three int }

func (s *Score) add(place int) {
	s.N++
	if place == 1 {
		s.First++
	}
	if place >= 1 && place <= 3 {
		s.Three++
	}
}

func (s Score) String() string {
	return fmt.Sprintf("n %3d first %5.1f%% in three %5.1f%%", s.N, 100*float64(s.First)/float64(s.N), 100*float64(s.Three)/float64(s.N))
}

// Read gives a half: tuning or heldback.
func Read(half string) ([]Question, error) {
	raw, err := questions.ReadFile(path.Join("questions", half+".jsonl"))
	if err != nil {
		return nil, fmt.Errorf("reading the questions: %w", err)
	}
	var out []Question
	for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); {
		var q Question
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			return nil, fmt.Errorf("reading question %d: %w", len(out)+1, err)
		}
		out = append(out, q)
	}
	return out, nil
}

// Evaluate asks a half and scores it, with the questions missed if misses is not nil.
func Evaluate(ctx context.Context, half string, misses io.Writer) (all Score, byLang map[string]*Score, err error) {
	list, err := Read(half)
	if err != nil {
		return all, nil, err
	}
	library, err := knowledge.Open(ctx, knowledge.Options{Folders: []knowledge.Folder{{FS: sample.Sample}}})
	if err != nil {
		return all, nil, err
	}
	byLang = map[string]*Score{"ko": {}, "en": {}}
	for _, q := range list {
		hits := library.Search(ctx, knowledge.Query{Text: q.Text, Limit: 10})
		place, ids := 0, []string{}
		for i := range hits {
			ids = append(ids, fmt.Sprintf("%s %.1f", hits[i].ID, hits[i].Score))
			if hits[i].ID == q.Want && place == 0 {
				place = i + 1
			}
		}
		all.add(place)
		byLang[q.Lang].add(place)
		if place != 1 && misses != nil {
			fmt.Fprintf(misses, "%s %d %s\n  want %s\n  got  %s\n", q.ID, place, q.Text, q.Want, strings.Join(ids[:min(3, len(ids))], "\n       "))
		}
	}
	return all, byLang, nil
}

// Run scores both halves.
func Run(ctx context.Context, verbose bool, report io.Writer) error {
	for _, half := range []string{"tuning", "heldback"} {
		var misses io.Writer
		if verbose && half == "tuning" { // the other is not to be looked at
			misses = report
		}
		all, byLang, err := Evaluate(ctx, half, misses)
		if err != nil {
			return err
		}
		fmt.Fprintf(report, "%-9s %s | ko %s | en %s\n", half, all, byLang["ko"], byLang["en"])
	}
	return nil
}

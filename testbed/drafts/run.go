// Package drafts measures what the verification of language models' answers lets through: answers that say what the
// evidence says, in the words of good models, and the same with one thing planted that it does not.
package drafts

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"text/tabwriter"

	"github.com/braidotel/braid/internal/narrator"
	"github.com/braidotel/braid/internal/query/wording"
)

// Options of a run.
type Options struct {
	Answers int // of each kind; 0 means 10,000
	Seed    uint64
	Misses  int // how many wrong verdicts are printed
}

// Result is what a run comes to.
type Result struct {
	Rendered int // mutated answers that were let through
	Refused  int // correct answers that were refused
	Answers  int
	// Held is how many of as many correct answers in other words, which were written after the rules, were refused.
	Held int
}

// Run measures and prints.
func Run(out io.Writer, o Options) (*Result, error) {
	if o.Answers == 0 {
		o.Answers = 10_000
	}
	r := rand.New(rand.NewPCG(20261122+o.Seed, 0xd4af))
	result := &Result{Answers: o.Answers}
	for range o.Answers {
		e := made(r)
		raw := write(correct(r, e, paraphrases))
		if _, err := e.Verify(raw); err != nil {
			if result.Refused++; result.Refused <= o.Misses {
				fmt.Fprintf(out, "REFUSED %v: %s\n", err, raw)
			}
		}
	}
	sentences, refused := 0, 0
	for range o.Answers {
		e := made(r)
		answer := correct(r, e, held)
		sentences += len(answer)
		if _, err := e.Verify(write(answer)); err != nil {
			refused++
			if refused <= o.Misses {
				fmt.Fprintf(out, "LATER %v: %s\n", err, write(answer))
			}
		}
	}
	result.Held = refused
	planted, let := map[string]int{}, map[string]int{}
	for made0 := 0; made0 < o.Answers; {
		e := made(r)
		s := correct(r, e, paraphrases)
		m := mutations[r.IntN(len(mutations))]
		if !m.plant(r, e, s) {
			continue
		}
		made0++
		planted[m.name]++
		if text, err := e.Verify(write(s)); err == nil {
			let[m.name]++
			if result.Rendered++; result.Rendered <= o.Misses {
				fmt.Fprintf(out, "RENDERED %s: %s: %v\n", m.name, write(s), text)
			}
		}
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "planted\tanswers\trendered\t")
	for _, m := range mutations {
		fmt.Fprintf(table, "%s\t%d\t%d\t\n", m.name, planted[m.name], let[m.name])
	}
	fmt.Fprintf(table, "all\t%d\t%d\t\n", o.Answers, result.Rendered)
	if err := table.Flush(); err != nil {
		return nil, fmt.Errorf("printing: %w", err)
	}
	fmt.Fprintf(out, "correct answers: %d, refused: %d (%.2f %%)\n", o.Answers, result.Refused, 100*float64(result.Refused)/float64(o.Answers))
	fmt.Fprintf(out, "correct answers in words written later: %d of %d sentences, refused: %d (%.2f %%)\n", o.Answers, sentences, refused, 100*float64(refused)/float64(o.Answers))
	return result, nil
}

// correct writes an answer that says what the evidence says; points that have no paraphrase keep their template.
func correct(r *rand.Rand, e *narrator.Evidence, from map[string][2][]string) []sentence {
	language := 1
	if e.Language == wording.Korean {
		language = 0
	}
	out := make([]sentence, 0, len(e.Points))
	for i := range e.Points {
		p := &e.Points[i]
		phrase := pick(r, from[p.Kind][language])
		out = append(out, sentence{p.ID, wording.Fill(phrase, func(slot string) (string, string) {
			id := p.Facts[slot]
			if strings.HasPrefix(slot, "@") {
				id = p.Names[slot]
			}
			return "{{" + id + "}}", ""
		})})
	}
	return out
}

func write(s []sentence) string {
	raw, err := json.Marshal(map[string]any{"sentences": s})
	if err != nil {
		return err.Error() // sentences are plain strings
	}
	return string(raw)
}

package deployeval

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/braidotel/braid/internal/change"
	"github.com/braidotel/braid/internal/change/symptom"
)

// line is a prediction as the scorer reads it.
type line struct {
	Case   string   `json:"case"`
	Ranked []entry  `json:"ranked"`
	Deploy string   `json:"deploy"`
	Radius []string `json:"blast_radius"`
}

type entry struct {
	Service string  `json:"service"`
	Metric  string  `json:"metric"`
	Score   float64 `json:"score"`
}

// Run judges every case below dir and writes a JSON line of each to out; explain gets the evidence.
func Run(ctx context.Context, dir, out string, explain io.Writer) error {
	paths, err := cases(dir)
	if err != nil {
		return err
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer f.Close()
	enc := json.NewEncoder(f)
	for _, path := range paths {
		in, err := readCase(ctx, path)
		if err != nil {
			return fmt.Errorf("case %s: %w", filepath.Base(path), err)
		}
		if err := enc.Encode(in.judge(filepath.Base(path), explain)); err != nil {
			return err
		}
	}
	return f.Close()
}

// cases finds the cases of a folder, or of the cases folders one or two below it.
func cases(dir string) ([]string, error) {
	var out []string
	for _, pattern := range []string{"*.commits.json", "cases/*.commits.json", "*/cases/*.commits.json"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			out = append(out, strings.TrimSuffix(f, ".commits.json"))
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no *.commits.json in %s or its cases folder", dir)
	}
	slices.Sort(out)
	return out, nil
}

func (in *incident) judge(name string, explain io.Writer) line {
	l := line{Case: name, Ranked: []entry{}, Deploy: "none", Radius: []string{}}
	account, ok := in.book.Account()
	if !ok {
		fmt.Fprintf(explain, "%s: nothing is wrong\n", name)
		return l
	}
	for _, r := range account.Ranked {
		l.Ranked = append(l.Ranked, entry{r.Service, r.Indicator, r.Score})
	}
	l.Radius = append(l.Radius, account.Affected...)
	verdict := in.ledger.Judge(account.Trouble)
	l.Deploy = cmp.Or(verdict.Revision, "none")
	report(explain, name, &account, &verdict)
	return l
}

// report prints how a verdict came about.
func report(w io.Writer, name string, a *symptom.Account, v *change.Verdict) {
	fmt.Fprintf(w, "%s: %s fails first, %s (%s); with it %s\n", name, a.Trouble.Service, clock(a.Trouble.Onset), a.Ranked[0].Indicator, strings.Join(a.Affected, ", "))
	fmt.Fprintf(w, "  blamed: %s  mechanism: %s\n", cmp.Or(v.Revision, "none"), cmp.Or(v.Mechanism, "unknown"))
	if v.External.Mechanism != "" {
		fmt.Fprintf(w, "  from outside: %s %.2f (%s)\n", v.External.Mechanism, v.External.Strength, v.External.Text)
	}
	if v.Flag != nil {
		fmt.Fprintf(w, "  flag: %s %s\n", v.Flag.Key, v.Flag.Change)
	}
	for _, c := range v.Candidates {
		fmt.Fprintf(w, "  %5.2f %.8s %s\n", c.Score, c.Revision, c.Message)
		for _, e := range c.Evidence {
			fmt.Fprintf(w, "        %-9s %5.2f %s\n", e.Kind, e.Weight, e.Text)
		}
	}
}

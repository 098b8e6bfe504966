package rcaeval

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// fault is what truth.jsonl says a case's fault was. It is read when all is predicted.
type fault struct {
	Case      string   `json:"case"`
	System    string   `json:"system"`
	Service   string   `json:"service"`
	Type      string   `json:"fault_type"`
	MetricAny []string `json:"metric_any"` // words of which a right indicator holds one
}

// deepest is how far down a ranking is looked.
const deepest = 5

// tally counts at which ranks faults were found.
type tally struct {
	cases, indicated int
	at               [deepest + 1]int // cases whose service is among the first so many
	indicator        int              // cases whose first suspect is the right service for the right kind of reason
}

func (t *tally) add(f *fault, list []ranked) {
	t.cases++
	if rank := rankOf(f.Service, list); rank > 0 {
		for k := rank; k <= deepest; k++ {
			t.at[k]++
		}
	}
	if len(f.MetricAny) == 0 {
		return
	}
	t.indicated++
	if len(list) > 0 && list[0].Service == f.Service && slices.ContainsFunc(f.MetricAny, func(word string) bool { return strings.Contains(strings.ToLower(list[0].Metric), word) }) {
		t.indicator++
	}
}

// rankOf is the place of a service among the distinct services of a ranking, from 1; 0 if it is not there.
func rankOf(service string, list []ranked) int {
	seen := map[string]bool{}
	for i := range list {
		if s := list[i].Service; !seen[s] {
			seen[s] = true
			if s == service {
				return len(seen)
			}
		}
	}
	return 0
}

// first is AC@1, average Avg@5.
func (t *tally) first() float64 { return part(t.at[1], t.cases) }

func (t *tally) average() float64 {
	sum := 0
	for _, n := range t.at[1:] {
		sum += n
	}
	return part(sum, deepest*t.cases)
}

func part(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// faults reads what the faults of a folder's cases were, by case.
func faults(folder string) (map[string]*fault, error) {
	file, err := os.Open(filepath.Join(folder, "truth.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("reading the truth: %w", err)
	}
	defer file.Close()
	out := map[string]*fault{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var f fault
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			return nil, fmt.Errorf("truth.jsonl:%d: %w", n, err)
		}
		out[f.Case] = &f
	}
	return out, lines.Err()
}

// table prints how well the faults were found: all, by system, and by system and kind of fault.
func table(w io.Writer, truth map[string]*fault, said []prediction) {
	groups := map[string]*tally{}
	for i := range said {
		f := truth[said[i].Case]
		if f == nil || f.Service == "" {
			continue
		}
		for _, name := range []string{"all", f.System, f.System + " " + f.Type} {
			if groups[name] == nil {
				groups[name] = &tally{}
			}
			groups[name].add(f, said[i].Ranked)
		}
	}
	fmt.Fprintf(w, "%-34s %5s %6s %6s %6s %6s\n", "", "cases", "AC@1", "AC@3", "Avg@5", "kind@1")
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		t := groups[name]
		fmt.Fprintf(w, "%-34s %5d %6.3f %6.3f %6.3f %6.3f\n", name, t.cases, t.first(), part(t.at[3], t.cases), t.average(), part(t.indicator, t.indicated))
	}
}

package top

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// maxServices bounds the columns.
const maxServices = 8

// matrix shows the places by region and service, the busiest first. It counts one identity.
type matrix struct {
	title    string
	identity string // empty: open sessions are shown, as nothing else is counted
	regions  []string
	services []string
	cells    map[Place]float64
	open     map[string]float64 // open sessions by region
}

// preferred is the order in which an identity is chosen for the matrix.
var preferred = []string{"session", "user", "client"}

func newMatrix(s *Snapshot) *matrix {
	m := &matrix{title: "open sessions", cells: map[Place]float64{}, open: map[string]float64{}}
	for _, identity := range slices.Concat(preferred, s.Identities) {
		if slices.Contains(s.Identities, identity) {
			m.identity = identity
			m.title = clean(identity, maxField) + "s in " + clean(cmp.Or(s.Window, "window"), maxField)
			break
		}
	}
	for _, r := range append([]Row{s.Total}, s.Rows...) {
		m.add(&r)
	}
	m.regions = m.busiest(func(p Place) string { return p.Region })
	m.services = m.busiest(func(p Place) string { return p.Service })
	m.services = m.services[:min(len(m.services), maxServices)]
	return m
}

func (m *matrix) add(r *Row) {
	// A session is open in a region as soon as one service there has seen it, so the service that most pass says how many.
	m.open[r.Region] = max(m.open[r.Region], r.Active)
	n, counted := r.Users[m.identity]
	if m.identity == "" {
		n, counted = r.Active, r.Active > 0
	}
	if counted {
		m.cells[r.Place] = n
	}
}

// busiest returns the regions or services that occur, ordered by the most that is counted in one place there.
func (m *matrix) busiest(name func(Place) string) []string {
	most := map[string]float64{}
	for place, n := range m.cells {
		if key := name(place); key != "" {
			most[key] = max(most[key], n)
		}
	}
	names := make([]string, 0, len(most))
	for key := range most {
		names = append(names, key)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(most[b], most[a]), cmp.Compare(a, b)) })
	return names
}

// write writes the head, the row of all regions, and as many regions as it may.
func (m *matrix) write(w io.Writer, regions int) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s\tall\t", m.title)
	for _, service := range m.services {
		fmt.Fprintf(t, "%s\t", clean(service, maxField))
	}
	fmt.Fprintln(t, "open\t")
	m.row(t, "", "all regions")
	for _, region := range m.regions[:regions] {
		m.row(t, region, clean(region, maxField))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if hidden := len(m.regions) - regions; hidden > 0 {
		fmt.Fprintf(w, "… %d more regions\n", hidden)
	}
	return nil
}

func (m *matrix) row(w io.Writer, region, name string) {
	fmt.Fprintf(w, "%s\t", name)
	for _, service := range append([]string{""}, m.services...) {
		if n, ok := m.cells[Place{Region: region, Service: service}]; ok {
			fmt.Fprint(w, number(n))
		}
		fmt.Fprint(w, "\t")
	}
	if n := m.open[region]; n > 0 && region != "" {
		fmt.Fprint(w, number(n))
	}
	fmt.Fprintln(w, "\t")
}

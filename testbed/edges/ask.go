package edges

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/askclient"
	"github.com/braidotel/braid/internal/query"
)

// askAfter is how long after its end five minutes are asked about for the first time: edges report each minute of what was
// half a minute ago, and the center waits as long.
const askAfter = 3 * time.Minute

// Asked is what the center's assistant said of the load of regions during the run.
type Asked struct {
	// Times is of how many five minutes the ranking was asked, again and again until it was right.
	Times int
	// Known are those whose regions, but for those of an edge that was cut off, were ranked as they were; Whole those with
	// all regions.
	Known, Whole int
	// KnownAfter and WholeAfter are how long that took at most since the five minutes ended, in event time.
	KnownAfter, WholeAfter time.Duration
}

// asking is a question that is asked until its answer is right.
type asking struct {
	from        time.Time
	known, said map[string]float64 // of regions whose edge was not cut off; what was said last
	knownRight  bool
}

// begin adds the question which region had the most users in the five minutes from then on.
func (d *deployment) begin(from time.Time, home map[string]int) {
	q := &asking{from: from, known: d.users(from)}
	end := from.Add(5 * time.Minute).Sub(d.start)
	for region := range q.known {
		if home[region] == 0 && end > d.o.Cut && from.Sub(d.start) < d.o.Cut+d.o.CutFor {
			delete(q.known, region)
		}
	}
	d.asked.Times++
	d.asking = append(d.asking, q)
}

// users are the visitors of each region in five minutes.
func (d *deployment) users(from time.Time) map[string]float64 {
	out := map[string]float64{}
	for b, s := range d.truth.buckets {
		if region, ok := strings.CutPrefix(b.key, "braid.region="); ok && b.identity == "session" && b.tier == 5*time.Minute && b.start == from.UnixNano() {
			out[region] = s.Estimate().Value
		}
	}
	return out
}

// ask asks what was not answered right so far, at a moment of event time.
func (d *deployment) ask(ctx context.Context, at time.Time) error {
	var open []*asking
	for _, q := range d.asking {
		said, err := d.regions(ctx, q.from)
		var refused *askclient.Problem
		if err != nil && !errors.As(err, &refused) {
			return err
		}
		q.said = said
		after := at.Sub(q.from) - 5*time.Minute
		if !q.knownRight && ranked(said, q.known) {
			q.knownRight = true
			d.asked.Known++
			d.asked.KnownAfter = max(d.asked.KnownAfter, after)
		}
		if !ranked(said, d.users(q.from)) {
			open = append(open, q)
			continue
		}
		d.asked.Whole++
		d.asked.WholeAfter = max(d.asked.WholeAfter, after)
	}
	d.asking = open
	return nil
}

// ranked reports whether an answer ranks regions as they were. What was equal may come in any order.
func ranked(said, want map[string]float64) bool {
	last, found := math.Inf(1), 0
	for _, region := range ranking(said) {
		users, known := want[region]
		if !known {
			continue
		}
		if users > last {
			return false
		}
		last = users
		found++
	}
	return found == len(want) && found > 0
}

// regions is the load of each region as the assistant says, by its table.
func (d *deployment) regions(ctx context.Context, from time.Time) (map[string]float64, error) {
	client := askclient.Client{URL: strings.TrimSuffix(d.center.endpoints.PageURL(), "/"), HTTP: d.center.client()}
	body, err := client.Ask(ctx, query.Question{
		Text: "which region has the highest load?", Language: "en", TimeZone: "UTC",
		Corrections: map[string]string{"time": fmt.Sprintf("date:%s@%s-%s", from.Format(time.DateOnly), from.Format("15:04"), from.Add(5*time.Minute).Format("15:04"))},
	})
	if err != nil {
		return nil, fmt.Errorf("asking the center: %w", err)
	}
	var a answer.Answer
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, fmt.Errorf("reading what the center says: %w", err)
	}
	out := map[string]float64{}
	for _, t := range a.Tables {
		for _, row := range t.Rows {
			if len(row) > 1 && row[0].Link != nil && row[1].Value != nil {
				_, region, _ := strings.Cut(row[0].Link.Path, "region=")
				out[region] = *row[1].Value
			}
		}
	}
	return out, nil
}

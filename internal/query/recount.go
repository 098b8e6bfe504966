package query

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/measure"
)

// How the past of regions is counted again.
const (
	recountTier   = 5 * time.Minute  // of the sketches that are read; also the window of what is counted live
	recountAfter  = 10 * time.Minute // younger than this the live count is as good, and further
	recountLong   = 3 * time.Hour    // the longest time that is counted again
	recountPlaces = 200              // the most regions
)

// cited is where the rows are from.
func (r *reading) cited() string { return cmp.Or(r.recounted, r.query) }

// recount replaces what a center counted live in a time that is over by what it knows of it today. An edge that was cut off
// sends later what it counted; that enters the sketches, not the counts of then. It changes nothing where no edges report.
func (in *inquiry) recount(ctx context.Context, r *reading) error {
	w := r.window
	first := w.Start.Add(recountTier - 1).Truncate(recountTier)
	n := int(w.End.Truncate(recountTier).Sub(first) / recountTier)
	switch {
	case !in.lore.metrics["braid_edge_up"] || r.source == nil || r.source.Identity == "":
		return nil
	case n < 1 || w.End.Sub(w.Start) > recountLong || w.End.After(in.now.Add(-recountAfter)):
		return nil
	}
	var regions []string
	for _, known := range in.lore.names.Regions {
		regions = append(regions, known.ID)
	}
	for _, x := range r.rows {
		regions = append(regions, x.names[0])
	}
	slices.Sort(regions)
	regions = slices.Compact(regions)
	var rows []row
	for _, region := range regions[:min(len(regions), recountPlaces)] {
		page, err := in.records.Sketches(ctx, history.SketchQuery{
			Tenant: in.tenant, Identity: r.source.Identity, Key: map[string]string{"braid.region": region}, Tier: recountTier,
			Window: history.Window{From: first, To: first.Add(time.Duration(n) * recountTier)}, Limit: n,
		})
		if err != nil {
			return err
		}
		users := 0.0
		for i := range page.Items {
			users += float64(page.Items[i].Users)
		}
		if users > 0 {
			rows = append(rows, row{names: []string{region}, value: users / float64(n)})
		}
	}
	if len(rows) > 0 {
		r.rows, r.recounted = rows, fmt.Sprintf("sketches of %s each, by %s", measure.Duration(recountTier), measure.Region)
	}
	return nil
}

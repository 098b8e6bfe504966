package incidenteval

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Quiet prints how many incidents are told of in simulated shops in which nothing is wrong.
func Quiet(ctx context.Context, seeds, users int, report io.Writer) error {
	incidents, length := 0, time.Duration(0)
	for seed := range seeds {
		out, err := Planted(ctx, Shop{Seed: uint64(seed) + 1, Users: users})
		if err != nil {
			return err
		}
		length += before + after
		for _, r := range out.Reports {
			if r.Phase == "opened" {
				incidents++
				fmt.Fprintf(report, "shop %d %s %s\n", seed+1, r.At.Format("15:04:05"), r.Title)
			}
		}
	}
	fmt.Fprintf(report, "%d shops of %d visitors: %d incidents in %v of quiet, %.2f an hour\n", seeds, users, incidents, length, float64(incidents)/length.Hours())
	return nil
}

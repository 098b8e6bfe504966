package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/braidotel/braid/internal/backtest"
	"github.com/braidotel/braid/internal/chart"
	"github.com/braidotel/braid/internal/seasonal"
)

type plotOptions struct {
	seasonalOptions
	output         string
	last, forecast time.Duration
	limit          float64
}

func newSeasonalPlot() *cobra.Command {
	var o plotOptions
	cmd := &cobra.Command{
		Use:   "plot FILE.csv",
		Short: "Draw a series with its usual band, its unusual points and its forecast",
		Example: `  braidctl seasonal plot --time-zone Asia/Seoul --limit 0.9 --output memory.png memory.csv
  braidctl seasonal plot --last 168h --forecast 48h --output users.svg users.csv.gz`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error { return o.plot(cmd, files[0]) },
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.StringVarP(&o.output, "output", "o", "", "file to write, .png or .svg (the input's name with .png)")
	f.DurationVar(&o.last, "last", 14*24*time.Hour, "how much of the series to draw, up to its end; 0 is all")
	f.DurationVar(&o.forecast, "forecast", 24*time.Hour, "how far to forecast beyond the end, up to 168h")
	f.Float64Var(&o.limit, "limit", math.NaN(), "a limit to draw and to give the probabilities of")
	return cmd
}

const (
	// forecastPoints is how many points a drawn forecast has.
	forecastPoints = 200

	longestForecast = 7 * 24 * time.Hour
)

func (o *plotOptions) plot(cmd *cobra.Command, file string) error {
	if o.forecast < 0 || o.forecast > longestForecast {
		return fmt.Errorf("--forecast %s must lie between 0 and %s", o.forecast, longestForecast)
	}
	if o.last < 0 {
		return fmt.Errorf("--last %s must not be negative", o.last)
	}
	if o.output == "" {
		o.output = strings.TrimSuffix(strings.TrimSuffix(file, ".gz"), ".csv") + ".png"
	}
	drawing := chart.Chart{Title: filepath.Base(file), Limit: o.limit}
	run, err := o.run(cmd, file, func(_ *backtest.Run, row backtest.Row) error {
		drawing.Series = o.keep(drawing.Series, row)
		return nil
	})
	if err != nil {
		return err
	}
	if drawing.Location, err = time.LoadLocation(o.zone); err != nil {
		return err
	}
	drawing.Forecast = o.foretell(run)
	var image bytes.Buffer
	if err := drawing.Write(&image, strings.TrimPrefix(filepath.Ext(o.output), ".")); err != nil {
		return fmt.Errorf("--output %s: %w", o.output, err)
	}
	if err := os.WriteFile(o.output, image.Bytes(), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: %d points, forecast to %s\n", o.output, len(drawing.Series),
		rfc3339(run.Summary().Last.Add(o.forecast)))
	return o.tellLimit(cmd, run)
}

// keep appends the point and forgets those before the stretch that is drawn.
func (o *plotOptions) keep(points []chart.Point, row backtest.Row) []chart.Point {
	if row.Verdict.Outcome != seasonal.Learnt {
		return points
	}
	for o.last > 0 && len(points) > 0 && row.At.Sub(points[0].At) > o.last {
		points = points[1:]
	}
	return append(points, chart.Point{
		At: row.At, Value: row.Value, Band: row.Verdict.Usual, Alarm: row.Verdict.Alarm, Unusual: row.Verdict.Active,
	})
}

func (o *plotOptions) foretell(run *backtest.Run) []chart.Point {
	var out []chart.Point
	last := run.Summary().Last
	for i := 1; i <= forecastPoints && o.forecast > 0; i++ {
		lead := o.forecast * time.Duration(i) / forecastPoints
		out = append(out, chart.Point{At: last.Add(lead), Value: math.NaN(), Band: run.Series().Forecast(lead)})
	}
	return out
}

// tellLimit prints how likely the limit is passed.
func (o *plotOptions) tellLimit(cmd *cobra.Command, run *backtest.Run) error {
	if math.IsNaN(o.limit) {
		return nil
	}
	table := newTable(cmd.OutOrStdout())
	for _, lead := range []time.Duration{time.Hour, 3 * time.Hour, 6 * time.Hour, 24 * time.Hour} {
		if p := run.Series().Exceed(o.limit, lead); !math.IsNaN(p) {
			table.row(fmt.Sprintf("above %g in %s", o.limit, hours(lead)), fmt.Sprintf("%.0f %%", 100*p), rfc3339(run.Summary().Last.Add(lead)))
		}
	}
	return table.flush()
}

package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/braidotel/braid/internal/backtest"
	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
	"github.com/braidotel/braid/internal/seriescsv"
)

// seasonalOptions are the flags that all seasonal commands share: how the file is laid out, how the series is judged.
type seasonalOptions struct {
	zone, season, direction string
	timeColumn, valueColumn string
	floor, ceiling          float64
	minDev, threshold       float64
}

func newSeasonal() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "seasonal",
		Short: "Try the seasonal model on a recorded series",
		Long: `Run the model of the seasonality processor over a CSV file, point by point as it would run live, to judge it before it
is deployed. A file has a column of times and one of values, plain or gzip; a header is optional. Times are RFC 3339,
like "2026-03-02 15:04:05" in the zone of --time-zone, or seconds since 1970.`,
	}
	cmd.AddCommand(newSeasonalFit(), newSeasonalScore(), newSeasonalPlot())
	return cmd
}

func (o *seasonalOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.zone, "time-zone", "UTC", "zone of the pattern, and of times that name none, such as Asia/Seoul")
	f.StringVar(&o.season, "season", "auto", "longest pattern: auto, day, week or none")
	f.StringVar(&o.direction, "direction", "both", "deviations that count: both, above or below")
	f.Float64Var(&o.floor, "floor", math.NaN(), "smallest possible value")
	f.Float64Var(&o.ceiling, "ceiling", math.NaN(), "largest possible value")
	f.Float64Var(&o.minDev, "min-dev", 0, "smallest deviation worth an alarm, in the units of the series")
	f.Float64Var(&o.threshold, "threshold", 0, "score from which a point is unusual, 0 to 1; 0 is the model's default")
	f.StringVar(&o.timeColumn, "time-column", "", "name of the column of times (the first)")
	f.StringVar(&o.valueColumn, "value-column", "", "name of the column of values (the second)")
}

var (
	seasons = map[string]seasonal.Season{
		"auto": seasonal.SeasonAuto, "day": seasonal.SeasonDay, "week": seasonal.SeasonWeek, "none": seasonal.SeasonNone,
	}
	directions = map[string]seasonal.Direction{"both": seasonal.Both, "above": seasonal.Above, "below": seasonal.Below}
)

// model returns what the flags say of the model.
func (o *seasonalOptions) model() (*seasonal.Options, error) {
	model := seasonal.NewOptions()
	var known bool
	var err error
	if model.Location, err = time.LoadLocation(o.zone); err != nil {
		return nil, fmt.Errorf("--time-zone must be a name such as Asia/Seoul: %w", err)
	}
	if model.Season, known = seasons[o.season]; !known {
		return nil, fmt.Errorf("--season %q must be auto, day, week or none", o.season)
	}
	if model.Direction, known = directions[o.direction]; !known {
		return nil, fmt.Errorf("--direction %q must be both, above or below", o.direction)
	}
	if o.floor >= o.ceiling {
		return nil, fmt.Errorf("--floor %v must be below --ceiling %v", o.floor, o.ceiling)
	}
	if o.threshold < 0 || o.threshold > 1 {
		return nil, fmt.Errorf("--threshold %v must lie between 0 and 1", o.threshold)
	}
	if o.minDev < 0 {
		return nil, fmt.Errorf("--min-dev %v must not be negative", o.minDev)
	}
	model.Floor, model.Ceiling, model.MinDev, model.Threshold = o.floor, o.ceiling, o.minDev, o.threshold
	return model, nil
}

// run feeds the file to a new model and shows each point to visit. Rows that are no points are told of on stderr.
func (o *seasonalOptions) run(cmd *cobra.Command, file string, visit func(*backtest.Run, backtest.Row) error) (*backtest.Run, error) {
	model, err := o.model()
	if err != nil {
		return nil, err
	}
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	run := backtest.New(model)
	layout := seriescsv.Options{Location: model.Location, TimeColumn: o.timeColumn, ValueColumn: o.valueColumn}
	for p, err := range seriescsv.Read(in, layout) {
		if cmd.Context().Err() != nil {
			return nil, errInterrupted
		}
		if row := (*seriescsv.RowError)(nil); errors.As(err, &row) {
			fmt.Fprintln(cmd.ErrOrStderr(), "left out:", row)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if err := visit(run, run.Observe(p.At, p.Value)); err != nil {
			return nil, err
		}
	}
	if summary := run.Summary(); summary.Points[seasonal.Learnt] == 0 {
		return nil, fmt.Errorf("%s: no row has both a time and a number", file)
	}
	return run, nil
}

func newSeasonalScore() *cobra.Command {
	var o seasonalOptions
	cmd := &cobra.Command{
		Use:     "score FILE.csv",
		Short:   "Print every point with its score, whether it is unusual, and the usual band",
		Example: `  braidctl seasonal score --time-zone Asia/Seoul users.csv > scored.csv`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, files []string) error { return o.score(cmd, files[0]) },
	}
	o.flags(cmd)
	return cmd
}

func (o *seasonalOptions) score(cmd *cobra.Command, file string) error {
	out := csv.NewWriter(cmd.OutOrStdout())
	if err := out.Write([]string{"time", "value", "score", "alarm", "unusual", "low", "median", "high"}); err != nil {
		return err
	}
	_, err := o.run(cmd, file, func(_ *backtest.Run, row backtest.Row) error { return out.Write(scored(row)) })
	out.Flush()
	return errors.Join(err, out.Error())
}

func scored(row backtest.Row) []string {
	v := &row.Verdict
	if v.Outcome != seasonal.Learnt {
		return []string{rfc3339(row.At), number(row.Value), "", "", "", "", "", ""}
	}
	return []string{
		rfc3339(row.At), number(row.Value), strconv.FormatFloat(v.Score, 'f', 6, 64),
		strconv.FormatBool(v.Alarm), strconv.FormatBool(v.Active),
		number(v.Usual.Low), number(v.Usual.Median), number(v.Usual.High),
	}
}

func rfc3339(at eventtime.Instant) string { return at.Time().Format(time.RFC3339) }

// number writes six significant digits, and nothing for what is unknown.
func number(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}

func newSeasonalFit() *cobra.Command {
	var o seasonalOptions
	cmd := &cobra.Command{
		Use:   "fit FILE.csv",
		Short: "Print the pattern a series has taught the model, and how good its bands and forecasts were",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			run, err := o.run(cmd, files[0], func(*backtest.Run, backtest.Row) error { return nil })
			if err != nil {
				return err
			}
			zone, err := time.LoadLocation(o.zone)
			if err != nil {
				return err
			}
			return errors.Join(describe(cmd.OutOrStdout(), run), pattern(cmd.OutOrStdout(), run, zone))
		},
	}
	o.flags(cmd)
	return cmd
}

// describe prints the figures of a run.
func describe(w io.Writer, run *backtest.Run) error {
	s := run.Summary()
	table := newTable(w)
	table.row("points learnt", s.Points[seasonal.Learnt])
	for _, outcome := range []seasonal.Outcome{seasonal.Duplicate, seasonal.Late, seasonal.Invalid} {
		if n := s.Points[outcome]; n > 0 {
			table.row("left out: "+outcome.String(), n)
		}
	}
	table.row("first, last", rfc3339(s.First), rfc3339(s.Last))
	table.row("alarms, a week", s.Alarms, fmt.Sprintf("%.2f", s.AlarmsPerWeek()))
	table.row("unusual points", s.Unusual)
	table.row("")
	table.row("forecast", "within its 90 % band", "error / the same as a day before", "forecasts")
	for i := range s.Leads {
		lead := &s.Leads[i]
		if lead.Forecasts == 0 {
			continue
		}
		table.row(hours(lead.Ahead), fmt.Sprintf("%.1f %%", 100*lead.Coverage()), ratio(lead.Relative()), lead.Forecasts)
	}
	table.row("")
	return table.flush()
}

// ratio writes a ratio; one over nothing, as of a series that is the same every day, says nothing.
func ratio(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

func hours(d time.Duration) string { return fmt.Sprintf("%g h", d.Hours()) }

// pattern prints the usual median by hour and weekday, for the week before the last point.
func pattern(w io.Writer, run *backtest.Run, zone *time.Location) error {
	last := run.Summary().Last.Time().In(zone)
	monday := time.Date(last.Year(), last.Month(), last.Day(), 0, 0, 0, 0, zone)
	for monday.Weekday() != time.Monday {
		monday = monday.AddDate(0, 0, -1)
	}
	table := newTable(w)
	head := []any{"usual at"}
	for d := range 7 {
		head = append(head, monday.AddDate(0, 0, d).Format("Mon"))
	}
	table.row(head...)
	for hour := range 24 {
		row := []any{fmt.Sprintf("%02d:00", hour)}
		for d := range 7 {
			at := time.Date(monday.Year(), monday.Month(), monday.Day()+d, hour, 0, 0, 0, zone)
			row = append(row, number(run.Series().Usual(eventtime.Of(at)).Median))
		}
		table.row(row...)
	}
	return table.flush()
}

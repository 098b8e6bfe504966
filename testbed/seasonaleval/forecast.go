package seasonaleval

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
	"github.com/braidotel/braid/internal/seriescsv"
)

// Forecast feeds every series of dataDir/forecast/protocol.csv to a model, row by row and with the same options save for
// the time zone, and writes what it forecast at the origins of the protocol to outDir/forecast/<series>.csv with the
// columns origin, timestamp, actual, q05, q50, q95 and prob_exceed. It prints how calibrated they were.
func Forecast(dataDir, outDir string, report io.Writer) error {
	in, out := filepath.Join(dataDir, "forecast"), filepath.Join(outDir, "forecast")
	plans, err := readProtocol(filepath.Join(in, "protocol.csv"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("making the folder of forecasts: %w", err)
	}
	var total summary
	for i := range plans {
		p := &plans[i]
		if err := p.run(&total, filepath.Join(in, p.series+".csv"), filepath.Join(out, p.series+".csv")); err != nil {
			return fmt.Errorf("series %s: %w", p.series, err)
		}
	}
	return total.print(report)
}

// plan is one line of the protocol.
type plan struct {
	series    string
	step      time.Duration
	start     eventtime.Instant // of the test
	every     time.Duration     // from origin to origin
	horizon   int               // steps
	threshold float64
	zone      *time.Location
}

func readProtocol(path string) ([]plan, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the protocol: %w", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	const columns = "series,kind,step_s,season_steps,test_start,origin_step_s,horizon_steps,threshold,timezone"
	if len(rows) == 0 || strings.Join(rows[0], ",") != columns {
		return nil, fmt.Errorf("%s: the columns must be %s", path, columns)
	}
	plans := make([]plan, 0, len(rows)-1)
	for i, r := range rows[1:] {
		p, err := newPlan(r)
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", path, i+2, err)
		}
		plans = append(plans, p)
	}
	return plans, nil
}

func newPlan(r []string) (plan, error) {
	step, err1 := strconv.Atoi(r[2])
	start, err2 := time.Parse(timeLayout, r[4])
	every, err3 := strconv.Atoi(r[5])
	horizon, err4 := strconv.Atoi(r[6])
	threshold, err5 := strconv.ParseFloat(r[7], 64)
	zone, err6 := zoneOf(r[8])
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		return plan{}, err
	}
	if !filepath.IsLocal(r[0]) {
		return plan{}, fmt.Errorf("series %q is not a path below the folder", r[0])
	}
	if step <= 0 || every <= 0 || horizon <= 0 {
		return plan{}, errors.New("step_s, origin_step_s and horizon_steps must be positive")
	}
	return plan{
		series: r[0], step: time.Duration(step) * time.Second, start: eventtime.Of(start),
		every: time.Duration(every) * time.Second, horizon: horizon, threshold: threshold, zone: zone,
	}, nil
}

// zoneOf reads the last column. "UTC (true zone X; …)" is a series in UTC whose users live in X; everything else is
// taken as it is written, without a zone.
func zoneOf(s string) (*time.Location, error) {
	_, name, ok := strings.Cut(s, "true zone ")
	if !ok {
		return time.UTC, nil
	}
	if end := strings.IndexAny(name, ";)"); end >= 0 {
		name = name[:end]
	}
	return time.LoadLocation(strings.TrimSpace(name))
}

func (p *plan) run(total *summary, in, out string) error {
	src, err := os.Open(in)
	if errors.Is(err, os.ErrNotExist) {
		src, err = os.Open(in + ".gz")
	}
	if err != nil {
		return fmt.Errorf("opening the series: %w", err)
	}
	defer src.Close()
	var points []seriescsv.Point
	for point, err := range seriescsv.Read(src, seriescsv.Options{}) {
		if _, ok := errors.AsType[*seriescsv.RowError](err); ok {
			continue
		}
		if err != nil {
			return fmt.Errorf("reading the series: %w", err)
		}
		points = append(points, point)
	}
	dst, err := os.Create(out)
	if err != nil {
		return fmt.Errorf("creating the forecasts: %w", err)
	}
	w := bufio.NewWriter(dst)
	err = p.write(total, w, points)
	return errors.Join(err, w.Flush(), dst.Close())
}

// write replays the points and forecasts at each origin. The points after it serve only to tell which times the data have.
func (p *plan) write(total *summary, w io.Writer, points []seriescsv.Point) error {
	if _, err := fmt.Fprintln(w, "origin,timestamp,actual,q05,q50,q95,prob_exceed"); err != nil {
		return err
	}
	options := seasonal.NewOptions()
	options.Location = p.zone
	model := seasonal.New(options)
	next := 0
	for origin := p.start.Add(-p.step); len(points) > 0 && origin < points[len(points)-1].At; origin = origin.Add(p.every) {
		for ; next < len(points) && points[next].At <= origin; next++ {
			model.Observe(points[next].At, points[next].Value)
		}
		if next == 0 {
			continue
		}
		last := points[next-1].At
		end := origin.Add(time.Duration(p.horizon) * p.step)
		for _, point := range points[next:] {
			if point.At > end {
				break
			}
			lead := point.At.Sub(last)
			band := model.Forecast(lead)
			exceed := model.Exceed(p.threshold, lead)
			if math.IsNaN(band.Median + exceed) {
				continue
			}
			total.add(p, point.At, point.Value, band, exceed)
			if _, err := fmt.Fprintf(w, "%s,%s,%.8g,%.8g,%.8g,%.8g,%.5f\n", stamp(origin), stamp(point.At), point.Value,
				band.Low, band.Median, band.High, exceed); err != nil {
				return err
			}
		}
	}
	return nil
}

// Package chart draws a metric series with what the seasonal model says of it: the usual band, the unusual points, the
// forecast and a limit.
package chart

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	_ "gonum.org/v1/plot/vg/vgimg" // draws PNG
	_ "gonum.org/v1/plot/vg/vgsvg" // draws SVG

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
)

// Formats are the formats that Write knows.
var Formats = []string{"png", "svg"}

// Point is a point in time: a value, the band around it, or both. What is not known is NaN.
type Point struct {
	At    eventtime.Instant
	Value float64
	Band  seasonal.Band
	// Alarm marks the point that opened an episode, Unusual those within one.
	Alarm, Unusual bool
}

// Chart is what is to be drawn.
type Chart struct {
	// Title stands above the chart.
	Title string
	// Location is the zone of the time axis. Nil means UTC.
	Location *time.Location
	// Series are the points that were seen, in order of time, Forecast those that are foretold.
	Series, Forecast []Point
	// Limit is drawn as a line across. NaN means none.
	Limit float64
	// Width and Height are in points (1/72 inch). Zero means 1,080 by 420.
	Width, Height int
}

const (
	defaultWidth, defaultHeight = 1080, 420

	dayPerMark = 24 * time.Hour
)

// The colours are those of Okabe and Ito (2008): told apart by nearly every eye, and in grey.
var (
	ink        = color.NRGBA{A: 255}
	blue       = color.NRGBA{G: 114, B: 178, A: 255}
	paleBlue   = color.NRGBA{R: 86, G: 180, B: 233, A: 80}
	vermilion  = color.NRGBA{R: 213, G: 94, A: 255}
	orange     = color.NRGBA{R: 230, G: 159, A: 255}
	paleOrange = color.NRGBA{R: 230, G: 159, A: 80}
	grey       = color.NRGBA{R: 120, G: 120, B: 120, A: 255}
	paleGrey   = color.NRGBA{R: 225, G: 225, B: 225, A: 255}
)

var errEmpty = errors.New("there is nothing to draw")

// Write draws the chart in one of Formats.
func (c *Chart) Write(w io.Writer, format string) error {
	if !slices.Contains(Formats, format) {
		return fmt.Errorf("format %q is not among %q", format, Formats)
	}
	if len(c.Series) == 0 && len(c.Forecast) == 0 {
		return errEmpty
	}
	p := plot.New()
	p.Title.Text = c.Title
	p.Legend.Top, p.Legend.Left = true, true
	p.X.Tick.Marker = plot.TickerFunc(c.days)
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = paleGrey, paleGrey
	p.Add(grid)
	if err := errors.Join(
		c.drawBand(p, "usual, 90 %", c.Series, paleBlue, blue),
		c.drawBand(p, "forecast, 90 %", c.Forecast, paleOrange, orange),
		c.drawValues(p),
		c.drawUnusual(p),
		c.drawLimit(p),
	); err != nil {
		return fmt.Errorf("drawing: %w", err)
	}
	width, height := c.Width, c.Height
	if width <= 0 || height <= 0 {
		width, height = defaultWidth, defaultHeight
	}
	out, err := p.WriterTo(vg.Length(width), vg.Length(height), format)
	if err != nil {
		return fmt.Errorf("drawing %s: %w", format, err)
	}
	_, err = out.WriteTo(w)
	return err
}

func x(at eventtime.Instant) float64 { return float64(at) / float64(time.Second) }

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// runs splits points into stretches in which all are wanted, so that gaps stay gaps.
func runs(points []Point, wanted func(*Point) bool) [][]Point {
	var out [][]Point
	begin := -1
	for i := range points {
		switch ok := wanted(&points[i]); {
		case ok && begin < 0:
			begin = i
		case !ok && begin >= 0:
			out = append(out, points[begin:i])
			begin = -1
		}
	}
	if begin >= 0 {
		out = append(out, points[begin:])
	}
	return out
}

func line(points []Point, y func(*Point) float64) plotter.XYs {
	xys := make(plotter.XYs, len(points))
	for i := range points {
		xys[i] = plotter.XY{X: x(points[i].At), Y: y(&points[i])}
	}
	return xys
}

// drawBand fills the space between the bounds and draws the median through it.
func (c *Chart) drawBand(p *plot.Plot, name string, points []Point, fill, stroke color.Color) error {
	known := func(pt *Point) bool { return finite(pt.Band.Low) && finite(pt.Band.Median) && finite(pt.Band.High) }
	for i, run := range runs(points, known) {
		outline := line(run, func(pt *Point) float64 { return pt.Band.High })
		low := line(run, func(pt *Point) float64 { return pt.Band.Low })
		slices.Reverse(low)
		band, err := plotter.NewPolygon(append(outline, low...))
		if err != nil {
			return err
		}
		band.Color, band.LineStyle = fill, draw.LineStyle{}
		median, err := plotter.NewLine(line(run, func(pt *Point) float64 { return pt.Band.Median }))
		if err != nil {
			return err
		}
		median.LineStyle = draw.LineStyle{Color: stroke, Width: vg.Points(0.8), Dashes: []vg.Length{3, 2}}
		p.Add(band, median)
		if i == 0 {
			p.Legend.Add(name, band, median)
		}
	}
	return nil
}

func (c *Chart) drawValues(p *plot.Plot) error {
	for i, run := range runs(c.Series, func(pt *Point) bool { return finite(pt.Value) }) {
		values, err := plotter.NewLine(line(run, func(pt *Point) float64 { return pt.Value }))
		if err != nil {
			return err
		}
		values.LineStyle = draw.LineStyle{Color: ink, Width: vg.Points(0.7)}
		p.Add(values)
		if i == 0 {
			p.Legend.Add("seen", values)
		}
	}
	return nil
}

// drawUnusual marks episodes: small dots while one lasts, a ring where it was announced.
func (c *Chart) drawUnusual(p *plot.Plot) error {
	for _, mark := range []struct {
		name   string
		wanted func(*Point) bool
		style  draw.GlyphStyle
	}{
		{"unusual", func(pt *Point) bool { return pt.Unusual }, draw.GlyphStyle{Color: vermilion, Radius: vg.Points(1.4), Shape: draw.CircleGlyph{}}},
		{"alarm", func(pt *Point) bool { return pt.Alarm }, draw.GlyphStyle{Color: vermilion, Radius: vg.Points(5), Shape: draw.RingGlyph{}}},
	} {
		var xys plotter.XYs
		for _, run := range runs(c.Series, func(pt *Point) bool { return mark.wanted(pt) && finite(pt.Value) }) {
			xys = append(xys, line(run, func(pt *Point) float64 { return pt.Value })...)
		}
		if len(xys) == 0 {
			continue
		}
		marks, err := plotter.NewScatter(xys)
		if err != nil {
			return err
		}
		marks.GlyphStyle = mark.style
		p.Add(marks)
		p.Legend.Add(mark.name, marks)
	}
	return nil
}

func (c *Chart) drawLimit(p *plot.Plot) error {
	if !finite(c.Limit) {
		return nil
	}
	limit, err := plotter.NewLine(plotter.XYs{{X: p.X.Min, Y: c.Limit}, {X: p.X.Max, Y: c.Limit}})
	if err != nil {
		return err
	}
	limit.LineStyle = draw.LineStyle{Color: grey, Width: vg.Points(1), Dashes: []vg.Length{6, 3}}
	p.Add(limit)
	p.Legend.Add("limit", limit)
	return nil
}

// days marks the axis at midnights of the zone, at about ten of them; shorter spans at even hours.
func (c *Chart) days(low, high float64) []plot.Tick {
	zone := c.Location
	if zone == nil {
		zone = time.UTC
	}
	from, to := time.Unix(int64(low), 0).In(zone), time.Unix(int64(high), 0).In(zone)
	const marks = 10
	if days := int(to.Sub(from)/dayPerMark) + 1; days > 2 {
		return ticks(from, to, func(t time.Time) time.Time { return t.AddDate(0, 0, 1+(days-1)/marks) }, "Mon 2 Jan")
	}
	hours := 1 + int(to.Sub(from)/time.Hour)/marks
	return ticks(from, to, func(t time.Time) time.Time { return t.Add(time.Duration(hours) * time.Hour) }, "15:04")
}

// ticks labels the times between from and to that steps from the midnight before from reach.
func ticks(from, to time.Time, step func(time.Time) time.Time, layout string) []plot.Tick {
	var out []plot.Tick
	year, month, day := from.Date()
	for t := time.Date(year, month, day, 0, 0, 0, 0, from.Location()); !t.After(to); t = step(t) {
		if !t.Before(from) {
			out = append(out, plot.Tick{Value: float64(t.Unix()), Label: t.Format(layout)})
		}
	}
	return out
}

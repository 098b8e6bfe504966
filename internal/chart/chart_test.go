package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
)

var monday = eventtime.Of(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))

func sample() *Chart {
	nan := math.NaN()
	c := &Chart{Title: "users <online>", Limit: 160}
	for hour := range 72 {
		value := 100 + 50*math.Sin(2*math.Pi*float64(hour)/24)
		p := Point{At: monday.Add(time.Duration(hour) * time.Hour), Value: value}
		if p.Band = (seasonal.Band{Low: nan, Median: nan, High: nan}); hour >= 24 {
			p.Band = seasonal.Band{Low: value - 10, Median: value, High: value + 10}
		}
		p.Alarm, p.Unusual = hour == 50, hour >= 50 && hour < 54
		c.Series = append(c.Series, p)
	}
	for hour := 72; hour < 96; hour++ {
		c.Forecast = append(c.Forecast, Point{
			At: monday.Add(time.Duration(hour) * time.Hour), Value: nan, Band: seasonal.Band{Low: 90, Median: 100, High: 110},
		})
	}
	c.Series[30].Value = math.Inf(1) // a gap, not a failure
	return c
}

func TestWrite_PNG_HasTheSizeAskedFor(t *testing.T) {
	c := sample()
	c.Width, c.Height = 720, 360
	var out bytes.Buffer
	require.NoError(t, c.Write(&out, "png"))
	image, err := png.Decode(&out)
	require.NoError(t, err)
	bounds := image.Bounds()
	assert.InDelta(t, 2, float64(bounds.Dx())/float64(bounds.Dy()), 0.01)
}

func TestWrite_SVG_IsWellFormedAndNamesWhatItShows(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, sample().Write(&out, "svg"))
	var text []string
	decoder := xml.NewDecoder(&out)
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if chars, ok := token.(xml.CharData); ok {
			text = append(text, string(chars))
		}
	}
	for _, want := range []string{"users <online>", "usual, 90 %", "forecast, 90 %", "seen", "unusual", "alarm", "limit", "Tue 3 Mar"} {
		assert.Contains(t, text, want)
	}
}

func TestWrite_Refused(t *testing.T) {
	require.ErrorIs(t, (&Chart{}).Write(io.Discard, "png"), errEmpty)
	require.ErrorContains(t, sample().Write(io.Discard, "gif"), `format "gif" is not among ["png" "svg"]`)
}

func TestDays_ShortSpan_MarksHoursOfTheZone(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Seoul")
	require.NoError(t, err)
	c := &Chart{Location: zone}
	begin := time.Date(2026, 3, 2, 9, 0, 0, 0, zone)
	marks := c.days(float64(begin.Unix()), float64(begin.Add(6*time.Hour).Unix()))
	require.NotEmpty(t, marks)
	assert.Equal(t, "09:00", marks[0].Label)
}

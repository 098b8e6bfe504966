package seasonaltraffic

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/braidotel/braid/internal/eventtime"
)

var monday = eventtime.Of(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))

func TestDense_EmptyWindows_AreZero(t *testing.T) {
	got := dense(map[eventtime.Instant]float64{monday: 2, monday.Add(3 * window): 5})
	assert.Equal(t, []point{
		{monday.Add(window), 2}, {monday.Add(2 * window), 0}, {monday.Add(3 * window), 0}, {monday.Add(4 * window), 5},
	}, got)
}

func TestMostInADay_CountsTheWorstDay(t *testing.T) {
	v := &verdicts{}
	for _, hour := range []int{0, 20, 30, 40, 43, 100} {
		v.alarms = append(v.alarms, monday.Add(time.Duration(hour)*time.Hour))
	}
	assert.Equal(t, 4, v.mostInADay()) // 20, 30, 40 and 43
}

func TestFloods_LullOfAnHour_EndsOne(t *testing.T) {
	v := &verdicts{}
	at := monday
	add := func(values ...float64) {
		for _, value := range values {
			v.rows = append(v.rows, judged(at, value, value > 100))
			at = at.Add(window)
		}
	}
	add(0, 60, 70, 0, 0, 120)
	at = at.Add(2 * time.Hour)
	add(60, 0)
	floods, seen := v.floods()
	assert.Equal(t, 2, floods)
	assert.Equal(t, 1, seen)
}

package replicas

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/sketch"
)

func sketchRecord(t *testing.T, c *counts, service string, start time.Time, visits ...string) plog.LogRecord {
	t.Helper()
	s := new(sketch.Sketch)
	for _, visit := range visits {
		s.Observe(c.hasher.SumString(visit))
	}
	frames, err := c.hasher.Seal(sketch.Frame{Subject: subject(service), Start: start, Tier: c.tier}, s)
	require.NoError(t, err)
	require.Len(t, frames, 1)
	record := plog.NewLogRecord()
	record.Attributes().PutStr("braid.identity", identity)
	if service != "" {
		record.Attributes().PutStr(serviceName, service)
	}
	record.Body().SetEmptyBytes().FromRaw(frames[0])
	return record
}

// A checker that has never failed proves nothing.
func TestCounts_AVisitMissing_IsNotEqual(t *testing.T) {
	truth, err := newCounts(time.Minute)
	require.NoError(t, err)
	at := time.Unix(1_800_000_000, 0)
	for _, visit := range []string{"a", "b", "c"} {
		truth.observe(visit, "shop", at.Add(time.Second))
	}
	got, err := newCounts(time.Minute)
	require.NoError(t, err)
	got.merge(sketchRecord(t, got, "shop", at, "a", "b"))
	got.merge(sketchRecord(t, got, "", at, "a", "b", "c"))
	wrong, deviations := got.against(truth)
	assert.Equal(t, 1, wrong)
	assert.Equal(t, []string{`service "shop", 1m0s from 08:00:00: 2 visits instead of 3`}, deviations)

	got.merge(sketchRecord(t, got, "shop", at, "c", "a")) // the late part, as another replica has it
	wrong, _ = got.against(truth)
	assert.Zero(t, wrong)

	got.merge(sketchRecord(t, got, "shop", at.Add(time.Hour), "a"))
	wrong, _ = got.against(truth)
	assert.Equal(t, 1, wrong, "nobody came then")

	truth.hasher, err = sketch.NewHasher([]byte("a secret of somebody else"), "")
	require.NoError(t, err)
	got.merge(sketchRecord(t, truth, "shop", at, "d"))
	wrong, _ = got.against(truth)
	assert.Equal(t, 2, wrong)
}

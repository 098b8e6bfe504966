package assistantextension

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/query"
)

// desk writes down what it is asked to write.
type desk struct {
	asked []string
	err   error
}

func (d *desk) WriteScheduled(_ context.Context, caller query.Caller, r query.ReportRequest, schedule string, at time.Time) (query.Report, error) {
	d.asked = append(d.asked, caller.Tenant+" "+schedule+" "+r.Period+" "+r.Audience+" "+r.Language+" "+at.Format("01-02 15:04"))
	return query.Report{ID: "ops-" + schedule}, d.err
}

func (d *desk) Report(_ context.Context, _ query.Caller, id, format string) ([]byte, error) {
	return []byte(id + " as " + format), nil
}

func TestClerk_Tick_WritesEachInstantOnce(t *testing.T) {
	dir := t.TempDir()
	cfg := createDefaultConfig().(*Config)
	cfg.TimeZone = "Asia/Seoul"
	cfg.Reports = []ReportConfig{
		{Name: "weekly", Cron: "0 9 * * 1", Tenant: "shop", Language: "ko", To: ReportTo{Directory: dir}},
		{Name: "daily", Cron: "0 8 * * *", Period: "yesterday", Audience: "exec"},
	}
	require.NoError(t, cfg.Validate())
	d := &desk{}
	c, err := newClerk(cfg, d, zap.NewNop())
	require.NoError(t, err)
	now := time.Date(2026, 11, 18, 14, 30, 0, 0, time.FixedZone("KST", 9*3600))

	c.tick(t.Context(), now)
	assert.Equal(t, []string{"shop weekly last_week ops ko 11-16 09:00", " daily yesterday exec en 11-18 08:00"}, d.asked, "what was missed is made up, the latest only")
	for _, format := range []string{"html", "md"} {
		body, err := os.ReadFile(filepath.Join(dir, "ops-weekly."+format))
		require.NoError(t, err)
		assert.Equal(t, "ops-weekly as "+format, string(body))
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 2, "no drafts")

	d.asked = nil
	c.tick(t.Context(), now.Add(time.Hour))
	assert.Empty(t, d.asked)
	d.err = errors.New("the disk is full")
	c.tick(t.Context(), now.Add(24*time.Hour))
	d.err = nil
	c.tick(t.Context(), now.Add(24*time.Hour))
	assert.Equal(t, []string{" daily yesterday exec en 11-19 08:00", " daily yesterday exec en 11-19 08:00"}, d.asked, "one that fails is tried again")

	d.asked, d.err = nil, query.ErrNotFound
	c.tick(t.Context(), now.Add(48*time.Hour))
	c.tick(t.Context(), now.Add(48*time.Hour))
	assert.Len(t, d.asked, 1, "there is no data of it, and will not be")
}

package periodical

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var errPeriod = errors.New("no such period")

// rules know last_week only, and no receivers.
var rules = Rules{Period: func(period string) error {
	if period != LastWeek {
		return errPeriod
	}
	return nil
}}

func TestValidate_Wrong_NamesTheField(t *testing.T) {
	for want, change := range map[string]func(*Config){
		`reports::1::name: "Weekly" is not 1 to 40`:           func(c *Config) { c.Name = "Weekly" },
		`reports::1::name: "first" is that of another`:        func(c *Config) { c.Name = "first" },
		`reports::1::cron: "often": expected exactly 5`:       func(c *Config) { c.Cron = "often" },
		`reports::1::time_zone: "Mars" is not an IANA`:        func(c *Config) { c.TimeZone = "Mars" },
		`reports::1::period: no such period`:                  func(c *Config) { c.Period = "soon" },
		`reports::1::audience: "all" is neither exec nor ops`: func(c *Config) { c.Audience = "all" },
		`reports::1::language: "fr" is neither ko nor en`:     func(c *Config) { c.Language = "fr" },
		`reports::1::to::formats: "pdf" is neither html`:      func(c *Config) { c.To.Formats = []string{"pdf"} },
		`reports::1::to::receivers: name the Alertmanager`:    func(c *Config) { c.To.Receivers = []string{"board"} },
	} {
		c := &Config{Name: "weekly", Cron: "@weekly"}
		reports := []*Config{{Name: "first", Cron: "0 9 * * 1"}, c}
		require.NoError(t, Validate(reports, rules))
		change(c)
		assert.ErrorContains(t, Validate(reports, rules), want)
	}
}

func TestCheckReceivers_Unknown_TellsThoseThereAre(t *testing.T) {
	c := Config{Name: "weekly", To: To{Receivers: []string{"board"}}}
	require.NoError(t, c.CheckReceivers([]string{"team", "board"}))
	assert.ErrorContains(t, c.CheckReceivers([]string{"team", "hook"}), `reports: weekly: to::receivers: notifications::file has no receiver "board"; it has team, hook`)
}

func TestSchedule_Zone_IsItsOwnOrTheGiven(t *testing.T) {
	seoul, err := time.LoadLocation("Asia/Seoul")
	require.NoError(t, err)
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for zone, want := range map[string]time.Time{
		"": time.Date(2026, 11, 22, 9, 0, 0, 0, seoul), "UTC": time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
	} {
		s, err := (&Config{Cron: "0 9 * * *", TimeZone: zone}).Schedule(seoul)
		require.NoError(t, err)
		last, ok := s.Last(now)
		require.True(t, ok)
		assert.True(t, want.Equal(last), "%q: %s", zone, last)
	}
}

func TestPlace_Files_AreWholeAndWrittenOnce(t *testing.T) {
	dir := t.TempDir()
	to := To{Directory: dir}
	require.NoError(t, to.Place("weekly", map[string][]byte{"md": []byte("first"), "html": []byte("<p>")}))
	require.NoError(t, to.Place("weekly", map[string][]byte{"md": []byte("second")}))
	body, err := os.ReadFile(filepath.Join(dir, "weekly.md"))
	require.NoError(t, err)
	assert.Equal(t, "first", string(body))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 2, "no drafts")
	require.NoError(t, (&To{}).Place("weekly", map[string][]byte{"md": nil}), "nowhere to go")

	to.Directory = filepath.Join(dir, "missing")
	assert.ErrorContains(t, to.Place("weekly", map[string][]byte{"md": nil}), "to::directory")
}

func TestNotice_Pages_AreAnnotations(t *testing.T) {
	c := Config{Name: "weekly"}.WithDefaults("ko")
	n := c.Notice("ops-1", "shop", "The week", "All well.", map[string][]byte{"md": []byte("# The week"), "html": []byte("<h1>")})
	assert.Equal(t, map[string]string{"title": "The week", "summary": "All well.", "markdown": "# The week", "html": "<h1>"}, n.Annotations)
	assert.Equal(t, map[string]string{
		"alertname": "BraidReport", "report": "weekly", "braid_id": "ops-1", "tenant": "shop", "audience": "ops", "language": "ko",
	}, n.Labels)
	assert.Positive(t, n.Lapse)
}

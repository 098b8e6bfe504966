package simulate

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseScenario_Texts_ParsedOrRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want Scenario
		err  string
	}{
		{text: "fault@20m/10m", want: Scenario{Fault, 20 * time.Minute, 10 * time.Minute}},
		{text: "fault@20m", want: Scenario{Fault, 20 * time.Minute, 15 * time.Minute}},
		{text: "hot-spot", want: Scenario{HotSpot, 40 * time.Minute, 15 * time.Minute}},
		{text: "earthquake", err: "earthquake"},
		{text: "fault@soon", err: "offset"},
		{text: "fault@1m/long", err: "length"},
		{text: "fault@-1m", err: "negative"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := ParseScenario(tt.text, 100*time.Minute)
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestScenario_LoginFlood_OneAddressRefused120TimesAMinute(t *testing.T) {
	t.Parallel()
	g, all := run(t, Config{Seed: 1, Start: evening, Duration: 4 * time.Minute, Users: 20,
		Scenarios: []Scenario{{Kind: LoginFlood, Offset: time.Minute, Length: 2 * time.Minute}}})
	perMinute := map[int64]int{}
	for _, b := range all {
		for _, s := range b.Spans {
			if stringAttr(s.Attrs, "client.address") == floodAddress {
				perMinute[(s.Start-evening.UnixNano())/int64(time.Minute)]++
				assert.Equal(t, "POST", s.Name)
			}
		}
	}
	assert.Equal(t, map[int64]int{1: 120, 2: 120}, perMinute)
	require.Len(t, g.Planted(), 1)
	assert.Equal(t, floodAddress, g.Planted()[0].Target["client.address"])
}

func TestScenario_Fault_OnlyPaymentsFailAndOnlyThen(t *testing.T) {
	t.Parallel()
	_, all := run(t, Config{Seed: 1, Start: evening, Duration: 20 * time.Minute, Users: 200,
		Scenarios: []Scenario{{Kind: Fault, Offset: 10 * time.Minute, Length: 5 * time.Minute}}})
	from := evening.Add(10 * time.Minute).UnixNano()
	failed := 0
	for _, b := range all {
		for _, s := range b.Spans {
			if stringAttr(s.Attrs, "error.type") == sqlTimeout {
				failed++
				assert.Equal(t, "shop-payment", stringAttr(s.Resource.Attrs, "service.name"))
				assert.GreaterOrEqual(t, s.Start, from)
				assert.Less(t, s.Start, from+int64(5*time.Minute)+int64(time.Second))
			}
		}
	}
	assert.Greater(t, failed, 3)
}

func TestScenario_HotSpot_OneRegionSwells(t *testing.T) {
	t.Parallel()
	cfg := Config{Seed: 1, Start: evening, Duration: 20 * time.Minute, Users: 200}
	requests := func(cfg Config) int {
		n := 0
		_, all := run(t, cfg)
		for _, b := range all {
			for _, s := range b.Spans {
				if s.Scope == scopeNginx && stringAttr(s.Resource.Attrs, "braid.region") == "busan" {
					n++
				}
			}
		}
		return n
	}
	calm := requests(cfg)
	cfg.Scenarios = []Scenario{{Kind: HotSpot, Length: 20 * time.Minute}}
	assert.Greater(t, requests(cfg), 2*calm)
}

func TestScenario_MemoryRamp_OnePodFillsUp(t *testing.T) {
	t.Parallel()
	g, all := run(t, Config{Seed: 1, Start: evening, Duration: 20 * time.Minute, Users: 50,
		Scenarios: []Scenario{{Kind: MemoryRamp, Length: 19 * time.Minute}}})
	pod := g.Planted()[0].Target["k8s.pod.name"]
	highest := map[string]float64{}
	for _, b := range all {
		for _, p := range b.Points {
			if p.Name == "jvm.memory.used" {
				name := stringAttr(p.Resource.Attrs, "k8s.pod.name")
				highest[name] = max(highest[name], p.Value/heapLimit)
			}
		}
	}
	require.Contains(t, highest, pod)
	for name, share := range highest {
		if name == pod {
			assert.Greater(t, share, 0.9)
		} else {
			assert.Less(t, share, 0.6)
		}
	}
}

// A duplicate log-in is two sessions of one user whose times from log-in to end overlap; the end is the log-out or thirty
// minutes after the last request. Nothing but the planted one may look like that.
func TestScenario_DuplicateLogin_ExactlyThePlantedOne(t *testing.T) {
	t.Parallel()
	for _, planted := range []bool{false, true} {
		cfg := Config{Seed: 9, Start: evening, Duration: 3 * time.Hour, Users: 60}
		if planted {
			cfg.Scenarios = []Scenario{{Kind: DuplicateLogin, Offset: 20 * time.Minute, Length: time.Hour}}
		}
		g, all := run(t, cfg)
		var want []string
		for _, p := range g.Planted() {
			want = append(want, p.Target["user.id"])
		}
		assert.Len(t, want, len(cfg.Scenarios))
		assert.Equal(t, want, overlapping(all))
	}
}

// overlapping finds users in two sessions at once from the cookies in the web spans.
func overlapping(all []Batch) (users []string) {
	type span struct{ from, to int64 }
	visits := map[string]map[string]*span{} // user → JSESSIONID of the log-in → time
	for _, b := range all {
		for _, s := range b.Spans {
			user, visit := cookieValue(s, "KHANUSER="), cookieValue(s, "JSESSIONID=")
			if s.Scope != scopeNginx || user == "" {
				continue
			}
			if visits[user] == nil {
				visits[user] = map[string]*span{}
			}
			to := s.End + int64(idleTimeout)
			if stringAttr(s.Attrs, "url.path") == "/logout" {
				to = s.End
			}
			if v := visits[user][visit]; v == nil {
				visits[user][visit] = &span{s.Start, to}
			} else {
				v.from, v.to = min(v.from, s.Start), max(v.to, to)
				if to == s.End {
					v.to = to
				}
			}
		}
	}
	for user, byVisit := range visits {
		for a, x := range byVisit {
			for b, y := range byVisit {
				if a < b && x.from < y.to && y.from < x.to {
					users = append(users, strings.ReplaceAll(user, "%40", "@"))
				}
			}
		}
	}
	return users
}

func cookieValue(s Span, name string) string {
	for _, a := range s.Attrs {
		if list, ok := a.Value.([]string); ok && a.Key == "http.request.header.cookie" {
			_, rest, _ := strings.Cut(list[0], name)
			value, _, _ := strings.Cut(rest, ";")
			return value
		}
	}
	return ""
}

package measure

import (
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var cuts = map[string]Cut{
	"all":     {},
	"by":      {By: []Dim{Service}},
	"where":   {Where: map[Dim][]string{Region: {"busan"}}},
	"both":    {Where: map[Dim][]string{Region: {"busan", "seoul"}}, By: []Dim{Service}},
	"hostile": {Where: map[Dim][]string{Service: {"a\"} or vector(1) #\\"}, Region: {"x|y", ".*\n"}}},
}

func TestSource_AnyCut_IsPromQL(t *testing.T) {
	p := parser.NewParser(parser.Options{})
	for _, m := range All() {
		for i := range m.Sources {
			s := &m.Sources[i]
			for name, cut := range cuts {
				if !s.Can(cut) {
					continue
				}
				queries := []string{s.Value(cut, 5*time.Minute), s.Value(cut, 24*time.Hour), s.Curve(cut, time.Minute)}
				if band, ok := s.Band(cut); ok {
					queries = append(queries, band)
				}
				for _, q := range queries {
					_, err := p.ParseExpr(q)
					require.NoError(t, err, "%s %s: %s", m.ID, name, q)
				}
			}
		}
	}
}

func TestSource_Keyed_TotalsOnly(t *testing.T) {
	s := users("user")
	assert.Equal(t, `sum(braid_concurrent_users{service_name="",braid_region="",braid_identity="user"})`, s.Value(Cut{}, time.Minute))
	assert.Equal(t, `sum by (braid_region) (braid_concurrent_users{service_name="",braid_region!="",braid_identity="user"})`,
		s.Value(Cut{By: []Dim{Region}}, time.Minute))
}

func TestSource_HostileValues_StayWithinTheirQuotes(t *testing.T) {
	p := parser.NewParser(parser.Options{})
	s := users("user")
	const hostile = "a\"} or vector(1) #\\\n'`"
	expr, err := p.ParseExpr(s.Value(Cut{Where: map[Dim][]string{Service: {hostile}}}, time.Minute))
	require.NoError(t, err)
	found := false
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if v, ok := n.(*parser.VectorSelector); ok {
			for _, m := range v.LabelMatchers {
				found = found || m.Value == hostile
			}
		}
		return nil
	})
	assert.True(t, found)
}

func TestPick_FirstThatTheDeploymentHas(t *testing.T) {
	m, ok := Find("cpu")
	require.True(t, ok)
	s, ok := m.Pick(func(series string) bool { return series == "jvm_cpu_recent_utilization_ratio" }, Cut{By: []Dim{Service}})
	require.True(t, ok)
	assert.Contains(t, s.Over, "jvm_cpu")
	_, ok = m.Pick(func(string) bool { return false }, Cut{})
	assert.False(t, ok)
}

// A place is a service, a host, a pod and a region in one, and a session is at several.
func TestSessions_AnyCut_CountEachOnce(t *testing.T) {
	m, ok := Find("active_sessions")
	require.True(t, ok)
	has := func(string) bool { return true }
	for want, c := range map[string]Cut{
		`sum(braid_session_active{service_name="",host_name="",k8s_pod_name="",braid_region=""})`:                   {},
		`sum by (braid_region) (braid_concurrent_users{service_name="",braid_region!="",braid_identity="session"})`: {By: []Dim{Region}},
		`sum(braid_concurrent_users{service_name="shop",braid_region="",braid_identity="session"})`:                 {Where: map[Dim][]string{Service: {"shop"}}},
		`sum by (host_name) (braid_session_active{host_name!="",})`:                                                 {By: []Dim{Host}},
	} {
		s, ok := m.Pick(has, c)
		require.True(t, ok, want)
		assert.Equal(t, want, s.Value(c, time.Minute))
	}
	_, ok = m.Pick(func(series string) bool { return series == `braid_session_active{host_name!=""}` }, Cut{})
	assert.False(t, ok, "places add up to more than there are")
}

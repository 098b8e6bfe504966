package symptom_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/braidotel/braid/internal/change"
	"github.com/braidotel/braid/internal/change/symptom"
)

// scenario is a made incident of three hours. Times are minutes from its beginning.
type scenario struct {
	First    string
	Blame    string
	Flag     string
	Affected []string
	Calls    [][2]string
	Metrics  []struct {
		Service, Name  string
		Usual, Becomes float64
		At, Ramp       float64
		Step           bool // it counts up by so much a minute
	}
	Logs []struct {
		Service, Body string
		Severity      int32
		At, Every     float64
		Count         int
		Facts         map[string]string
	}
	Deployments []struct {
		At                float64
		Service, Revision string
	}
	Flags []struct {
		At                   float64
		Service, Key, Change string
	}
	Commits []struct {
		Sha, Message, Diff string
		At                 float64
		Files              []string
	}
}

const length = 180 // minutes

var began = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func minute(m float64) time.Time { return began.Add(time.Duration(m * float64(time.Minute))) }

// background commits are in every scenario: what a repository sees on any day.
var background = []change.Commit{
	{Revision: "bb00000001", Message: "docs: clarify env var precedence", Files: []string{"README.md"}},
	{Revision: "bb00000002", Message: "perf: reuse sync.Pool for buffers in encoder", Files: []string{"pkg/codec/pool.go"}, Patch: "@@ pkg/codec/pool.go @@\n+var bufPool = sync.Pool{New: func() any { return new(bytes.Buffer) }}\n+\tdefer bufPool.Put(b)\n"},
	{Revision: "bb00000003", Message: "fix: handle empty slice in pagination helper", Files: []string{"pkg/paginate/paginate.go"}, Patch: "@@ func Page @@\n+\tif len(items) == 0 { return nil }\n"},
	{Revision: "bb00000004", Message: "chore: bump go.mod dependencies", Files: []string{"go.mod", "go.sum"}, Patch: "@@ require (\n-\tgoogle.golang.org/grpc v1.62.0\n+\tgoogle.golang.org/grpc v1.62.1\n"},
	{Revision: "bb00000005", Message: "feat: emit user_id on spans", Files: []string{"internal/trace/attrs.go"}, Patch: "@@ internal/trace/attrs.go @@\n+\tspan.SetAttributes(attribute.String(\"user_id\", uid))\n"},
	{Revision: "bb00000006", Message: "test: coverage on retry backoff", Files: []string{"pkg/retry/backoff_test.go"}, Patch: "@@ pkg/retry/backoff_test.go @@\n+\tif d < 200*time.Millisecond { t.Fatal(d) }\n"},
	{Revision: "bb00000007", Message: "refactor: simplify config loading", Files: []string{"internal/config/load.go"}, Patch: "@@ internal/config/load.go @@\n-\tv := viper.New()\n+\tv := viper.NewWithOptions(viper.KeyDelimiter(\".\"))\n"},
	{Revision: "bb00000008", Message: "fix: close response body in health checker", Files: []string{"internal/health/check.go"}, Patch: "@@ internal/health/check.go @@\n \tresp, err := client.Do(req)\n+\tdefer resp.Body.Close()\n"},
}

// book plays a scenario.
func (s *scenario) book() *symptom.Book {
	b := symptom.NewBook()
	r := rand.New(rand.NewPCG(1, 2))
	for _, m := range s.Metrics {
		sum := 0.0
		for i := range length {
			v := m.Usual
			if past := float64(i) - m.At; past >= 0 {
				v = m.Usual + (m.Becomes-m.Usual)*min(1, (past+1)/max(1, m.Ramp))
			}
			v *= 1 + 0.06*(r.Float64()-0.5)
			if m.Step {
				sum += v
				v = sum
			}
			b.Point(symptom.Point{Time: minute(float64(i)), Service: m.Service, Metric: m.Name, Value: v})
		}
	}
	for i, c := range s.Calls {
		at := minute(5 + float64(i))
		id := byte(i + 1)
		b.Span(symptom.Span{Trace: [16]byte{id}, ID: [8]byte{1}, Service: c[0], Name: "call", Start: at, End: at.Add(60 * time.Millisecond)})
		b.Span(symptom.Span{Trace: [16]byte{id}, ID: [8]byte{2}, Parent: [8]byte{1}, Service: c[1], Name: "serve", Start: at, End: at.Add(50 * time.Millisecond)})
	}
	for _, l := range s.Logs {
		b.Record(symptom.Record{Time: minute(3), Service: l.Service, Severity: 9, Body: "handled request"})
		var facts []change.Fact
		for k, v := range l.Facts {
			facts = append(facts, change.Fact{Name: k, Value: v})
		}
		for i := range l.Count {
			b.Record(symptom.Record{Time: minute(l.At + float64(i)*max(l.Every, 0.5)), Service: l.Service, Severity: l.Severity, Body: l.Body, Facts: facts})
		}
	}
	return b
}

func (s *scenario) ledger() *change.Ledger {
	l := change.NewLedger(0)
	for i, c := range background {
		c.Time = minute(20 + 12*float64(i))
		l.Commit(c)
	}
	for _, c := range s.Commits {
		l.Commit(change.Commit{Revision: c.Sha, Time: minute(c.At), Message: c.Message, Files: c.Files, Patch: c.Diff})
	}
	for _, d := range s.Deployments {
		l.Deploy(change.Deployment{Time: minute(d.At), Service: d.Service, Revision: d.Revision})
	}
	for _, f := range s.Flags {
		l.Switch(change.Flag{Time: minute(f.At), Service: f.Service, Key: f.Key, Change: f.Change})
	}
	return l
}

func TestJudge_MadeIncidents_BlamesTheCauseOrNone(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			var s scenario
			require.NoError(t, yaml.Unmarshal(data, &s))
			account, ok := s.book().Account()
			require.True(t, ok)
			assert.Equal(t, s.First, account.Trouble.Service)
			assert.ElementsMatch(t, s.Affected, account.Affected)
			v := s.ledger().Judge(account.Trouble)
			if s.Blame == "none" {
				s.Blame = ""
			}
			if !assert.Equal(t, s.Blame, v.Revision) || testing.Verbose() {
				t.Logf("mechanism %s, outside %+v", v.Mechanism, v.External)
				for _, c := range v.Candidates {
					t.Logf("%.2f %s %s %+v", c.Score, c.Revision, c.Message, c.Evidence)
				}
			}
			if s.Flag != "" {
				require.NotNil(t, v.Flag)
				assert.Equal(t, s.Flag, v.Flag.Key)
			}
			assert.True(t, slices.IsSortedFunc(v.Candidates, func(a, b change.Candidate) int { return -compare(a.Score, b.Score) }))
		})
	}
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

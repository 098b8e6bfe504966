package incidenteval

import (
	"cmp"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// made is a set of alerts, each told as "fault second name", and what of which fault lasts from when to when, in seconds.
type made struct {
	folder string
	alerts []string
	faults map[string][2]int
}

func (m *made) write(t *testing.T) {
	t.Helper()
	const begin = 1_700_000_000
	file := func(name, text string) {
		f, err := os.Create(filepath.Join(m.folder, name))
		require.NoError(t, err)
		defer f.Close()
		if !strings.HasSuffix(name, ".gz") {
			_, err = f.WriteString(text)
			require.NoError(t, err)
			return
		}
		z := gzip.NewWriter(f)
		_, err = z.Write([]byte(text))
		require.NoError(t, err)
		require.NoError(t, z.Close())
	}
	var truth, members, alerts strings.Builder
	for id, f := range m.faults {
		fmt.Fprintf(&truth, `{"incident":%q,"system":"shop","fault_type":"cpu","start_unix_nano":%d,"end_unix_nano":%d}`+"\n", id, (begin+f[0])*int(time.Second), (begin+f[1])*int(time.Second))
	}
	for i, line := range m.alerts {
		var fault, name string
		var second int
		_, err := fmt.Sscan(line, &fault, &second, &name)
		require.NoError(t, err)
		fmt.Fprintf(&members, `{"alert":"a%d","incident":%q}`+"\n", i, fault)
		fmt.Fprintf(&alerts, `{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}},{"key":"k8s.namespace.name","value":{"stringValue":"shop"}}]},`+
			`"scopeLogs":[{"logRecords":[{"timeUnixNano":"%d","severityNumber":13,"attributes":[{"key":"event.name","value":{"stringValue":"alert"}},{"key":"alert.id","value":{"stringValue":"a%d"}},{"key":"alert.name","value":{"stringValue":%q}}]}]}]}]}`+"\n",
			(begin+second)*int(time.Second), i, name)
	}
	file("truth.jsonl", truth.String())
	file("members.jsonl.gz", members.String())
	file(alertsFile, alerts.String())
}

func TestRun_Breakdown_TellsFaultsApartByHowTheyFail(t *testing.T) {
	m := made{folder: t.TempDir(), faults: map[string][2]int{"a": {0, 300}, "b": {3600, 3900}, "c": {3800, 4100}}}
	for i := range 12 {
		m.alerts = append(m.alerts, fmt.Sprintf("a %4d a%d", 25*i, i), fmt.Sprintf("b %4d b%d", 3600+25*i, i), fmt.Sprintf("c %4d b%d", 3800+25*i, i))
	}
	slices.SortFunc(m.alerts, func(a, b string) int { return cmp.Compare(a[2:6], b[2:6]) })
	m.write(t)
	var said strings.Builder
	require.NoError(t, Run(t.Context(), m.folder, filepath.Join(t.TempDir(), "out"), Options{Breakdown: true}, &said))
	text := said.String()
	assert.Contains(t, text, "faults 3, alone in one incident with every alert")
	assert.Regexp(t, `overlapping no other of the system +1, alone +1 \(100\.0 %\)`, text)
	assert.Regexp(t, `\n  one +2, alone`, text)
	assert.Regexp(t, `told when every fault began and ended: alone 100\.0 %, pairwise F1 1\.000, of those alerts right 100\.0 %`, text, "each alert fires twice: once in each")
	assert.ErrorContains(t, Run(t.Context(), m.folder, filepath.Join(t.TempDir(), "out"), Options{Breakdown: true, Truth: "nowhere"}, &said), "nowhere")
}

func TestFates_EachWayToFail_IsNamed(t *testing.T) {
	tr := &truth{of: map[string]*fault{}}
	put := map[string]string{}
	for _, line := range []string{"whole x x", "split y z", "mixed u u u", "taken v v u", "most w w w", "least w"} {
		words := strings.Fields(line)
		f := &fault{ID: words[0]}
		for i, incident := range words[1:] {
			alert := fmt.Sprint(f.ID, i)
			f.alerts, tr.of[alert], put[alert] = append(f.alerts, alert), f, incident
		}
		tr.faults = append(tr.faults, f)
	}
	got := map[string]string{}
	for f, x := range tr.fates(put) {
		if got[f.ID] = "alone"; !x.alone() {
			got[f.ID] = x.kind()
		}
	}
	assert.Equal(t, map[string]string{"whole": "alone", "split": kindSplit, "mixed": kindMixed, "taken": kindSplit, "most": kindMerged, "least": kindMerged}, got)
	x := tr.fates(put)[tr.faults[2]]
	assert.InDelta(t, 6./7, x.dice(3), 1e-9)
	assert.InDelta(t, 2*8./(11+14), tr.pairwise(put), 1e-9)
}

func TestNeeded_OneAlertInDoubt_IsTheAim(t *testing.T) {
	a, b := &fault{ID: "a", alerts: []string{"1", "2"}}, &fault{ID: "b", alerts: []string{"3"}}
	tr := &truth{faults: []*fault{a, b}, of: map[string]*fault{"1": a, "2": a, "3": b}}
	assert.InDelta(t, .5, tr.needed(map[string]bool{"1": true}, .75), 1e-6)
	assert.InDelta(t, 0, tr.needed(nil, .75), 1e-6)
}

package cost

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/testbed/collector"
)

func TestSum_SeveralSeries_AddsUpThoseOfTheName(t *testing.T) {
	t.Parallel()
	page := `# TYPE otelcol_receiver_accepted_spans counter
otelcol_receiver_accepted_spans{receiver="otlp",transport="grpc"} 1.5e+06
otelcol_receiver_accepted_spans{receiver="otlp",transport="http"} 2
otelcol_receiver_refused_spans{receiver="otlp",transport="grpc"} 7
`
	total, err := sum(strings.NewReader(page), acceptedSpans)
	require.NoError(t, err)
	assert.InDelta(t, 1_500_002, total, 0)
	_, err = sum(strings.NewReader(acceptedSpans+"{} many\n"), acceptedSpans)
	assert.ErrorContains(t, err, "many")
}

func TestResults_Print_MediansAndVerdicts(t *testing.T) {
	t.Parallel()
	plain, full := pipeline{name: "plain"}, pipeline{name: "full", processors: []string{"concurrency"}}
	l := load{name: "saturation"}
	r := newResults([]pipeline{plain, full}, []load{l})
	for _, us := range []time.Duration{4, 5, 3} {
		r.add(plain, l, Sample{CPUPerSpan: us * time.Microsecond, SpansPerSecond: 10, RSS: 1 << 20})
		r.add(full, l, Sample{CPUPerSpan: 6 * time.Microsecond, SpansPerSecond: 10, RSS: 2 << 20})
	}
	r.settled, r.own = 139<<20, 61<<20
	var out strings.Builder
	require.NoError(t, r.print(&out, &Options{Rounds: 3}))
	assert.Regexp(t, `1\.50 \(1\.20 … 2\.00\) +MISSED`, out.String())
	assert.Contains(t, out.String(), "139 MiB  holds (61 MiB")
}

func TestPipeline_Config_NamesEverySignalThatProcessorsNeed(t *testing.T) {
	t.Parallel()
	at := collector.Endpoints{OTLPGRPC: "127.0.0.1:1", Health: "127.0.0.1:2", Telemetry: "127.0.0.1:3"}
	assert.NotContains(t, pipeline{}.config(at, "127.0.0.1:4"), "logs: {receivers")
	text := pipeline{processors: []string{"session_correlation", "concurrency"}}.config(at, "127.0.0.1:4")
	assert.Contains(t, text, "metrics: {receivers: [otlp], processors: [session_correlation, concurrency], exporters: [nop]}")
}

func TestOptions_Negative_Refused(t *testing.T) {
	t.Parallel()
	assert.ErrorContains(t, (&Options{Window: -1}).complete(), "negative")
}

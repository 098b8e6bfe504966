package replicas

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func TestTraffic_Minute_HasItsRateAndWholeVisits(t *testing.T) {
	traffic := TrafficOf(500, 5, 2*time.Second)
	made, err := newSent(time.Minute)
	require.NoError(t, err)
	spans := 0
	for n := range int(time.Minute / tick) {
		request, err := traffic.request(n, time.Now(), made)
		require.NoError(t, err)
		data, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(request.Payload)
		require.NoError(t, err)
		require.Equal(t, request.Items, data.SpanCount())
		spans += request.Items
	}
	assert.Equal(t, 500*60, spans)
	assert.EqualValues(t, spans, made.spans)
	for visit, pages := range made.visits {
		assert.Equal(t, 5, pages, visit)
	}
}

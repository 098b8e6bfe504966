package assistantextension

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	"go.yaml.in/yaml/v3"

	"github.com/braidotel/braid/extension/assistantextension/internal/server"
)

var ignoringTime = []metricdatatest.Option{metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars()}

func rejected(reason string) []metricdata.DataPoint[int64] {
	return []metricdata.DataPoint[int64]{{Value: 1, Attributes: attribute.NewSet(attribute.String("reason", reason))}}
}

// The closed sets of the metrics are those that the server reports.
func TestMetadata_Attributes_ListWhatTheServerReports(t *testing.T) {
	text, err := os.ReadFile("metadata.yaml")
	require.NoError(t, err)
	var metadata struct {
		Attributes map[string]struct {
			Enum []string `yaml:"enum"`
		} `yaml:"attributes"`
	}
	require.NoError(t, yaml.Unmarshal(text, &metadata))
	assert.ElementsMatch(t, server.Routes(), metadata.Attributes["route"].Enum)
	assert.ElementsMatch(t, []string{
		string(server.OutcomeOK), string(server.OutcomeInvalid), string(server.OutcomeRefused), string(server.OutcomeMissing),
		string(server.OutcomeUnavailable), string(server.OutcomeFailed),
	}, metadata.Attributes["outcome"].Enum)
	assert.ElementsMatch(t, []string{
		string(server.ReasonHost), string(server.ReasonOrigin), string(server.ReasonUnauthenticated), string(server.ReasonRole),
		string(server.ReasonCSRF), string(server.ReasonRate), string(server.ReasonBody), string(server.ReasonStreams),
	}, metadata.Attributes["reason"].Enum)
}

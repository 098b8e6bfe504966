package deadletterencodingextension

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/braidotel/braid/extension/deadletterencodingextension/internal/metadata"
	"github.com/braidotel/braid/extension/deadletterencodingextension/internal/metadatatest"
)

var poison = []byte("no telemetry")

func started(t *testing.T, directory, encodingName string) (*encoding, *componenttest.Telemetry) {
	t.Helper()
	telemetry := componenttest.NewTelemetry()
	t.Cleanup(func() { require.NoError(t, telemetry.Shutdown(context.Background())) })
	set := extensiontest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = telemetry.NewTelemetrySettings()
	e, err := newEncoding(set, &Config{Encoding: encodingName, Directory: directory, MaxBytes: leastMaxBytes})
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, e.Shutdown(context.Background())) })
	return e, telemetry
}

func point(signal, outcome string, value int64) metricdata.DataPoint[int64] {
	return metricdata.DataPoint[int64]{
		Attributes: attribute.NewSet(attribute.String("signal", signal), attribute.String("outcome", outcome)), Value: value,
	}
}

// files are what is in the directory, by name.
func files(t *testing.T, directory string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(directory)
	require.NoError(t, err)
	out := map[string]string{}
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(directory, entry.Name()))
		require.NoError(t, err)
		out[entry.Name()] = string(data)
	}
	return out
}

func TestEncoding_Telemetry_IsDecoded(t *testing.T) {
	directory := t.TempDir()
	for name, marshal := range map[string]func(ptrace.Traces) ([]byte, error){
		encodingProto: (&ptrace.ProtoMarshaler{}).MarshalTraces, encodingJSON: (&ptrace.JSONMarshaler{}).MarshalTraces,
	} {
		e, _ := started(t, directory, name)
		td := ptrace.NewTraces()
		td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty().SetName("GET /")
		value, err := marshal(td)
		require.NoError(t, err)
		got, err := e.UnmarshalTraces(value)
		require.NoError(t, err)
		assert.Equal(t, 1, got.SpanCount())
		_, err = e.UnmarshalLogs(nil)
		require.Equal(t, name == encodingJSON, err != nil, "nothing is a message of protobuf and no JSON")
	}
}

func TestEncoding_Poison_IsKeptOnceAndRefused(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "dead", "letters")
	e, telemetry := started(t, directory, encodingProto)
	_, err := e.UnmarshalTraces(poison)
	require.ErrorContains(t, err, "its 12 bytes are in "+directory)
	_, err = e.UnmarshalTraces(poison)
	require.ErrorContains(t, err, "its 12 bytes are in "+directory)
	_, err = e.UnmarshalLogs(poison)
	require.Error(t, err)
	_, err = e.UnmarshalMetrics(poison)
	require.Error(t, err)

	kept := files(t, directory)
	require.Len(t, kept, 3)
	for name, content := range kept {
		assert.Equal(t, string(poison), content)
		signal, hash, _ := strings.Cut(name, "-")
		assert.Contains(t, []string{"traces", "logs", "metrics"}, signal)
		assert.Len(t, hash, 32)
	}
	metadatatest.AssertEqualExtensionDeadLetterEncodingRecords(t, telemetry, []metricdata.DataPoint[int64]{
		point("traces", "kept", 1), point("traces", "repeated", 1), point("logs", "kept", 1), point("metrics", "kept", 1),
	}, metricdatatest.IgnoreTimestamp())
	metadatatest.AssertEqualExtensionDeadLetterEncodingSize(t, telemetry, []metricdata.DataPoint[int64]{{Value: 3 * block}},
		metricdatatest.IgnoreTimestamp())
}

func TestEncoding_Full_RefusesUntilThereIsRoom(t *testing.T) {
	directory := t.TempDir()
	e, telemetry := started(t, directory, encodingProto)
	large := bytes.Repeat([]byte{0xff}, leastMaxBytes)
	_, err := e.UnmarshalLogs(large)
	require.ErrorContains(t, err, "its 1048576 bytes are in ")
	_, err = e.UnmarshalLogs(poison)
	require.ErrorIs(t, err, errFull)
	require.Len(t, files(t, directory), 1)

	for name := range files(t, directory) {
		require.NoError(t, os.Remove(filepath.Join(directory, name)))
	}
	_, err = e.UnmarshalLogs(poison)
	require.ErrorContains(t, err, "its 12 bytes are in ")
	metadatatest.AssertEqualExtensionDeadLetterEncodingRecords(t, telemetry, []metricdata.DataPoint[int64]{
		point("logs", "kept", 2), point("logs", "full", 1),
	}, metricdatatest.IgnoreTimestamp())
}

func TestEncoding_NoFileCanBeWritten_IsCounted(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "letters")
	e, telemetry := started(t, directory, encodingProto)
	require.NoError(t, os.RemoveAll(directory))
	_, err := e.UnmarshalLogs(poison)
	require.ErrorContains(t, err, "are not kept")
	metadatatest.AssertEqualExtensionDeadLetterEncodingRecords(t, telemetry, []metricdata.DataPoint[int64]{point("logs", "failed", 1)},
		metricdatatest.IgnoreTimestamp())
}

// What a crash left half written is no letter, and what is whole counts against the bound.
func TestEncoding_StartedAgain_CountsWhatIsThere(t *testing.T) {
	directory := t.TempDir()
	e, _ := started(t, directory, encodingProto)
	_, err := e.UnmarshalLogs(poison)
	require.Error(t, err)
	half := filepath.Join(directory, "logs-0"+partial)
	require.NoError(t, os.WriteFile(half, poison, 0o600))

	again, _ := started(t, directory, encodingProto)
	assert.EqualValues(t, block, again.letters.size())
	assert.NoFileExists(t, half)
	assert.Len(t, files(t, directory), 1)
}

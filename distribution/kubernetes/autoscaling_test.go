package kubernetes

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.yaml.in/yaml/v3"
	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/braidotel/braid/extension/historyextension"
	"github.com/braidotel/braid/internal/history/tsdb"
)

// scaledObject is the part of KEDA's ScaledObject that is used.
type scaledObject struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Metadata   struct {
		Name string `yaml:"name"`
	} `yaml:"metadata"`
	Spec struct {
		ScaleTargetRef struct {
			Name string `yaml:"name"`
		} `yaml:"scaleTargetRef"`
		MinReplicaCount int `yaml:"minReplicaCount"`
		MaxReplicaCount int `yaml:"maxReplicaCount"`
		Fallback        struct {
			FailureThreshold int `yaml:"failureThreshold"`
			Replicas         int `yaml:"replicas"`
		} `yaml:"fallback"`
		Triggers []struct {
			Type       string            `yaml:"type"`
			MetricType string            `yaml:"metricType"`
			Metadata   map[string]string `yaml:"metadata"`
		} `yaml:"triggers"`
	} `yaml:"spec"`
}

func readScaledObject(t *testing.T) scaledObject {
	t.Helper()
	f, err := os.Open("autoscaling/scaledobject.yaml")
	require.NoError(t, err)
	defer f.Close()
	decoder := yaml.NewDecoder(f)
	decoder.KnownFields(true)
	var o scaledObject
	require.NoError(t, decoder.Decode(&o))
	require.NotEmpty(t, o.Spec.Triggers)
	return o
}

// KEDA asks /api/v1/query as Prometheus has it and wants one value. The history is the real one, with series of the names
// and attributes that concurrency and seasonality send.
func TestScaledObject_Queries_GiveOneValueFromTheHistory(t *testing.T) {
	address := historyWith(t, time.Now())
	o := readScaledObject(t)
	want := []string{"3600", "1200", "0.25"} // the shop's own and the total are larger, and are not asked for
	require.Len(t, o.Spec.Triggers, len(want))
	for i, trigger := range o.Spec.Triggers {
		assert.Equal(t, "prometheus", trigger.Type)
		assert.Equal(t, "http://braid-history.braid:9464", trigger.Metadata["serverAddress"])
		assert.Equal(t, want[i], ask(t, address, trigger.Metadata["query"]), trigger.Metadata["query"])
	}
	assert.Empty(t, ask(t, address, `max(braid_forecast{service_name="nobody"})`), "no forecast is no value: fallback")
}

func TestHPA_Object_AsksForWhatTheRuleMakes(t *testing.T) {
	text, err := os.ReadFile("autoscaling/hpa.yaml")
	require.NoError(t, err)
	object, _, err := strict.Decode(text, nil, nil)
	require.NoError(t, err)
	metric := object.(*autoscalingv2.HorizontalPodAutoscaler).Spec.Metrics[0].External.Metric
	assert.Contains(t, string(text), "name: {as: "+metric.Name+"}")
	// What prometheus-adapter makes of metricsQuery with the selector.
	query := `max(braid_forecast{braid_metric="braid.concurrent_users",braid_horizon="1h",braid_quantile="0.95",service_name="` +
		metric.Selector.MatchLabels["service_name"] + `"})`
	assert.Equal(t, "3600", ask(t, historyWith(t, time.Now()), query))
}

// historyWith starts an embedded history that holds a forecast, and returns where it answers.
func historyWith(t *testing.T, now time.Time) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())

	factory := historyextension.NewFactory()
	cfg := factory.CreateDefaultConfig().(*historyextension.Config)
	cfg.Directory = t.TempDir()
	cfg.API.GetOrInsertDefault().HTTP.NetAddr.Endpoint = address
	e, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), cfg)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { assert.NoError(t, e.Shutdown(context.Background())) })
	write(t, e, now)
	return "http://" + address
}

func write(t *testing.T, e extension.Extension, now time.Time) {
	t.Helper()
	md := pmetric.NewMetrics()
	metrics := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics()
	gauge := func(name, unit string, value float64, attributes map[string]any) {
		m := metrics.AppendEmpty()
		m.SetName(name)
		m.SetUnit(unit)
		p := m.SetEmptyGauge().DataPoints().AppendEmpty()
		p.SetTimestamp(pcommon.NewTimestampFromTime(now.Add(-30 * time.Second)))
		p.SetDoubleValue(value)
		require.NoError(t, p.Attributes().FromRaw(attributes))
	}
	for service, factor := range map[string]float64{"web": 1, "": 2, "shop": 3} {
		at := func(more map[string]any) map[string]any {
			more["braid.identity"], more["braid.window"] = "user", "5m"
			if service != "" {
				more["service.name"] = service
			}
			return more
		}
		gauge("braid.concurrent_users", "{user}", 1200*factor, at(map[string]any{}))
		of := func(more map[string]any) map[string]any {
			more["braid.metric"], more["braid.value"] = "braid.concurrent_users", "value"
			return at(more)
		}
		for quantile, users := range map[string]float64{"0.05": 900, "0.5": 2000, "0.95": 3600} {
			gauge("braid.forecast", "{user}", users*factor, of(map[string]any{"braid.horizon": "1h", "braid.quantile": quantile}))
			gauge("braid.forecast", "{user}", users*9, of(map[string]any{"braid.horizon": "24h", "braid.quantile": quantile}))
		}
		gauge("braid.threshold.probability", "{probability}", 0.25*factor, of(map[string]any{"braid.horizon": "1h", "braid.limit": "5000 users"}))
	}
	written, err := e.(interface{ MetricsWriter() tsdb.Writer }).MetricsWriter().Write(t.Context(), md, now)
	require.NoError(t, err)
	require.Equal(t, metrics.Len(), written.Stored)
}

// ask returns the value of the one series that the query has, or nothing where it has none.
func ask(t *testing.T, address, query string) string {
	t.Helper()
	at := url.Values{"query": {query}, "time": {time.Now().UTC().Format(time.RFC3339)}} // as KEDA writes it
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/api/v1/query?"+at.Encode(), http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	var answer struct {
		Data struct {
			ResultType string
			Result     []struct{ Value [2]any }
		}
	}
	require.NoError(t, json.Unmarshal(body, &answer), "%s", body)
	require.Equal(t, "vector", answer.Data.ResultType, "%s", body)
	if len(answer.Data.Result) == 0 {
		return ""
	}
	require.Len(t, answer.Data.Result, 1)
	return answer.Data.Result[0].Value[1].(string)
}

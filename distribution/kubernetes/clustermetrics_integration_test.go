//go:build integration

package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip" // as exporters send
	appsv1 "k8s.io/api/apps/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/braidotel/braid/testbed/collector"
)

// apiServer is as much of an API server as an informer needs: it lists, and lets be watched what never changes.
type apiServer struct {
	mu    sync.Mutex
	asked map[string]bool // "verb group/resource"
}

func (s *apiServer) asks() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for ask := range s.asked {
		all = append(all, ask)
	}
	slices.Sort(all)
	return all
}

// ServeHTTP answers /api/v1[/resource] and /apis/group/version[/resource].
func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if path[0] == "api" {
		path = slices.Insert(path, 1, "")
	}
	w.Header().Set("Content-Type", "application/json")
	if len(path) == 3 {
		_ = json.NewEncoder(w).Encode(kinds(path[1], path[2]))
		return
	}
	verb := "list"
	if r.URL.Query().Get("watch") != "" {
		verb = "watch"
	}
	if r.URL.Query().Get("sendInitialEvents") != "" { // as servers before 1.32
		w.WriteHeader(http.StatusUnprocessableEntity)
		_ = json.NewEncoder(w).Encode(metav1.Status{
			Status: metav1.StatusFailure, Reason: metav1.StatusReasonInvalid, Code: http.StatusUnprocessableEntity,
		})
		return
	}
	s.mu.Lock()
	s.asked[verb+" "+path[1]+"/"+path[3]] = true
	s.mu.Unlock()
	if verb == "watch" {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return
	}
	three := int32(3)
	list := appsv1.DeploymentList{ListMeta: metav1.ListMeta{ResourceVersion: "1"}}
	if path[3] == "deployments" {
		list.Items = []appsv1.Deployment{{
			ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "shop", UID: "1"},
			Spec:       appsv1.DeploymentSpec{Replicas: &three}, Status: appsv1.DeploymentStatus{AvailableReplicas: 2},
		}}
	}
	_ = json.NewEncoder(w).Encode(list) // of another kind than was asked for, where it is empty
}

// kinds is all that the group has, as the client library knows it.
func kinds(group, version string) metav1.APIResourceList {
	list := metav1.APIResourceList{GroupVersion: strings.Trim(group+"/"+version, "/")}
	for gvk := range scheme.Scheme.AllKnownTypes() {
		if gvk.Group == group && gvk.Version == version {
			list.APIResources = append(list.APIResources, metav1.APIResource{Kind: gvk.Kind, Name: strings.ToLower(gvk.Kind) + "s"})
		}
	}
	return list
}

// points takes what the collector exports, as "metric{name of the deployment}=value".
type points struct {
	pmetricotlp.UnimplementedGRPCServer
	mu   sync.Mutex
	seen map[string]bool
}

// Export implements the OTLP metrics service.
func (p *points) Export(_ context.Context, r pmetricotlp.ExportRequest) (pmetricotlp.ExportResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, rm := range r.Metrics().ResourceMetrics().All() {
		name, _ := rm.Resource().Attributes().Get("k8s.deployment.name")
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				if m.Type() == pmetric.MetricTypeGauge {
					p.seen[fmt.Sprintf("%s{%s}=%d", m.Name(), name.AsString(), m.Gauge().DataPoints().At(0).IntValue())] = true
				}
			}
		}
	}
	return pmetricotlp.NewExportResponse(), nil
}

// The role allows what the receiver asks for, and nothing that it does not.
func TestClusterMetrics_Role_IsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	binary, err := collector.Binary()
	require.NoError(t, err)
	api := &apiServer{asked: map[string]bool{}}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)

	got := &points{seen: map[string]bool{}}
	backend := grpc.NewServer()
	pmetricotlp.RegisterGRPCServer(backend, got)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = backend.Serve(listener) }()
	t.Cleanup(backend.Stop)

	dir := t.TempDir()
	kubeconfig := filepath.Join(dir, "kubeconfig")
	require.NoError(t, os.WriteFile(kubeconfig, []byte(`{apiVersion: v1, kind: Config, current-context: c,
clusters: [{name: c, cluster: {server: "`+server.URL+`"}}], contexts: [{name: c, context: {cluster: c}}]}`), 0o600))
	ports, err := collector.FreeEndpoints()
	require.NoError(t, err)
	env := ports.Env()
	maps.Copy(env, map[string]string{
		"KUBECONFIG": kubeconfig, "BRAID_KUBERNETES_AUTH": "kubeConfig", "BRAID_CLUSTER_INTERVAL": "200ms", "BRAID_DATA_DIR": dir,
		"BRAID_BACKEND_ENDPOINT": listener.Addr().String(), "BRAID_BACKEND_INSECURE": "true",
	})
	process, err := collector.Start(t.Context(), collector.Config{
		Binary: binary, Configs: []string{"clustermetrics/cluster-metrics.yaml"}, Env: env, HealthURL: ports.HealthURL(),
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, process.Kill()) })

	want := allowed(t)
	require.Eventually(t, func() bool { return slices.Equal(api.asks(), want) }, time.Minute, 50*time.Millisecond, process.Logs())
	require.Eventually(t, func() bool {
		got.mu.Lock()
		defer got.mu.Unlock()
		return got.seen["k8s.deployment.desired{web}=3"] && got.seen["k8s.deployment.available{web}=2"]
	}, time.Minute, 50*time.Millisecond, process.Logs())
	assert.Equal(t, want, api.asks(), "nothing else is asked for later")
}

// allowed is what the overlay's role lets be done.
func allowed(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, role := range of[*rbacv1.ClusterRole](build(t, "overlays/cluster")) {
		if role.Name != "braid-cluster-metrics" {
			continue
		}
		for _, rule := range role.Rules {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					all = append(all, verb+" "+rule.APIGroups[0]+"/"+resource)
				}
			}
		}
	}
	require.NotEmpty(t, all)
	slices.Sort(all)
	return all
}

package kubernetes

import (
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

func eachOverlay(t *testing.T, check func(t *testing.T, objects []runtime.Object)) {
	t.Helper()
	for _, overlay := range overlays(t) {
		t.Run(overlay, func(t *testing.T) { check(t, build(t, overlay)) })
	}
}

func TestOverlays_Pods_AreRestricted(t *testing.T) {
	eachOverlay(t, func(t *testing.T, objects []runtime.Object) {
		all := pods(objects)
		require.NotEmpty(t, all)
		for name, pod := range all {
			security := pod.Spec.SecurityContext
			assert.True(t, *security.RunAsNonRoot, name)
			assert.EqualValues(t, 10001, *security.RunAsUser, name)
			assert.EqualValues(t, 10001, *security.RunAsGroup, name)
			assert.EqualValues(t, 10001, *security.FSGroup, name)
			assert.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, security.SeccompProfile.Type, name)
			assert.False(t, pod.Spec.HostNetwork || pod.Spec.HostPID || pod.Spec.HostIPC, name)
			for _, volume := range pod.Spec.Volumes {
				assert.Nil(t, volume.HostPath, name)
			}

			require.Len(t, pod.Spec.Containers, 1, name)
			c := pod.Spec.Containers[0]
			assert.Equal(t, "braid:"+version(t), c.Image, name)
			assert.True(t, *c.SecurityContext.ReadOnlyRootFilesystem, name)
			assert.False(t, *c.SecurityContext.AllowPrivilegeEscalation, name)
			assert.Equal(t, []corev1.Capability{"ALL"}, c.SecurityContext.Capabilities.Drop, name)
			assert.Empty(t, c.SecurityContext.Capabilities.Add, name)
			for _, port := range c.Ports {
				assert.Zero(t, port.HostPort, name)
			}
		}
	})
}

func TestOverlays_Pods_AreProbedAndBounded(t *testing.T) {
	eachOverlay(t, func(t *testing.T, objects []runtime.Object) {
		for name, pod := range pods(objects) {
			c := pod.Spec.Containers[0]
			env := environment(c)
			_, health, err := net.SplitHostPort(env["BRAID_HEALTH_ENDPOINT"])
			require.NoError(t, err, name)
			assert.Equal(t, "13133", health)
			probes := []*corev1.Probe{c.ReadinessProbe, c.StartupProbe, c.LivenessProbe}
			if env["BRAID_SHARD"] != "" {
				assert.Equal(t, []*corev1.Probe{nil, nil}, probes[1:], "%s: who waits for the lease of a shard is not to be ended", name)
				probes = probes[:1]
			}
			for _, probe := range probes {
				require.NotNil(t, probe, name)
				assert.Equal(t, "health", probe.HTTPGet.Port.StrVal, name)
			}
			assert.True(t, slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool {
				return p.Name == "health" && p.ContainerPort == 13133
			}), name)

			limit := c.Resources.Limits.Memory().Value() >> 20
			assert.Greater(t, limit, mebibytes(t, env["BRAID_MEMORY_LIMIT_MIB"])*5/4, "%s: the limiter refuses before the kernel kills", name)
			assert.False(t, c.Resources.Requests.Cpu().IsZero(), name)
			assert.Contains(t, mounts(c), env["BRAID_DATA_DIR"], "%s: the root is read-only", name)
		}
	})
}

// What may be asked of the cluster is written down here a second time: more than this has to be decided.
func TestOverlays_Roles_AreMinimal(t *testing.T) {
	want := map[string][]rbacv1.PolicyRule{
		"braid-agent": {
			{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"get", "list", "watch"}},
			{APIGroups: []string{""}, Resources: []string{"nodes/stats"}, Verbs: []string{"get"}},
		},
		"braid-cluster-metrics": {
			{
				APIGroups: []string{""}, Verbs: []string{"list", "watch"},
				Resources: []string{"namespaces", "nodes", "pods", "replicationcontrollers", "resourcequotas", "services"},
			},
			{
				APIGroups: []string{"apps"}, Verbs: []string{"list", "watch"},
				Resources: []string{"daemonsets", "deployments", "replicasets", "statefulsets"},
			},
			{APIGroups: []string{"autoscaling"}, Resources: []string{"horizontalpodautoscalers"}, Verbs: []string{"list", "watch"}},
			{APIGroups: []string{"batch"}, Resources: []string{"cronjobs", "jobs"}, Verbs: []string{"list", "watch"}},
		},
		"braid-scale": {
			{APIGroups: []string{"apps"}, Resources: []string{"deployments/scale", "statefulsets/scale"}, Verbs: []string{"patch"}},
		},
		"braid-rollout": {
			{APIGroups: []string{"apps"}, Resources: []string{"deployments", "statefulsets"}, Verbs: []string{"patch"}},
		},
	}
	eachOverlay(t, func(t *testing.T, objects []runtime.Object) {
		for _, role := range of[*rbacv1.ClusterRole](objects) {
			assert.Equal(t, want[role.Name], role.Rules, role.Name)
			assert.Contains(t, []string{"braid-agent", "braid-cluster-metrics"}, role.Name, "nothing else is for the whole cluster")
		}
		for _, role := range of[*rbacv1.Role](objects) {
			assert.Equal(t, want[role.Name], role.Rules, role.Name)
			assert.Equal(t, "shop", role.Namespace, "%s is for the workloads' namespace", role.Name)
		}
		accounts := map[string]bool{}
		for _, account := range of[*corev1.ServiceAccount](objects) {
			accounts[account.Namespace+"/"+account.Name] = true
		}
		for _, binding := range of[*rbacv1.ClusterRoleBinding](objects) {
			for _, subject := range binding.Subjects {
				assert.Contains(t, accounts, subject.Namespace+"/"+subject.Name)
			}
		}
		for name, pod := range pods(objects) {
			if *pod.Spec.AutomountServiceAccountToken {
				assert.Contains(t, accounts, "braid/"+pod.Spec.ServiceAccountName, name)
			} else {
				assert.Empty(t, pod.Spec.ServiceAccountName, name)
			}
		}
	})
}

func TestOverlays_EveryWorkload_HasServicePolicyAndBudget(t *testing.T) {
	eachOverlay(t, func(t *testing.T, objects []runtime.Object) {
		require.Len(t, of[*corev1.Namespace](objects), 1)
		for name, pod := range pods(objects) {
			set := labels.Set(pod.Labels)
			assert.True(t, slices.ContainsFunc(of[*corev1.Service](objects), func(s *corev1.Service) bool {
				return s.Name == name && labels.SelectorFromSet(s.Spec.Selector).Matches(set)
			}), "%s: no Service", name)
			assert.True(t, slices.ContainsFunc(of[*networkingv1.NetworkPolicy](objects), func(p *networkingv1.NetworkPolicy) bool {
				return selects(t, &p.Spec.PodSelector, set)
			}), "%s: no NetworkPolicy", name)
		}
		for _, workload := range of[*appsv1.StatefulSet](objects) {
			set := labels.Set(workload.Spec.Template.Labels)
			assert.True(t, slices.ContainsFunc(of[*policyv1.PodDisruptionBudget](objects), func(b *policyv1.PodDisruptionBudget) bool {
				return selects(t, b.Spec.Selector, set)
			}), "%s: no PodDisruptionBudget", workload.Name)
			assert.Len(t, workload.Spec.VolumeClaimTemplates, 1, "%s: queues and state are on disk", workload.Name)
		}
	})
}

// The addresses that configurations are given are those of Services of the same overlay.
func TestOverlays_Peers_AreServices(t *testing.T) {
	eachOverlay(t, func(t *testing.T, objects []runtime.Object) {
		for name, pod := range pods(objects) {
			for _, key := range []string{"BRAID_BACKEND_ENDPOINT", "BRAID_GATEWAYS"} {
				for peer := range strings.SplitSeq(strings.Trim(environment(pod.Spec.Containers[0])[key], "[]"), ", ") {
					if peer == "" || strings.HasSuffix(peer, "example.org:4317") {
						continue
					}
					host, port, err := net.SplitHostPort(peer)
					require.NoError(t, err)
					assert.Equal(t, "4317", port)
					assert.True(t, serves(objects, host), "%s: %s=%s leads nowhere", name, key, peer)
				}
			}
		}
	})
}

// serves tells whether host is a Service, or a pod of a StatefulSet by its headless Service.
func serves(objects []runtime.Object, host string) bool {
	pod, service, isPod := strings.Cut(host, ".")
	if !isPod {
		service = host
	}
	if !slices.ContainsFunc(of[*corev1.Service](objects), func(s *corev1.Service) bool { return s.Name == service }) {
		return false
	}
	return !isPod || slices.ContainsFunc(of[*appsv1.StatefulSet](objects), func(s *appsv1.StatefulSet) bool {
		ordinal, ok := strings.CutPrefix(pod, s.Name+"-")
		return ok && s.Spec.ServiceName == service && len(ordinal) == 1 && int32(ordinal[0]-'0') < *s.Spec.Replicas
	})
}

func TestConfigMaps_Shipped_AreTheFiles(t *testing.T) {
	eachOverlay(t, func(t *testing.T, objects []runtime.Object) {
		for _, m := range of[*corev1.ConfigMap](objects) {
			if !strings.Contains(m.Name, "braid-configs") {
				continue
			}
			for name, text := range m.Data {
				want, err := os.ReadFile("../configs/" + name)
				require.NoError(t, err)
				assert.Equal(t, string(want), text, name)
			}
		}
	})
}

// The processes of a shard share its state, its Service and nothing with another's; a shard is whom balancers send to.
func TestReplicas_Shards_AreApart(t *testing.T) {
	objects := build(t, "overlays/replicas")
	all := pods(objects)
	shards := map[string]string{}
	for _, deployment := range of[*appsv1.Deployment](objects) {
		shards[deployment.Name] = environment(deployment.Spec.Template.Spec.Containers[0])["BRAID_SHARD"]
		assert.EqualValues(t, 2, *deployment.Spec.Replicas, "one works, one waits")
		assert.Equal(t, appsv1.RecreateDeploymentStrategyType, deployment.Spec.Strategy.Type, "who waits is never ready")
		names, _ := configs(t, objects, deployment.Spec.Template.Spec)
		assert.Equal(t, []string{"gateway.yaml", "replicas.yaml"}, names)
	}
	assert.Equal(t, map[string]string{"braid-shard-0": "0", "braid-shard-1": "1"}, shards)
	for shard := range shards {
		for _, service := range of[*corev1.Service](objects) {
			serves := labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(all[shard].Labels))
			assert.Equal(t, service.Name == shard, serves, "%s by %s", shard, service.Name)
		}
		assert.Contains(t, environment(all["braid-balancer"].Spec.Containers[0])["BRAID_GATEWAYS"], shard+":4317")
		for _, policy := range of[*networkingv1.NetworkPolicy](objects) {
			if policy.Name == shard {
				assert.True(t, selects(t, &policy.Spec.PodSelector, all[shard].Labels), shard)
				assert.True(t, selects(t, policy.Spec.Ingress[0].From[0].PodSelector, all["braid-balancer"].Labels), "balancers reach %s", shard)
			}
		}
	}
}

func selects(t *testing.T, selector *metav1.LabelSelector, set labels.Set) bool {
	t.Helper()
	s, err := metav1.LabelSelectorAsSelector(selector)
	require.NoError(t, err)
	return s.Matches(set)
}

func environment(c corev1.Container) map[string]string {
	env := map[string]string{}
	for _, e := range c.Env {
		env[e.Name] = e.Value
	}
	return env
}

func mounts(c corev1.Container) []string {
	var paths []string
	for _, m := range c.VolumeMounts {
		if !m.ReadOnly {
			paths = append(paths, m.MountPath)
		}
	}
	return paths
}

func mebibytes(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	require.NoError(t, err)
	return n
}

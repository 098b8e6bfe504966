package kubernetes

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// values are those for the community's chart.
func values(t *testing.T, name string) map[string]any {
	t.Helper()
	text, err := os.ReadFile("helm/values-" + name + ".yaml")
	require.NoError(t, err)
	var found map[string]any
	require.NoError(t, yaml.Unmarshal(text, &found))
	return found
}

// charted is what the chart makes of values for a StatefulSet, as far as they say.
func charted(t *testing.T, v map[string]any) *appsv1.StatefulSet {
	t.Helper()
	image := v["image"].(map[string]any)
	text, err := yaml.Marshal(map[string]any{
		"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": map[string]any{"name": v["fullnameOverride"]},
		"spec": map[string]any{
			"replicas": v["replicaCount"], "volumeClaimTemplates": v["statefulset"].(map[string]any)["volumeClaimTemplates"],
			"template": map[string]any{"spec": map[string]any{
				"securityContext": v["podSecurityContext"], "terminationGracePeriodSeconds": v["terminationGracePeriodSeconds"],
				"automountServiceAccountToken": v["serviceAccount"].(map[string]any)["automountServiceAccountToken"],
				"volumes":                      v["extraVolumes"],
				"containers": []any{map[string]any{
					"image": image["repository"].(string) + ":" + image["tag"].(string),
					"args":  v["command"].(map[string]any)["extraArgs"], "env": v["extraEnvs"], "resources": v["resources"],
					"startupProbe": v["startupProbe"], "livenessProbe": v["livenessProbe"], "readinessProbe": v["readinessProbe"],
					"securityContext": v["securityContext"], "volumeMounts": v["extraVolumeMounts"],
				}},
			}},
		},
	})
	require.NoError(t, err)
	object, _, err := strict.Decode(text, nil, nil)
	require.NoError(t, err, "%s", text)
	return object.(*appsv1.StatefulSet)
}

// With Helm runs what the manifests run: the shipped files with the same environment, bounds, rights and disk. The files are those
// of the image, at the place where the manifests mount theirs.
func TestHelmValues_Pod_IsThatOfTheManifests(t *testing.T) {
	for _, name := range []string{"gateway", "center"} {
		t.Run(name, func(t *testing.T) {
			v := values(t, name)
			assert.Equal(t, "statefulset", v["mode"])
			assert.Equal(t, map[string]any{"create": false}, v["configMap"])
			assert.Equal(t, false, v["useGOMEMLIMIT"], "it would be there twice")
			got, sets := charted(t, v), of[*appsv1.StatefulSet](build(t, name))
			require.Len(t, sets, 1)
			want := sets[0]
			assert.Equal(t, want.Name, got.Name)
			assert.EqualValues(t, 1, *got.Spec.Replicas, "nothing balances")
			require.Len(t, got.Spec.VolumeClaimTemplates, 1)
			assert.Equal(t, want.Spec.VolumeClaimTemplates[0].Spec, got.Spec.VolumeClaimTemplates[0].Spec)

			pod, other := want.Spec.Template.Spec, got.Spec.Template.Spec
			assert.Equal(t, pod.SecurityContext, other.SecurityContext)
			assert.Equal(t, pod.TerminationGracePeriodSeconds, other.TerminationGracePeriodSeconds)
			assert.Equal(t, pod.AutomountServiceAccountToken, other.AutomountServiceAccountToken)
			assert.Equal(t, withoutConfig(pod.Volumes), other.Volumes)

			c, o := pod.Containers[0], other.Containers[0]
			assert.Equal(t, c.Image, o.Image)
			assert.Equal(t, c.Args, o.Args)
			assert.Equal(t, c.Env, o.Env)
			assert.Equal(t, c.Resources, o.Resources)
			assert.Equal(t, c.SecurityContext, o.SecurityContext)
			assert.Equal(t, c.VolumeMounts[1:], o.VolumeMounts, "the first is the configuration's")
			for _, probes := range [][2]*corev1.Probe{{c.StartupProbe, o.StartupProbe}, {c.LivenessProbe, o.LivenessProbe}, {c.ReadinessProbe, o.ReadinessProbe}} {
				assert.EqualValues(t, 13133, probes[1].HTTPGet.Port.IntVal, "the chart names no such port")
				probes[1].HTTPGet.Port = probes[0].HTTPGet.Port
				assert.Equal(t, probes[0], probes[1])
			}
		})
	}
}

// withoutConfig leaves out what shows the configuration.
func withoutConfig(volumes []corev1.Volume) []corev1.Volume {
	var rest []corev1.Volume
	for _, v := range volumes {
		if v.Name != "config" {
			rest = append(rest, v)
		}
	}
	return rest
}

// The chart puts a slash before a command's name, and the image has no binary there: its own entry point is the right one. Ports that
// the chart opens on the node are closed.
func TestHelmValues_All_LeaveTheEntryPointAndTheNodeAlone(t *testing.T) {
	for _, name := range []string{"agent", "gateway", "center"} {
		v := values(t, name)
		command, _ := v["command"].(map[string]any)
		assert.NotContains(t, command, "name", name)
		for port, settings := range v["ports"].(map[string]any) {
			if settings := settings.(map[string]any); settings["enabled"] == true && port != "metrics" {
				assert.Equal(t, 0, settings["hostPort"], "%s: %s", name, port)
			}
		}
	}
}

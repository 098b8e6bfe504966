// Package kubernetes checks the manifests that Braid ships, as kustomize builds them.
package kubernetes

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// strict knows the fields that Kubernetes knows, and no other.
var strict = serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()

// overlays are those that people apply.
func overlays(t *testing.T) []string {
	t.Helper()
	folders, err := filepath.Glob("overlays/*")
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	return append(folders, ".")
}

// build returns what `kubectl apply -k folder` would apply.
func build(t *testing.T, folder string) []runtime.Object {
	t.Helper()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	require.NoError(t, err, folder)
	objects := make([]runtime.Object, 0, built.Size())
	for _, resource := range built.Resources() {
		text, err := resource.AsYAML()
		require.NoError(t, err)
		object, _, err := strict.Decode(text, nil, nil)
		require.NoError(t, err, "%s: %s", folder, text)
		objects = append(objects, object)
	}
	return objects
}

// of returns the objects of one type.
func of[T runtime.Object](objects []runtime.Object) []T {
	var found []T
	for _, object := range objects {
		if o, ok := object.(T); ok {
			found = append(found, o)
		}
	}
	return found
}

// pods returns the pods that the workloads run, by the workload's name.
func pods(objects []runtime.Object) map[string]corev1.PodTemplateSpec {
	found := map[string]corev1.PodTemplateSpec{}
	for _, set := range of[*appsv1.DaemonSet](objects) {
		found[set.Name] = set.Spec.Template
	}
	for _, set := range of[*appsv1.StatefulSet](objects) {
		found[set.Name] = set.Spec.Template
	}
	for _, set := range of[*appsv1.Deployment](objects) {
		found[set.Name] = set.Spec.Template
	}
	return found
}

// files returns what the volume shows of ConfigMaps, by name.
func files(t *testing.T, objects []runtime.Object, volume corev1.Volume) map[string]string {
	t.Helper()
	data := map[string]string{}
	if volume.Projected == nil {
		return data
	}
	for _, source := range volume.Projected.Sources {
		if source.ConfigMap == nil {
			continue
		}
		found := false
		for _, m := range of[*corev1.ConfigMap](objects) {
			if m.Name != source.ConfigMap.Name {
				continue
			}
			found = true
			maps.Copy(data, m.Data)
		}
		require.True(t, found, "no ConfigMap %s", source.ConfigMap.Name)
	}
	return data
}

// configs returns the configurations that the container is started with, in order: name and text.
func configs(t *testing.T, objects []runtime.Object, pod corev1.PodSpec) (names, texts []string) {
	t.Helper()
	data := map[string]string{}
	for _, volume := range pod.Volumes {
		for name, text := range files(t, objects, volume) {
			data["/etc/braid/"+name] = text
		}
	}
	for _, arg := range pod.Containers[0].Args {
		path, ok := strings.CutPrefix(arg, "--config=")
		require.True(t, ok, arg)
		require.Contains(t, data, path)
		names, texts = append(names, filepath.Base(path)), append(texts, data[path])
	}
	require.NotEmpty(t, names)
	return names, texts
}

// version is that of the distribution.
func version(t *testing.T) string {
	t.Helper()
	manifest, err := os.ReadFile("../../builder-config.yaml")
	require.NoError(t, err)
	_, after, ok := strings.Cut(string(manifest), "\n  version: ")
	require.True(t, ok)
	v, _, _ := strings.Cut(after, "\n")
	return v
}

//go:build integration

package kubernetes

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/braidotel/braid/testbed/collector"
)

// What each pod is started with, as its ConfigMaps have it and with its environment, is a configuration of the binary.
func TestOverlays_Configs_AreValid(t *testing.T) {
	binary, err := collector.Binary()
	require.NoError(t, err)
	checked := map[string]bool{}
	for _, overlay := range overlays(t) {
		objects := build(t, overlay)
		for name, pod := range pods(objects) {
			names, texts := configs(t, objects, pod.Spec)
			key := name + " " + strings.Join(names, " ")
			if checked[key] {
				continue
			}
			checked[key] = true
			t.Run(key, func(t *testing.T) {
				folder := t.TempDir()
				args := []string{"validate"}
				for i, text := range texts {
					file := filepath.Join(folder, names[i])
					require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
					args = append(args, "--config", file)
					if strings.Contains(text, "kubelet_stats:") { // the service account's files are only there
						args = append(args, "--config", "yaml:receivers::kubelet_stats::auth_type: none")
					}
				}
				cmd := exec.CommandContext(t.Context(), binary, args...)
				cmd.Env = pretend(t, environment(pod.Spec.Containers[0]), folder)
				out, err := cmd.CombinedOutput()
				assert.NoError(t, err, "%s", out)
			})
		}
	}
}

// The chart takes alternateConfig as it is. Without one, the image's files are named.
func TestHelmValues_Config_IsValid(t *testing.T) {
	binary, err := collector.Binary()
	require.NoError(t, err)
	for _, name := range []string{"agent", "gateway", "center"} {
		t.Run(name, func(t *testing.T) {
			v, folder, args := values(t, name), t.TempDir(), []string{"validate"}
			image := v["image"].(map[string]any)
			assert.Equal(t, version(t), image["tag"])
			env := []string{"MY_POD_IP=127.0.0.1", "OTEL_K8S_NODE_IP=127.0.0.1", "OTEL_K8S_NODE_NAME=node", "BRAID_SECRET=what is only known there"}
			if config, ok := v["alternateConfig"].(map[string]any); ok {
				config["extensions"].(map[string]any)["file_storage"].(map[string]any)["directory"] = folder
				text, err := yaml.Marshal(config)
				require.NoError(t, err)
				file := filepath.Join(folder, "config.yaml")
				require.NoError(t, os.WriteFile(file, text, 0o600))
				args = append(args, "--config", file, "--config", "yaml:receivers::kubelet_stats::auth_type: none")
			} else {
				container := charted(t, v).Spec.Template.Spec.Containers[0]
				for _, arg := range container.Args {
					args = append(args, strings.Replace(arg, "/etc/braid/", "../configs/", 1))
				}
				env = pretend(t, environment(container), folder)
			}
			cmd := exec.CommandContext(t.Context(), binary, args...)
			cmd.Env = env
			out, err := cmd.CombinedOutput()
			assert.NoError(t, err, "%s", out)
		})
	}
}

// pretend is the environment that the kubelet would give the container, with files that exist here.
func pretend(t *testing.T, env map[string]string, folder string) []string {
	t.Helper()
	env["BRAID_DATA_DIR"] = filepath.Join(folder, "data")
	for name, value := range env {
		switch {
		case strings.HasSuffix(name, "_FILE"):
			env[name] = filepath.Join(folder, filepath.Base(value))
			require.NoError(t, os.WriteFile(env[name], []byte("token"), 0o600))
		case value == "": // from a Secret or a field
			env[name] = "what is only known there"
		}
	}
	list := make([]string, 0, len(env))
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	return list
}

//go:build integration

package configs

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What replicas do when they die is testbed/replicas' to show; here that the files fit together.
func TestReplicas_LaidOverGateway_Validate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key, token := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "token")
	certify(t, cert, key)
	require.NoError(t, os.WriteFile(token, []byte("a token"), 0o600))
	redis := map[string][]string{
		"standalone": nil,
		"sentinel": {
			"BRAID_REDIS_MODE=sentinel", "BRAID_REDIS_ADDRESSES=[a:1, b:2]", "BRAID_REDIS_MASTER=braid",
			"BRAID_REDIS_SENTINEL_USERNAME=braid", "BRAID_REDIS_SENTINEL_PASSWORD=a password",
		},
		"cluster": {"BRAID_REDIS_MODE=cluster", "BRAID_REDIS_ADDRESSES=[a:1, b:2]"},
	}
	for mode, env := range redis {
		for _, files := range [][]string{
			{"gateway.yaml", replicas},
			{"gateway.yaml", secure, replicas, secureReplicas},
		} {
			args := []string{"validate"}
			for _, file := range files {
				args = append(args, "--config", file)
			}
			cmd := exec.CommandContext(t.Context(), binary(t), args...)
			cmd.Env = append(os.Environ(), "BRAID_BACKEND_ENDPOINT=127.0.0.1:1", "BRAID_DATA_DIR="+dir, "BRAID_SHARD=7",
				"BRAID_TLS_CERT_FILE="+cert, "BRAID_TLS_KEY_FILE="+key, "BRAID_TOKEN_FILE="+token, "BRAID_REDIS_CA_FILE="+cert)
			cmd.Env = append(cmd.Env, env...)
			out, err := cmd.CombinedOutput()
			assert.NoError(t, err, "%s %v: %s", mode, files, out)
		}
	}
}

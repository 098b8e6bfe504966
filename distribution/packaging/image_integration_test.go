//go:build integration

package packaging

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// image is what the Dockerfile says, as far as it can be said without an engine.
type image struct {
	from, user, workdir  string
	env                  map[string]string
	copies               [][3]string // owner, from, to
	entrypoint, argument []string
}

func parse(t *testing.T, file string) image {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	i := image{env: map[string]string{}}
	for line := range strings.Lines(string(data)) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "FROM":
			i.from = rest
		case "USER":
			i.user = rest
		case "WORKDIR":
			i.workdir = rest
		case "ENV":
			name, value, _ := strings.Cut(rest, "=")
			i.env[name] = value
		case "COPY":
			f := strings.Fields(rest)
			require.Len(t, f, 3, line)
			i.copies = append(i.copies, [3]string{strings.TrimPrefix(f[0], "--chown="), f[1], f[2]})
		case "ENTRYPOINT":
			require.NoError(t, json.Unmarshal([]byte(rest), &i.entrypoint))
		case "CMD":
			require.NoError(t, json.Unmarshal([]byte(rest), &i.argument))
		case "", "#", "EXPOSE":
		default:
			require.Fail(t, "an instruction that this test does not know", line)
		}
	}
	return i
}

// The root file system that the Dockerfile describes, mounted read-only but for its data, with its user and command.
func TestImage_ReadOnlyRoot_Runs(t *testing.T) {
	context := pack(t, "image-%s")
	onlyRoot(t)
	i := parse(t, filepath.Join(context, "Dockerfile"))
	assert.Equal(t, "scratch", i.from)
	assert.Equal(t, "10001:10001", i.user)

	root := t.TempDir()
	for _, c := range i.copies {
		to := filepath.Join(root, c[2])
		require.NoError(t, os.MkdirAll(to, 0o755))
		run(t, "cp", "-r", filepath.Join(context, c[1])+"/.", to)
		run(t, "chown", "-R", c[0], to)
	}
	require.NoError(t, os.Chmod(root, 0o755))
	assert.FileExists(t, filepath.Join(root, "etc", "ssl", "certs", "ca-certificates.crt"))
	assert.NoFileExists(t, filepath.Join(root, "bin", "sh"))

	serve(t, inside(t, root, i.user, i.workdir, append(i.entrypoint, i.argument...)...), i.env)
	assert.DirExists(t, filepath.Join(root, i.workdir, "storage"))
}

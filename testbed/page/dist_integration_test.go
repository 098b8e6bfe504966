//go:build integration

package page

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/testbed/node"
)

const web = "../../extension/assistantextension/web"

// The committed page is what its sources build.
func TestDist_IsWhatTheSourcesBuild(t *testing.T) {
	t.Parallel()
	built := filepath.Join(t.TempDir(), "dist")
	node.Install(t, web)
	node.Run(t, web, buildLimit, "npm", "run", "build", "--", "--outDir", built, "--logLevel", "warn")
	assert.Equal(t, files(t, built), files(t, filepath.Join(web, "dist")), "run `npm run build` in %s and commit dist", web)
}

// files maps names to contents.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		found[name] = string(text)
		return err
	}))
	return found
}

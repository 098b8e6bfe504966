//go:build integration

package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/needs"
)

func TestChecksums_AllFiles_Match(t *testing.T) {
	deb := pack(t, "braid_*_%s.deb")
	cmd := exec.CommandContext(t.Context(), "sha256sum", "--check", "--strict", "SHA256SUMS")
	cmd.Dir = filepath.Dir(deb)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, kind := range []string{".deb: OK", ".rpm: OK", ".tar.gz: OK", ".cdx.json: OK"} {
		assert.Contains(t, string(out), kind)
	}
}

func TestBill_Collector_NamesWhatItIsBuiltFrom(t *testing.T) {
	f, err := os.Open(pack(t, "braid-*-linux-%s.cdx.json"))
	require.NoError(t, err)
	defer f.Close()
	var b cdx.BOM
	require.NoError(t, cdx.NewBOMDecoder(f, cdx.BOMFileFormatJSON).Decode(&b))
	names := map[string]bool{}
	for _, c := range *b.Components {
		names[c.Name] = true
	}
	for _, name := range []string{"otelcol-braid", "braidctl", "stdlib", "go.opentelemetry.io/collector/otelcol", "modernc.org/sqlite"} {
		assert.Contains(t, names, name)
	}
}

func TestRPM_Query_ShowsFilesAndWhatIsKept(t *testing.T) {
	arch := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}
	deb := pack(t, "braid_*_%s.deb")
	needs.Program(t, "rpm", "rpm")
	found, err := filepath.Glob(filepath.Join(filepath.Dir(deb), "braid-*.rpm"))
	require.NoError(t, err)
	require.NotEmpty(t, found)
	query := func(args ...string) string {
		return run(t, "rpm", append([]string{"-qp", "--nosignature"}, append(args, found[0])...)...)
	}

	name := strings.Fields(query("--qf", "%{NAME} %{ARCH} %{LICENSE} %{BUILDHOST}\n"))
	assert.Contains(t, []string{arch["amd64"], arch["arm64"]}, name[1])
	assert.Equal(t, []string{"braid", "Apache-2.0", "braid"}, []string{name[0], name[2], name[3]})
	files := query("-l")
	for _, file := range []string{"/usr/bin/otelcol-braid", "/usr/bin/braidctl", "/usr/lib/systemd/system/braid.service"} {
		assert.Contains(t, files, file)
	}
	kept := query("-c")
	assert.Contains(t, kept, "/etc/braid/braid.env")
	assert.Contains(t, kept, "/etc/braid/standalone.yaml")
	assert.NotContains(t, kept, "/usr/")
	assert.Contains(t, query("--scripts"), "systemctl try-restart braid.service")
	assert.Contains(t, query("--qf", "[%{FILENAMES} %{FILEMODES:perms} %{FILEUSERNAME}\n]"), "/etc/braid/braid.env -rw------- root")
}

func TestUnit_Offline_IsWellFormedAndHardened(t *testing.T) {
	needs.Program(t, "systemd-analyze", "systemd")
	// Of a machine where it is not installed, only this may be said.
	out, _ := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--man=no", "systemd/braid.service").CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "braid.service") {
			assert.Contains(t, line, "Command /usr/bin/otelcol-braid is not executable")
		}
	}
	// 0 is nothing allowed, 100 everything: a unit without any of these settings has 96.
	t.Log(run(t, "systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", "systemd/braid.service"))
}

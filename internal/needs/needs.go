// Package needs lets a test say what the machine must have for it. Where that is missing the test is skipped, but in CI,
// which installs everything, it fails: nothing goes unchecked there unseen.
package needs

import (
	"os"
	"os/exec"
	"testing"
)

// ci is set to anything but the empty string by .ci/run.
const ci = "BRAID_CI"

// Missing ends the test for want of what the text names and says how to have.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv(ci) != "" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Program returns the path of a program that a package of Debian brings.
func Program(t testing.TB, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, "there is no %s: apt-get install %s", name, debian)
	}
	return path
}

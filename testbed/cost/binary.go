package cost

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/braidotel/braid/testbed/collector"
)

// binary returns the first that is named of: the option, the environment variable, what make build made.
func binary(named, variable, built string) (string, error) {
	if named != "" {
		return named, nil
	}
	if named = os.Getenv(variable); named != "" {
		return named, nil
	}
	root, err := collector.Root()
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, "build", built)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%w: run make build first", err)
	}
	return path, nil
}

// chain returns which of Braid's processors a collector has, in the order of the pipeline.
func chain(ctx context.Context, path string) ([]string, error) {
	out, err := exec.CommandContext(ctx, path, "components").Output()
	if err != nil {
		return nil, fmt.Errorf("asking %s for its components: %w", path, err)
	}
	lines := strings.Split(string(out), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	var found []string
	for _, name := range []string{"session_correlation", "concurrency"} {
		if slices.Contains(lines, "- name: "+name) {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s has none of Braid's processors", path)
	}
	return found, nil
}

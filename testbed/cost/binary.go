package cost

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// install makes a copy of the collector the one that is measured.
func (o *Options) install() (remove func() error, err error) {
	dir, err := os.MkdirTemp("", "braid-cost-")
	if err != nil {
		return nil, fmt.Errorf("installing the collector: %w", err)
	}
	remove = func() error { return os.RemoveAll(dir) }
	path := filepath.Join(dir, filepath.Base(o.Collector))
	if err := copyProgram(o.Collector, path); err != nil {
		return nil, errors.Join(fmt.Errorf("installing the collector: %w", err), remove())
	}
	o.Collector = path
	return remove, nil
}

func copyProgram(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
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

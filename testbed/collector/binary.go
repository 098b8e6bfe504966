package collector

import (
	"errors"
	"os"
	"path/filepath"
)

var errNotBuilt = errors.New("build/otelcol-braid is not there: run make build first, or name a collector in BRAID_COLLECTOR")

// Root returns the root of the repository that the working directory is in.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "builder-config.yaml")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("not inside the repository: no builder-config.yaml above the working directory")
		}
		dir = parent
	}
}

// Binary returns the built collector: what BRAID_COLLECTOR names, else build/otelcol-braid of the repository.
func Binary() (string, error) {
	if name := os.Getenv("BRAID_COLLECTOR"); name != "" {
		return name, nil
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	name := filepath.Join(root, "build", "otelcol-braid")
	if _, err := os.Stat(name); err != nil {
		return "", errNotBuilt
	}
	return name, nil
}

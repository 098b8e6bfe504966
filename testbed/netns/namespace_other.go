//go:build !linux

package netns

import (
	"errors"
	"fmt"
)

// New fails: only Linux has network namespaces.
func New() (*Namespace, error) {
	return nil, fmt.Errorf("making a network namespace: %w", errors.ErrUnsupported)
}

func (n *Namespace) within(func() error) error { return errors.ErrUnsupported }

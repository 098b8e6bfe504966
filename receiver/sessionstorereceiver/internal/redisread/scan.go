package redisread

import (
	"context"
	"fmt"
	"strings"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/source"
)

// Full reads every session of every master with SCAN, one master after the other and no faster than allowed.
func (s *Store) Full(ctx context.Context, page source.Page) (bool, error) {
	if err := s.listen(ctx); err != nil {
		return false, err
	}
	before, err := s.topology(ctx)
	if err != nil {
		s.reload(ctx)
		return false, err
	}
	masters, err := s.masters(ctx)
	if err != nil {
		return false, err
	}
	for _, m := range masters {
		if err := s.scan(ctx, m, page); err != nil {
			s.reload(ctx)
			return false, fmt.Errorf("reading %s: %w", m.address, err)
		}
	}
	after, err := s.topology(ctx)
	return err == nil && before == after, err
}

// scan reads one master.
func (s *Store) scan(ctx context.Context, m master, page source.Page) error {
	match := glob(s.options.Layout.Prefix()) + "*"
	var cursor uint64
	for {
		if err := s.limiter.WaitN(ctx, s.options.Count); err != nil {
			return err
		}
		keys, next, err := m.client.Scan(ctx, cursor, match, int64(s.options.Count)).Result()
		if err != nil {
			return fmt.Errorf("SCAN: %w", err)
		}
		s.read.Add(int64(s.options.Count))
		changes, err := s.readKeys(ctx, keys, false)
		if err != nil {
			return err
		}
		if err := page(changes); err != nil {
			return err
		}
		if err := s.drain(ctx, page); err != nil {
			return err
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// glob makes a text stand for itself in a pattern.
func glob(text string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `^`, `\^`).Replace(text)
}

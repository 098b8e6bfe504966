package pager

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Store keeps what must outlive a restart, as the collector's storage clients do. Get gives nil for what is not there.
type Store interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Set(ctx context.Context, key string, value []byte) error
}

// The keys of a store.
const (
	sentKey     = "sent"
	silencesKey = "silences"
	threadsKey  = "threads"
)

const (
	// upkeep is how often silences and what was sent are kept: a process that is killed forgets what is younger.
	upkeep = 10 * time.Second
	// storeLimit ends one look into a store.
	storeLimit = 10 * time.Second
)

// load reads a snapshot; nil where there is none.
func load(s Store, key string) (io.Reader, error) {
	if s == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeLimit)
	defer cancel()
	raw, err := s.Get(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("storage: reading %s: %w", key, err)
	}
	if raw == nil {
		return nil, nil
	}
	return bytes.NewReader(raw), nil
}

// restore opens something with what was kept of it, or without where that cannot be read.
func (s *Settings) restore(key string, open func(from io.Reader) error) error {
	from, err := load(s.Store, key)
	if err != nil {
		return err
	}
	if err = open(from); err != nil && from != nil {
		s.Logger.Warn("What notifications remembered could not be read and begins anew", "key", key, "err", err)
		err = open(nil)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

// kept is what of the engine outlives a restart.
type kept interface {
	GC() (int, error)
	Snapshot(w io.Writer) (int64, error)
}

// keep drops what is old and writes the rest to the store, where there is one.
func keep(s Store, key string, what kept) error {
	if _, err := what.GC(); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if s == nil {
		return nil
	}
	var b bytes.Buffer
	if _, err := what.Snapshot(&b); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeLimit)
	defer cancel()
	if err := s.Set(ctx, key, b.Bytes()); err != nil {
		return fmt.Errorf("storage: writing %s: %w", key, err)
	}
	return nil
}

// keepUp keeps something every so often, and once more when told to stop.
func keepUp(stop <-chan struct{}, s Store, key string, what kept, logger *slog.Logger) {
	ticker := time.NewTicker(upkeep)
	defer ticker.Stop()
	for on := true; on; {
		select {
		case <-ticker.C:
		case <-stop:
			on = false
		}
		if err := keep(s, key, what); err != nil {
			logger.Warn("What notifications must remember over a restart could not be kept", "err", err)
		}
	}
}

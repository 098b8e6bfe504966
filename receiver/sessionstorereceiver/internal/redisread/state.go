package redisread

import (
	"context"
	"errors"
	"fmt"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/redisinfo"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/source"
)

// State asks every master for its memory, its keys and its replicas.
func (s *Store) State(ctx context.Context) ([]source.Server, error) {
	masters, err := s.masters(ctx)
	if err != nil {
		return nil, err
	}
	servers := make([]source.Server, 0, len(masters))
	var errs []error
	for _, m := range masters {
		info, err := m.client.Info(ctx).Result()
		if err != nil {
			errs = append(errs, fmt.Errorf("INFO of %s: %w", m.address, err))
			continue
		}
		server := redisinfo.Parse(info, s.options.Database)
		server.Address = m.address
		servers = append(servers, server)
	}
	return servers, errors.Join(errs...)
}

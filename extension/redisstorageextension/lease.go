package redisstorageextension

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"
)

// How often whoever waits looks at a lease, and how often whoever holds one renews it while it lasts.
const (
	lookEvery        = 100 * time.Millisecond
	renewalsPerLease = 5
)

// lease is the right to write a shard. The server checks its token with every write; what is remembered here only spares
// the server the question.
type lease struct {
	server *server
	length time.Duration
	token  string
	epoch  int64

	// held ends when the lease is lost or given back, with the reason as its cause.
	held context.Context //nolint:containedctx // it is the state of the lease, not a caller's
	end  context.CancelCauseFunc
	done sync.WaitGroup
}

// waiting tells whoever is interested why a lease is not taken yet: another holds it, or the server cannot be asked.
type waiting func(holder string, err error)

// acquireLease takes the shard's lease as soon as it may. It waits for one that is held, unless ctx ends first or the server
// refuses for a reason that does not pass.
//
// A lease that has run out is taken only by who has been able to look at it for its whole length: after a failover of the
// server the holder, who could not renew it either, gets the time to do so.
func acquireLease(ctx context.Context, s *server, tell waiting) (*lease, error) {
	l := &lease{server: s, length: s.cfg.Lease, token: rand.Text()}
	for since := time.Now(); ; {
		mayTakeExpired := "0"
		if time.Since(since) >= l.length {
			mayTakeExpired = "1"
		}
		left, holder, err := l.take(ctx, mayTakeExpired)
		switch {
		case err == nil && l.epoch > 0:
			l.begin()
			return l, nil
		case err != nil && !passing(err), ctx.Err() != nil:
			return nil, errors.Join(err, context.Cause(ctx))
		case err != nil:
			since = time.Now()
			s.forget(ctx)
		}
		tell(holder, err)
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(min(left, lookEvery)):
		}
	}
}

func (l *lease) begin() { l.held, l.end = context.WithCancelCause(context.Background()) }

// take tries once. The epoch is set if it succeeds.
func (l *lease) take(ctx context.Context, mayTakeExpired string) (left time.Duration, holder string, err error) {
	cfg := l.server.cfg
	ctx, cancel := context.WithTimeout(ctx, cfg.DialTimeout+cfg.WaitTimeout)
	defer cancel()
	reply, err := l.server.once(ctx, call{
		script: acquireScript, keys: []string{leaseKey(cfg)}, durable: true,
		args: []any{l.token, cfg.Holder, l.length.Milliseconds(), mayTakeExpired},
	})
	if err != nil {
		return lookEvery, "", err
	}
	parts, _ := reply.([]any)
	if len(parts) != 3 {
		return lookEvery, "", fmt.Errorf("the lease %s cannot be read: %v", leaseKey(cfg), reply)
	}
	l.epoch, _ = parts[0].(int64)
	ms, _ := parts[1].(int64)
	holder, _ = parts[2].(string)
	if ms == 0 { // it has run out and may not be taken yet
		return lookEvery, holder, nil
	}
	return time.Duration(ms) * time.Millisecond, holder, nil
}

// keep renews the lease until it ends. It tells of every attempt; one that fails is no loss yet, since nobody else may have
// been able to take it either.
func (l *lease) keep(tell func(error)) {
	l.done.Go(func() {
		ticker := time.NewTicker(l.length / renewalsPerLease)
		defer ticker.Stop()
		for {
			select {
			case <-l.held.Done():
				return
			case <-ticker.C:
				tell(l.renew())
			}
		}
	})
}

func (l *lease) renew() error {
	ctx, cancel := context.WithTimeout(l.held, l.length/2)
	defer cancel()
	reply, err := l.server.once(ctx, call{
		script: renewScript, keys: []string{leaseKey(l.server.cfg)}, args: []any{l.token, l.length.Milliseconds()},
	})
	switch {
	case err != nil:
		l.server.forget(ctx)
		return fmt.Errorf("renewing the lease: %w", err)
	case reply == int64(0):
		return errFenced
	}
	return nil
}

// lost ends the lease if the error says that another replica has it, and reports whether that is so, now or before.
func (l *lease) lost(err error) bool {
	if errors.Is(err, errFenced) {
		l.end(errFenced)
	}
	return errors.Is(context.Cause(l.held), errFenced)
}

// while returns a context that also ends with the lease.
func (l *lease) while(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(l.held, func() { cancel(context.Cause(l.held)) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

var errReleased = errors.New("the storage is shut down")

// release gives the lease back, so that nobody has to wait until it runs out.
func (l *lease) release(ctx context.Context) error {
	if l.lost(nil) {
		l.done.Wait()
		return nil
	}
	l.end(errReleased)
	l.done.Wait()
	cfg := l.server.cfg
	ctx, cancel := context.WithTimeout(ctx, cfg.DialTimeout+cfg.WaitTimeout)
	defer cancel()
	if _, err := l.server.once(ctx, call{
		script: releaseScript, keys: []string{leaseKey(cfg)}, args: []any{l.token},
	}); err != nil {
		return fmt.Errorf("giving back the lease, which others now wait for: %w", err)
	}
	return nil
}

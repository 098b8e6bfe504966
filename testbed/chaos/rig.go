package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/testbed/chaos/peer"
	"github.com/braidotel/braid/testbed/collector"
	"github.com/braidotel/braid/testbed/wait"
)

const (
	secret         = "a secret of this test alone"
	storedSessions = 3 // that each phase adds to the session store
)

// rig is one collector among its peers, for one scenario.
type rig struct {
	binary  string
	dir     string // of the test
	disk    string // of the collector
	servers *servers
	backend *peer.Backend
	model   *peer.Model
	broker  *peer.Broker
	proxies map[string]*peer.Proxy
	at      collector.Endpoints
	config  collector.Config
	process *collector.Process

	phases      []*phase // what has been sent
	callsBefore int64    // of the model, when the fault was over
}

// newRig starts the peers that a scenario has for itself, and the collector.
func newRig(ctx context.Context, binary string, shared *servers, s *scenario) (_ *rig, err error) {
	r := &rig{binary: binary, servers: shared, proxies: map[string]*peer.Proxy{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	if r.dir, err = os.MkdirTemp("", "braid-chaos-"); err != nil {
		return nil, err
	}
	r.disk = r.dir + "/disk"
	if err := os.Mkdir(r.disk, 0o700); err != nil {
		return nil, err
	}
	if s.small {
		if err := syscall.Mount("braid", r.disk, "tmpfs", 0, "size="+diskSize); err != nil {
			return nil, fmt.Errorf("%w: %w", errNoMount, err)
		}
	}
	if err := shared.empty(ctx); err != nil {
		return nil, err
	}
	if r.backend, err = peer.NewBackend(ctx); err != nil {
		return nil, err
	}
	r.model = peer.NewModel()
	for name, to := range map[string]string{
		backend: r.backend.Address(), model: r.model.Address(), redis: shared.redis.Address, postgres: shared.postgres.Address,
	} {
		if r.proxies[name], err = peer.NewProxy(ctx, to, delays[name]); err != nil {
			return nil, err
		}
	}
	if r.broker, err = peer.NewBroker(ctx, delays[broker], topic); err != nil {
		return nil, err
	}
	r.proxies[broker] = r.broker.Proxy()
	storage := s.storage
	if storage == "" {
		storage = "redis_storage"
	}
	if err := r.configure(storage, r.disk); err != nil {
		return nil, err
	}
	err = r.start(ctx)
	return r, err
}

var errNoMount = errors.New("mounting a small disk needs root")

func (r *rig) close() error {
	var errs []error
	if r.process != nil {
		errs = append(errs, r.process.Kill())
	}
	if r.broker != nil {
		errs = append(errs, r.broker.Close())
		delete(r.proxies, broker) // which it has closed
	}
	for _, p := range r.proxies {
		errs = append(errs, p.Close())
	}
	if r.model != nil {
		r.model.Close()
	}
	if r.backend != nil {
		errs = append(errs, r.backend.Close())
	}
	_ = syscall.Unmount(r.disk, 0) // an error if it was never mounted
	return errors.Join(append(errs, os.RemoveAll(r.dir))...)
}

func (r *rig) readies() int { return strings.Count(r.process.Logs(), "Everything is ready") }

// play lets a scenario happen: telemetry before, during and after the fault.
func (r *rig) play(ctx context.Context, s *scenario) (err error) {
	client, err := otlpsend.Dial(r.at.OTLPGRPC, otlpsend.Options{Patience: 2 * patience, Timeout: answerWithin})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	if err := r.phase(ctx, client, "before", 0); err != nil {
		return fmt.Errorf("before the fault: %w", err)
	}
	// What is broken has to be in use.
	if err := r.until(ctx, patience, func() error { return everySpanHasItsSession(ctx, r) }); err != nil {
		return fmt.Errorf("before the fault: %w", err)
	}
	if err := s.inject(ctx, r); err != nil {
		return fmt.Errorf("breaking: %w", err)
	}
	broken := time.Now()
	var sending errgroup.Group
	sending.Go(func() error { return r.phase(ctx, client, "during", s.skew) })
	if answered, err := r.ask(ctx); !answered {
		err = fmt.Errorf("the assistant has said nothing while it lasted: %w", err)
		return errors.Join(err, s.repair(ctx, r), sending.Wait())
	}
	err = wait.For(ctx, time.Until(broken.Add(hold)))
	r.callsBefore = r.model.Calls()
	if err := errors.Join(err, r.alive(), s.repair(ctx, r), sending.Wait()); err != nil {
		return err
	}
	if err := r.phase(ctx, client, "after", 0); err != nil {
		return fmt.Errorf("after the fault: %w", err)
	}
	stats := client.Stats()
	if total := stats.Total(); total.Refused+total.Failed > 0 {
		return fmt.Errorf("telemetry was refused for good: %s", &stats)
	}
	return nil
}

func (r *rig) phase(ctx context.Context, client *otlpsend.Client, name string, skew time.Duration) error {
	p := &phase{name: name, number: uint64(len(r.phases)), skew: skew}
	r.phases = append(r.phases, p)
	if err := r.store(ctx, p); err != nil { // waits while Redis is full
		return err
	}
	if err := errors.Join(r.propose(ctx, p), r.write(ctx, p)); err != nil {
		return err
	}
	return p.send(ctx, client, pause)
}

// store puts a phase's sessions into the session store, as an application server would.
func (r *rig) store(ctx context.Context, p *phase) error {
	now := time.Now().UnixMilli()
	for n := range storedSessions {
		err := r.until(ctx, patience, func() error {
			key := fmt.Sprintf("spring:session:sessions:%s-%d", p.name, n)
			return r.servers.redis.Client.HSet(ctx, key, "creationTime", now, "lastAccessedTime", now, "maxInactiveInterval", 1800).Err()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

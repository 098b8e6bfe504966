package redisstorageextension

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/braidotel/braid/extension/redisstorageextension/internal/metadata"
	"github.com/braidotel/braid/internal/extensionstatus"
)

// sayAgain is how often somebody who waits says so.
const sayAgain = 30 * time.Second

// redisStorage is the extension. It connects when the first component asks for storage: until then, and for ever where
// nobody does, it is idle.
type redisStorage struct {
	cfg    *Config
	id     component.ID
	logger *zap.Logger
	tel    *metadata.TelemetryBuilder
	host   component.Host
	server *server

	ctx  context.Context //nolint:containedctx // from Start to Shutdown
	stop context.CancelFunc

	mu    sync.Mutex // held while the lease is waited for: whoever comes meanwhile waits too
	lease atomic.Pointer[lease]

	troubled atomic.Int32 // what hindered when something was last tried of the server: noTrouble, unreachable, unconfirmed
	fenced   atomic.Bool  // said that the lease is lost
}

var _ storage.Extension = (*redisStorage)(nil)

func newExtension(set extension.Settings, cfg *Config) (*redisStorage, error) {
	tel, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("creating own telemetry: %w", err)
	}
	own := *cfg
	if own.Holder == "" {
		name, _ := os.Hostname()
		own.Holder = fmt.Sprintf("%s/%d", name, os.Getpid())
	}
	logger := set.Logger.With(zap.String("shard", own.Shard))
	return &redisStorage{cfg: &own, id: set.ID, logger: logger, tel: tel}, nil
}

// Start implements component.Component.
func (e *redisStorage) Start(ctx context.Context, host component.Host) error {
	var err error
	if e.server, err = connect(ctx, e.cfg, e.tel); err != nil {
		return err
	}
	e.host = host
	e.ctx, e.stop = context.WithCancel(context.Background())
	return errors.Join(
		e.tel.RegisterExtensionRedisStorageLeaseHeldCallback(e.observe(func(*lease) int64 { return 1 })),
		e.tel.RegisterExtensionRedisStorageEpochCallback(e.observe(func(l *lease) int64 { return l.epoch })),
	)
}

// observe reports of the lease while it is held, and zero else.
func (e *redisStorage) observe(of func(*lease) int64) metric.Int64Callback {
	return func(_ context.Context, o metric.Int64Observer) error {
		value := int64(0)
		if l := e.lease.Load(); l != nil && l.held.Err() == nil {
			value = of(l)
		}
		o.Observe(value)
		return nil
	}
}

// GetClient implements storage.Extension. It returns when this replica holds the shard's lease: a component that starts
// waits here while another replica works, and with it everything that would receive data.
func (e *redisStorage) GetClient(ctx context.Context, kind component.Kind, id component.ID, name string) (storage.Client, error) {
	if e.server == nil {
		return nil, errors.New("redis_storage has not been started: add it to service::extensions")
	}
	l, err := e.hold(ctx)
	if err != nil {
		return nil, fmt.Errorf("shard %s: %w", e.cfg.Shard, err)
	}
	return &client{prefix: clientPrefix(e.cfg, kind, id, name), ext: e, lease: l}, nil
}

// hold returns the lease, taken if need be.
func (e *redisStorage) hold(ctx context.Context) (*lease, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if l := e.lease.Load(); l != nil {
		return l, context.Cause(l.held)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(e.ctx, func() { cancel(errReleased) })()
	if err := e.server.keeps(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	l, err := acquireLease(ctx, e.server, e.patiently())
	if err != nil {
		return nil, err
	}
	e.lease.Store(l)
	e.recovered()
	e.tel.ExtensionRedisStorageTakeover.Record(ctx, time.Since(began).Seconds())
	e.logger.Info("took the shard", zap.Int64("epoch", l.epoch), zap.Duration("waited", time.Since(began)))
	l.keep(e.judge)
	return l, nil
}

// patiently returns what tells why the lease is not taken yet: when the reason changes, and now and then.
func (e *redisStorage) patiently() waiting {
	var said string
	var at time.Time
	return func(holder string, err error) {
		if err == nil {
			e.recovered()
		} else {
			e.trouble(err)
		}
		now := time.Now()
		if err != nil || holder == said && now.Sub(at) < sayAgain {
			return
		}
		said, at = holder, now
		e.logger.Info("another replica works on the shard; this one waits", zap.String("holder", holder))
	}
}

// judge takes note of a renewal.
func (e *redisStorage) judge(err error) {
	l := e.lease.Load()
	switch {
	case err == nil:
		e.recovered()
	case l.lost(err):
		e.fence()
	case l.held.Err() == nil: // else it is being given back
		e.trouble(err)
	}
}

// fence says, once, that another replica has the shard. What this one remembers is the past, and the data it is sent
// belongs to the other, so it has to end; whoever starts it again makes it the one that waits.
func (e *redisStorage) fence() {
	if e.fenced.Swap(true) {
		return
	}
	e.logger.Error("lost the shard to another replica: nothing is written any more, and this one ends")
	extensionstatus.Report(e.host, e.id, componentstatus.NewFatalErrorEvent(fmt.Errorf("shard %s: %w", e.cfg.Shard, errFenced)))
}

// What hinders, the more telling the higher: that a write was not confirmed is also known of a server that then falls silent.
const (
	noTrouble int32 = iota
	unreachable
	unconfirmed
)

// trouble says once what hinders, and once more if it turns out to be the more telling of the two.
func (e *redisStorage) trouble(err error) {
	now, what := unreachable, "the server at `addresses` cannot be reached; what needs it waits"
	if errors.Is(err, errUnacknowledged) {
		now, what = unconfirmed, "too few replicas of the server have what is written, and what needs it waits; "+
			"a server that has none needs `replicas_acknowledged: 0`"
	}
	if was := e.troubled.Load(); was >= now || !e.troubled.CompareAndSwap(was, now) {
		return
	}
	e.logger.Warn(what, zap.Error(err))
	extensionstatus.Report(e.host, e.id, componentstatus.NewRecoverableErrorEvent(err))
}

func (e *redisStorage) recovered() {
	if e.troubled.Swap(noTrouble) != noTrouble {
		e.logger.Info("the server can be reached again")
		extensionstatus.Report(e.host, e.id, componentstatus.NewEvent(componentstatus.StatusOK))
	}
}

// Shutdown implements component.Component. The pipelines have ended by now.
func (e *redisStorage) Shutdown(ctx context.Context) error {
	if e.server == nil {
		e.tel.Shutdown()
		return nil
	}
	e.stop()
	e.mu.Lock()
	defer e.mu.Unlock()
	var err error
	if l := e.lease.Load(); l != nil {
		err = l.release(ctx)
	}
	e.tel.Shutdown()
	err = errors.Join(err, e.server.close())
	e.server = nil
	return err
}

package sessionstorereceiver

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/source"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/view"
)

const (
	// retryFirst and retryMost bound the pause after a failure.
	retryFirst = 500 * time.Millisecond
	retryMost  = 30 * time.Second
	// pauseBetween is the least time between two full views.
	pauseBetween = time.Second
)

// watcher reads one store.
type watcher struct {
	core   *core
	name   string
	number view.Store
	cfg    StoreConfig
	source source.Source
	host   component.Host
	set    metric.MeasurementOption

	failing  bool
	notified bool
	told     bool // whether notifications were told of
}

func newWatcher(c *core, name string, number view.Store, cfg StoreConfig, src source.Source) *watcher {
	return &watcher{
		core: c, name: name, number: number, cfg: cfg, source: src,
		set: metric.WithAttributes(attribute.String("store", name)),
	}
}

// run takes full views, and what changes in between, until ctx ends.
func (w *watcher) run(ctx context.Context) {
	pause := retryFirst
	for ctx.Err() == nil {
		err := w.runOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		w.tell(err)
		if err == nil {
			pause = retryFirst
			_ = sleep(ctx, pauseBetween)
			continue
		}
		_ = sleep(ctx, pause)
		pause = min(2*pause, retryMost)
	}
}

// runOnce takes one full view and follows the changes until the next is due.
func (w *watcher) runOnce(ctx context.Context) error {
	began := time.Now()
	whole, err := w.full(ctx)
	if err != nil {
		return err
	}
	w.tell(nil)
	until := began.Add(w.cfg.Poll)
	if w.source.Notified() {
		until = began.Add(w.cfg.FullView)
	}
	if !whole {
		return nil
	}
	w.tellNotified()
	_, err = w.source.Changes(ctx, until, func(changes []source.Change) error { return w.take(ctx, changes) })
	return err
}

// full reads every session.
func (w *watcher) full(ctx context.Context) (whole bool, err error) {
	began := time.Now()
	w.core.mu.Lock()
	w.core.view.Begin(w.number)
	w.core.mu.Unlock()
	whole, err = w.source.Full(ctx, func(changes []source.Change) error { return w.take(ctx, changes) })
	outcome := "whole"
	switch {
	case err != nil:
		outcome = "failed"
	case !whole:
		outcome = "partial"
	default:
		w.core.mu.Lock()
		w.core.view.Finish(w.number, time.Now())
		events := w.core.view.Take()
		w.core.mu.Unlock()
		w.core.emit(ctx, events)
		w.core.telemetry.ReceiverSessionStoreFullViewDuration.Record(ctx, time.Since(began).Seconds(), w.set)
	}
	w.core.telemetry.ReceiverSessionStoreFullViews.Add(ctx, 1, w.set, metric.WithAttributes(attribute.String("outcome", outcome)))
	return whole, err
}

// take brings a page into the view and sends what that told.
func (w *watcher) take(ctx context.Context, changes []source.Change) error {
	now := time.Now()
	w.core.mu.Lock()
	for i := range changes {
		w.apply(&changes[i], now)
	}
	events := w.core.view.Take()
	w.core.mu.Unlock()
	w.core.emit(ctx, events)
	return ctx.Err()
}

func (w *watcher) apply(change *source.Change, now time.Time) {
	v, token := w.core.view, w.cfg.token(w.core.key, change.Session.ID)
	if w.core.cfg.Users == usersNone {
		change.Session.User = ""
	}
	switch {
	case change.Gone == source.Unknown:
		v.Remove(w.number, token, "", now)
	case change.Gone != "":
		v.Remove(w.number, token, string(change.Gone), now)
	case change.UserOnly && change.Session.User != "":
		v.Login(w.number, token, change.Session.User, now)
	case !change.UserOnly:
		v.Observe(w.number, token, change.Session, now)
	}
}

// tell reports trouble with the store, and its end, once each.
func (w *watcher) tell(err error) {
	switch {
	case err != nil && !w.failing:
		w.failing = true
		w.core.logger.Warn("the session store cannot be read; it is tried again and again", zap.String("store", w.name), zap.Error(err))
		componentstatus.ReportStatus(w.host, componentstatus.NewRecoverableErrorEvent(errors.New("store "+w.name+": "+err.Error())))
	case err == nil && w.failing:
		w.failing = false
		w.core.logger.Info("the session store can be read again", zap.String("store", w.name))
		componentstatus.ReportStatus(w.host, componentstatus.NewEvent(componentstatus.StatusOK))
	}
}

// tellNotified says how changes will be known.
func (w *watcher) tellNotified() {
	notified := w.source.Notified()
	if w.told && notified == w.notified {
		return
	}
	w.told, w.notified = true, notified
	how := "the store does not tell of changes: full views at the interval of poll"
	if notified {
		how = "the store tells of changes"
	}
	w.core.logger.Info(how, zap.String("store", w.name))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

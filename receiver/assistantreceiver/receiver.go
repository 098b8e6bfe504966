package assistantreceiver

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/receiver/assistantreceiver/internal/metadata"
)

const (
	// retryAfter is how soon what could not be told is told again.
	retryAfter = time.Second
	// patience ends one attempt.
	patience = 30 * time.Second
)

// follower tells a pipeline what becomes of actions, each step once it is taken, and again until the pipeline has it.
type follower struct {
	set       receiver.Settings
	cfg       *Config
	next      consumer.Logs
	telemetry *metadata.TelemetryBuilder

	chronicle action.Chronicle
	storage   storage.Client // nil without one
	told      *told
	failing   bool
	report    func(*componentstatus.Event)

	stop    context.CancelFunc
	running sync.WaitGroup
}

func newReceiver(set receiver.Settings, cfg *Config, next consumer.Logs) (*follower, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("creating own telemetry: %w", err)
	}
	return &follower{set: set, cfg: cfg, next: next, telemetry: telemetry}, nil
}

// Start finds the assistant and follows it.
func (f *follower) Start(ctx context.Context, host component.Host) error {
	ext, ok := host.GetExtensions()[f.cfg.Assistant]
	if !ok {
		return fmt.Errorf("assistant: there is no extension %q: configure it under extensions and add it to service::extensions", f.cfg.Assistant)
	}
	if f.chronicle, ok = ext.(action.Chronicle); !ok {
		return fmt.Errorf("assistant: the extension %q decides about no actions", f.cfg.Assistant)
	}
	if err := f.open(ctx, host); err != nil {
		return err
	}
	f.report = func(e *componentstatus.Event) { componentstatus.ReportStatus(host, e) }
	ctx, f.stop = context.WithCancel(context.WithoutCancel(ctx))
	f.running.Go(func() { f.run(ctx) })
	return nil
}

func (f *follower) open(ctx context.Context, host component.Host) error {
	if f.cfg.Storage != nil {
		ext, ok := host.GetExtensions()[*f.cfg.Storage].(storage.Extension)
		if !ok {
			return fmt.Errorf("storage: there is no storage extension %q: configure one, as file_storage is, and add it to service::extensions", *f.cfg.Storage)
		}
		var err error
		if f.storage, err = ext.GetClient(ctx, component.KindReceiver, f.set.ID, ""); err != nil {
			return fmt.Errorf("storage: %w", err)
		}
	}
	var err error
	f.told, err = loadTold(ctx, f.storage, time.Now())
	return err
}

// Shutdown stops following. What happens later is told after the next start, where there is a storage.
func (f *follower) Shutdown(ctx context.Context) error {
	if f.stop != nil {
		f.stop()
	}
	f.running.Wait()
	f.telemetry.Shutdown()
	if f.storage != nil {
		return f.storage.Close(ctx)
	}
	return nil
}

func (f *follower) run(ctx context.Context) {
	for ctx.Err() == nil {
		changed, wait := f.chronicle.Changed(), f.cfg.Interval // before looking, so that no step falls between
		if err := f.pass(ctx); err != nil && ctx.Err() == nil {
			f.trouble(err)
			changed, wait = nil, min(retryAfter, wait)
		} else {
			f.trouble(nil)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// trouble reports as the status that the history or the pipeline does not work, and that it does again.
func (f *follower) trouble(err error) {
	switch {
	case err != nil && !f.failing:
		f.report(componentstatus.NewRecoverableErrorEvent(err))
		f.set.Logger.Warn("Steps of actions could not be told; it is tried again", zap.Error(err))
	case err == nil && f.failing:
		f.report(componentstatus.NewEvent(componentstatus.StatusOK))
	}
	f.failing = err != nil
}

// pass tells what is new.
func (f *follower) pass(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	list, err := f.chronicle.Happenings(ctx, f.told.after())
	if err != nil {
		return fmt.Errorf("looking for steps of actions: %w", err)
	}
	list = f.told.news(list)
	if len(list) == 0 {
		return nil
	}
	result := "sent"
	if err := f.next.ConsumeLogs(ctx, events(list, time.Now())); err != nil {
		if !consumererror.IsPermanent(err) {
			f.count(ctx, "retried", len(list))
			return fmt.Errorf("the pipeline: %w", err)
		}
		f.set.Logger.Error("The pipeline refuses steps of actions; the history has them", zap.Error(err))
		result = "refused" // and would again
	}
	f.count(ctx, result, len(list))
	f.told.note(list)
	return f.told.keep(ctx, f.storage)
}

func (f *follower) count(ctx context.Context, result string, n int) {
	f.telemetry.ReceiverAssistantEvents.Add(ctx, int64(n), metric.WithAttributes(attribute.String("result", result)))
}

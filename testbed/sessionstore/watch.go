package sessionstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/braidotel/braid/receiver/sessionstorereceiver"
)

// Session is what events have told of a session.
type Session struct {
	// ID is its session.id, Store its store's name, User who is logged in.
	ID, Store, User string
	// Started and Ended count the events.
	Started, Ended int
	// Reason is why it ended last.
	Reason string
	// Seen is when the latest event arrived.
	Seen time.Time
}

// Watch runs a session_store receiver and folds what it tells.
type Watch struct {
	logs    receiver.Logs
	metrics receiver.Metrics

	mu         sync.Mutex
	sessions   map[string]Session // by session.id
	duplicates []map[string]any
	points     map[string]float64 // by metric and attributes
	dump       []byte
}

// maxDump is how much of what has left is kept, to look for what should not have.
const maxDump = 1 << 20

// StartWatch starts the receiver with a configuration.
func StartWatch(ctx context.Context, config map[string]any) (*Watch, error) {
	factory := sessionstorereceiver.NewFactory()
	cfg := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(config).Unmarshal(cfg); err != nil {
		return nil, err
	}
	if err := cfg.(interface{ Validate() error }).Validate(); err != nil {
		return nil, err
	}
	w := &Watch{sessions: make(map[string]Session), points: make(map[string]float64)}
	set := receivertest.NewNopSettings(factory.Type())
	nextLogs, err := consumer.NewLogs(w.takeLogs)
	if err != nil {
		return nil, err
	}
	nextMetrics, err := consumer.NewMetrics(w.takeMetrics)
	if err != nil {
		return nil, err
	}
	if w.logs, err = factory.CreateLogs(ctx, set, cfg, nextLogs); err != nil {
		return nil, err
	}
	if w.metrics, err = factory.CreateMetrics(ctx, set, cfg, nextMetrics); err != nil {
		return nil, err
	}
	host := componenttest.NewNopHost()
	for _, c := range []component.Component{w.logs, w.metrics} {
		if err := c.Start(ctx, host); err != nil {
			return nil, errors.Join(err, w.Stop())
		}
	}
	return w, nil
}

// Stop stops the receiver.
func (w *Watch) Stop() error {
	ctx := context.Background()
	return errors.Join(w.logs.Shutdown(ctx), w.metrics.Shutdown(ctx))
}

func (w *Watch) takeLogs(_ context.Context, ld plog.Logs) error {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.dump) < maxDump {
		text, err := (&plog.JSONMarshaler{}).MarshalLogs(ld)
		if err != nil {
			return err
		}
		w.dump = append(w.dump, text...)
	}
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				w.fold(r, now)
			}
		}
	}
	return nil
}

func (w *Watch) fold(r plog.LogRecord, now time.Time) {
	text := func(key string) string {
		if v, ok := r.Attributes().Get(key); ok {
			return v.AsString()
		}
		return ""
	}
	if r.EventName() == "braid.session.duplicate_login" {
		w.duplicates = append(w.duplicates, r.Attributes().AsRaw())
		return
	}
	id := text("session.id")
	s := w.sessions[id]
	s.ID, s.Store, s.Seen = id, text("braid.session_store.name"), now
	if user := text("user.id"); user != "" {
		s.User = user
	}
	switch r.EventName() {
	case "session.start":
		s.Started++
	case "session.end":
		s.Ended++
		s.Reason = text("braid.session.end_reason")
	}
	w.sessions[id] = s
}

func (w *Watch) takeMetrics(_ context.Context, md pmetric.Metrics) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, rm := range md.ResourceMetrics().All() {
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				points := m.Gauge().DataPoints
				if m.Type() == pmetric.MetricTypeSum {
					points = m.Sum().DataPoints
				}
				for _, p := range points().All() {
					value := p.DoubleValue()
					if p.ValueType() == pmetric.NumberDataPointValueTypeInt {
						value = float64(p.IntValue())
					}
					w.points[fmt.Sprint(m.Name(), p.Attributes().AsRaw())] = value
				}
			}
		}
	}
	return nil
}

// Contains reports whether a text is anywhere in the first of what has left.
func (w *Watch) Contains(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Contains(w.dump, []byte(text))
}

// Sessions returns a copy of what is known.
func (w *Watch) Sessions() map[string]Session {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.sessions)
}

// Session returns what is known of one session.
func (w *Watch) Session(id string) Session {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sessions[id]
}

// Open counts the sessions that have started and not ended.
func (w *Watch) Open() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.sessions {
		if s.Started > s.Ended {
			n++
		}
	}
	return n
}

// Known counts the sessions that were ever told of.
func (w *Watch) Known() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.sessions)
}

// Duplicates are the attributes of the duplicate log-ins.
func (w *Watch) Duplicates() []map[string]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]map[string]any(nil), w.duplicates...)
}

// Points returns the latest value of every series whose name and attributes are as text.
func (w *Watch) Points() map[string]float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.points)
}

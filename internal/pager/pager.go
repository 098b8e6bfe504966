// Package pager sends notifications through Alertmanager's own engine, configured by an Alertmanager file: its routes group,
// deduplicate, repeat and escalate, its time intervals mute, its integrations speak to webhooks, Slack, PagerDuty and mail.
package pager

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/nflog"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/provider/mem"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/alertmanager/types"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
)

const (
	retention   = 5 * 24 * time.Hour
	maintenance = 30 * time.Second
)

// Pager is a running engine.
type Pager struct {
	receivers  *Receivers
	alerts     *mem.Alerts
	dispatcher *dispatch.Dispatcher
	inhibitor  *inhibit.Inhibitor
	silences   *silence.Silences
	sent       *nflog.Log
	stop       chan struct{} // ends the upkeep of silences and of what was sent
	cancel     context.CancelFunc
	running    sync.WaitGroup
}

// Settings of a pager.
type Settings struct {
	// File is an Alertmanager configuration.
	File string
	// Secret signs webhooks; empty for none.
	Secret []byte
	// Store keeps silences, what was sent and the threads of messages over a restart; nil keeps them in memory.
	Store Store
	// Link is the address of the page that messages link to; may be empty.
	Link   string
	Logger *slog.Logger
}

// Start reads the configuration and runs the engine until Stop.
func Start(s Settings) (*Pager, error) {
	receivers, err := Open(s)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Pager{receivers: receivers, cancel: cancel, stop: make(chan struct{})}
	if err := p.run(ctx, receivers, &s); err != nil {
		cancel()
		return nil, err
	}
	return p, nil
}

// run puts the engine together as Alertmanager does, without its cluster and its API.
func (p *Pager) run(ctx context.Context, r *Receivers, s *Settings) error {
	conf, logger := r.config, s.Logger
	metrics := prometheus.NewRegistry() // not exported: what is sent is counted by the component
	marker := types.NewMarker(metrics)
	var err error
	if p.alerts, err = mem.NewAlerts(ctx, marker, maintenance, 0, nil, logger, metrics, nil); err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	if err := p.remember(s); err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	intervals := map[string][]timeinterval.TimeInterval{}
	for _, t := range conf.TimeIntervals {
		intervals[t.Name] = t.TimeIntervals
	}
	for _, t := range conf.MuteTimeIntervals {
		intervals[t.Name] = t.TimeIntervals
	}
	p.inhibitor = inhibit.NewInhibitor(p.alerts, conf.InhibitRules, marker, logger)
	pipeline := notify.NewPipelineBuilder(metrics, featurecontrol.NoopFlags{}).New(r.byName, func() time.Duration { return 0 }, p.inhibitor,
		silence.NewSilencer(p.silences, marker, logger), timeinterval.NewIntervener(intervals), marker, p.sent, nil)
	p.dispatcher = dispatch.NewDispatcher(p.alerts, dispatch.NewRoute(conf.Route, nil), pipeline, marker,
		func(d time.Duration) time.Duration { return max(d, notify.MinTimeout) }, maintenance, nil, logger, dispatch.NewDispatcherMetrics(false, metrics))
	p.running.Go(p.inhibitor.Run)
	p.inhibitor.WaitForLoading()
	p.running.Go(func() { p.dispatcher.Run(time.Now()) })
	p.dispatcher.WaitForLoading()
	return nil
}

// remember opens the silences and the record of what was sent, and keeps both up. What of them cannot be read is lost, and
// people are told all the same.
func (p *Pager) remember(s *Settings) error {
	err := s.restore(sentKey, func(from io.Reader) (err error) {
		p.sent, err = nflog.New(nflog.Options{Retention: retention, Logger: s.Logger, Metrics: prometheus.NewRegistry(), SnapshotReader: from})
		return err
	})
	if err != nil {
		return err
	}
	err = s.restore(silencesKey, func(from io.Reader) (err error) {
		p.silences, err = silence.New(silence.Options{
			Retention: retention, Logger: s.Logger, Metrics: prometheus.NewRegistry(), SnapshotReader: from,
			Limits: silence.Limits{MaxSilences: func() int { return maxSilences }},
		})
		return err
	})
	if err != nil {
		return err
	}
	p.running.Go(func() { keepUp(p.stop, s.Store, sentKey, p.sent, s.Logger) })
	p.running.Go(func() { keepUp(p.stop, s.Store, silencesKey, p.silences, s.Logger) })
	return nil
}

// Notice is what there is to say of one event.
type Notice struct {
	// Labels route and group it. They must stay the same as long as the event lasts.
	Labels map[string]string
	// Annotations are its texts.
	Annotations map[string]string
	Link        string
	// Resolved ends it. An event of which nothing is heard for Lapse is taken for resolved.
	Resolved bool
	Lapse    time.Duration
}

// Put hands a notice to the engine, which sends it when its route says so. The same notice again is no news.
func (p *Pager) Put(ctx context.Context, n Notice, now time.Time) error {
	a := n.alert(now)
	if err := a.Validate(); err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	return p.alerts.Put(ctx, a)
}

// Receivers are the names of the configuration's receivers, in order.
func (p *Pager) Receivers() []string { return p.receivers.Names() }

// Send sends a notice to one receiver, as Receivers.Send does.
func (p *Pager) Send(ctx context.Context, receiver string, n Notice, now time.Time) error {
	return p.receivers.Send(ctx, receiver, n, now)
}

func set(m map[string]string) model.LabelSet {
	out := model.LabelSet{}
	for k, v := range m {
		if v != "" {
			out[model.LabelName(k)] = model.LabelValue(v)
		}
	}
	return out
}

// Stop ends the engine. What was not sent is sent by whoever starts it next and hears of the event again.
func (p *Pager) Stop() {
	p.dispatcher.Stop()
	p.inhibitor.Stop()
	close(p.stop)
	p.alerts.Close()
	p.cancel()
	p.running.Wait()
}

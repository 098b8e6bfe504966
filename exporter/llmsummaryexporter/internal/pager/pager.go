// Package pager sends notifications through Alertmanager's own engine, configured by an Alertmanager file: its routes group,
// deduplicate, repeat and escalate, its time intervals mute, its integrations speak to webhooks, Slack, PagerDuty and mail.
package pager

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/nflog"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/notify/email"
	"github.com/prometheus/alertmanager/notify/pagerduty"
	"github.com/prometheus/alertmanager/notify/slack"
	"github.com/prometheus/alertmanager/notify/webhook"
	"github.com/prometheus/alertmanager/provider/mem"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/alertmanager/template"
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
	alerts     *mem.Alerts
	dispatcher *dispatch.Dispatcher
	inhibitor  *inhibit.Inhibitor
	cancel     context.CancelFunc
	running    sync.WaitGroup
}

// Settings of a pager.
type Settings struct {
	// File is an Alertmanager configuration.
	File string
	// Secret signs webhooks; empty for none.
	Secret []byte
	// Link is the address of the page that messages link to; may be empty.
	Link   string
	Logger *slog.Logger
}

// Start reads the configuration and runs the engine until Stop.
func Start(s Settings) (*Pager, error) {
	conf, err := config.LoadFile(s.File)
	if err != nil {
		return nil, fmt.Errorf("alertmanager configuration: %w", err)
	}
	tmpl, err := template.FromGlobs(conf.Templates)
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	if tmpl.ExternalURL, err = url.Parse(s.Link); err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	receivers := map[string][]notify.Integration{}
	for i := range conf.Receivers {
		r := &conf.Receivers[i]
		if receivers[r.Name], err = s.integrations(r, tmpl); err != nil {
			return nil, fmt.Errorf("receiver %s: %w", r.Name, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Pager{cancel: cancel}
	if err := p.run(ctx, conf, receivers, s.Logger); err != nil {
		cancel()
		return nil, err
	}
	return p, nil
}

// run puts the engine together as Alertmanager does, without its cluster and its API.
func (p *Pager) run(ctx context.Context, conf *config.Config, receivers map[string][]notify.Integration, logger *slog.Logger) error {
	metrics := prometheus.NewRegistry() // not exported: what is sent is counted by the component
	marker := types.NewMarker(metrics)
	var err error
	if p.alerts, err = mem.NewAlerts(ctx, marker, maintenance, 0, nil, logger, metrics, nil); err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	log, err := nflog.New(nflog.Options{Retention: retention, Logger: logger, Metrics: metrics})
	if err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	silences, err := silence.New(silence.Options{Retention: retention, Logger: logger, Metrics: metrics})
	if err != nil {
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
	pipeline := notify.NewPipelineBuilder(metrics, featurecontrol.NoopFlags{}).New(receivers, func() time.Duration { return 0 }, p.inhibitor,
		silence.NewSilencer(silences, marker, logger), timeinterval.NewIntervener(intervals), marker, log, nil)
	p.dispatcher = dispatch.NewDispatcher(p.alerts, dispatch.NewRoute(conf.Route, nil), pipeline, marker,
		func(d time.Duration) time.Duration { return max(d, notify.MinTimeout) }, maintenance, nil, logger, dispatch.NewDispatcherMetrics(false, metrics))
	p.running.Go(p.inhibitor.Run)
	p.inhibitor.WaitForLoading()
	p.running.Go(func() { p.dispatcher.Run(time.Now()) })
	p.dispatcher.WaitForLoading()
	return nil
}

// integrations are those of a receiver. Of Alertmanager's, those are built in that the binary has room for.
func (s *Settings) integrations(r *config.Receiver, tmpl *template.Template) ([]notify.Integration, error) {
	var out []notify.Integration
	var errs []error
	add := func(kind string, i int, resolved notify.ResolvedSender, n notify.Notifier, err error) {
		if err != nil {
			errs = append(errs, err)
			return
		}
		out = append(out, notify.NewIntegration(n, resolved, kind, i, r.Name))
	}
	for i, c := range r.WebhookConfigs {
		if len(s.Secret) > 0 {
			n, err := newSigned(c, tmpl, s.Secret, s.Logger)
			add("webhook", i, c, n, err)
			continue
		}
		n, err := webhook.New(c, tmpl, s.Logger)
		add("webhook", i, c, n, err)
	}
	for i, c := range r.SlackConfigs {
		n, err := slack.New(c, tmpl, s.Logger)
		add("slack", i, c, n, err)
	}
	for i, c := range r.PagerdutyConfigs {
		n, err := pagerduty.New(c, tmpl, s.Logger)
		add("pagerduty", i, c, n, err)
	}
	for i, c := range r.EmailConfigs {
		add("email", i, c, email.New(c, tmpl, s.Logger), nil)
	}
	others := len(r.OpsGenieConfigs) + len(r.WechatConfigs) + len(r.PushoverConfigs) + len(r.VictorOpsConfigs) + len(r.SNSConfigs) +
		len(r.TelegramConfigs) + len(r.DiscordConfigs) + len(r.WebexConfigs) + len(r.MSTeamsConfigs) + len(r.MSTeamsV2Configs) + len(r.JiraConfigs)
	if others > 0 {
		errs = append(errs, errors.New("only webhook_configs, slack_configs, pagerduty_configs and email_configs are built in; reach others through a webhook"))
	}
	return out, errors.Join(errs...)
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
	a := &types.Alert{UpdatedAt: now}
	a.Labels, a.Annotations, a.GeneratorURL = set(n.Labels), set(n.Annotations), n.Link
	a.StartsAt, a.EndsAt = now, now // when it was heard of: the wait for more counts from there
	if !n.Resolved {
		a.EndsAt, a.Timeout = now.Add(n.Lapse), true
	}
	if err := a.Validate(); err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	return p.alerts.Put(ctx, a)
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
	p.alerts.Close()
	p.cancel()
	p.running.Wait()
}

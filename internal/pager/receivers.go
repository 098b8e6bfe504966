package pager

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"time"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/notify/email"
	"github.com/prometheus/alertmanager/notify/pagerduty"
	"github.com/prometheus/alertmanager/notify/slack"
	"github.com/prometheus/alertmanager/notify/webhook"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/alertmanager/types"
)

// Receivers are the receivers of an Alertmanager configuration, to be sent to without its routes: what is meant for somebody
// in particular, such as a report.
type Receivers struct {
	config *config.Config
	byName map[string][]notify.Integration
}

// Open reads the configuration and makes its receivers ready. It starts nothing.
func Open(s Settings) (*Receivers, error) {
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
	begun, err := openThreads(s.Store, s.Logger)
	if err != nil {
		return nil, err
	}
	r := &Receivers{config: conf, byName: map[string][]notify.Integration{}}
	for i := range conf.Receivers {
		c := &conf.Receivers[i]
		if r.byName[c.Name], err = s.integrations(c, tmpl, begun); err != nil {
			return nil, fmt.Errorf("receiver %s: %w", c.Name, err)
		}
	}
	return r, nil
}

// Names are the receivers there are, in order.
func (r *Receivers) Names() []string {
	var out []string
	for i := range r.config.Receivers {
		out = append(out, r.config.Receivers[i].Name)
	}
	slices.Sort(out)
	return out
}

// Send sends a notice to every integration of a receiver, once. Those that failed are in the error; the rest have it.
func (r *Receivers) Send(ctx context.Context, receiver string, n Notice, now time.Time) error {
	integrations, ok := r.byName[receiver]
	if !ok {
		return fmt.Errorf("there is no receiver %q", receiver)
	}
	a := n.alert(now)
	if err := a.Validate(); err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	ctx = notify.WithReceiverName(ctx, receiver)
	ctx = notify.WithGroupKey(ctx, a.Labels.String())
	ctx = notify.WithGroupLabels(ctx, a.Labels)
	ctx = notify.WithNow(ctx, now)
	var errs []error
	for i := range integrations {
		if _, err := integrations[i].Notify(ctx, a); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", integrations[i].String(), err))
		}
	}
	return errors.Join(errs...)
}

// integrations are those of a receiver. Of Alertmanager's, those are built in that the binary has room for.
func (s *Settings) integrations(r *config.Receiver, tmpl *template.Template, begun *threads) ([]notify.Integration, error) {
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
		n, err := newSlack(fmt.Sprintf("%s/slack[%d]", r.Name, i), c, tmpl, begun, s.Logger)
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

// newSlack is Slack through an app, whose messages can be answered to, or through an incoming webhook, whose cannot.
func newSlack(name string, c *config.SlackConfig, tmpl *template.Template, begun *threads, logger *slog.Logger) (notify.Notifier, error) {
	if c.AppToken != "" || c.AppTokenFile != "" {
		return newThreaded(name, c, tmpl, begun, logger)
	}
	return slack.New(c, tmpl, logger)
}

// alert is a notice as the engine has it.
func (n *Notice) alert(now time.Time) *types.Alert {
	a := &types.Alert{UpdatedAt: now}
	a.Labels, a.Annotations, a.GeneratorURL = set(n.Labels), set(n.Annotations), n.Link
	a.StartsAt, a.EndsAt = now, now // when it was heard of: the wait for more counts from there
	if !n.Resolved {
		a.EndsAt, a.Timeout = now.Add(n.Lapse), true
	}
	return a
}

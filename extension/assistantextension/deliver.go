package assistantextension

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/config/configopaque"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/pager"
	"github.com/braidotel/braid/internal/pii"
	"github.com/braidotel/braid/internal/query"
)

// NotificationsConfig is how reports are sent to people.
type NotificationsConfig struct {
	// File is an Alertmanager configuration: its receivers are those that reports may be sent to. Default none.
	File string `mapstructure:"file"`
	// SigningSecret signs webhooks, at least 16 bytes. Default none: they are not signed.
	SigningSecret configopaque.String `mapstructure:"signing_secret"`
	// Link is the address of this page as people reach it, which messages link into. Default none.
	Link string `mapstructure:"link"`
}

func (c *Config) validateNotifications() error {
	n := &c.Notifications
	var errs []error
	if l := len(n.SigningSecret); l > 0 && l < pii.MinKey {
		errs = append(errs, fmt.Errorf("notifications::signing_secret: must have at least %d bytes, has %d", pii.MinKey, l))
	}
	if u, err := url.Parse(n.Link); n.Link != "" && (err != nil || u.Host == "") {
		errs = append(errs, fmt.Errorf("notifications::link: must be a URL such as https://braid.example.org, is %q", n.Link))
	}
	for i := range c.Reports {
		if len(c.Reports[i].To.Receivers) > 0 && n.File == "" {
			errs = append(errs, fmt.Errorf("reports::%d::to::receivers: name the Alertmanager configuration that has them in notifications::file", i))
		}
	}
	return errors.Join(errs...)
}

// sender sends a notice to a receiver.
type sender interface {
	Send(ctx context.Context, receiver string, n pager.Notice, now time.Time) error
}

// newSender opens the receivers that reports go to; nil where none goes to any.
func newSender(c *Config, logger *zap.Logger) (sender, error) {
	var wanted []string
	for i := range c.Reports {
		wanted = append(wanted, c.Reports[i].To.Receivers...)
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	n := &c.Notifications
	r, err := pager.Open(pager.Settings{
		File: n.File, Secret: []byte(n.SigningSecret), Link: n.Link, Logger: pager.Warnings(logger.Sugar().Warnw),
	})
	if err != nil {
		return nil, fmt.Errorf("notifications: %w", err)
	}
	for _, name := range wanted {
		if !slices.Contains(r.Names(), name) {
			return nil, fmt.Errorf("reports: to::receivers: notifications::file has no receiver %q; it has %s", name, strings.Join(r.Names(), ", "))
		}
	}
	return r, nil
}

// annotations are what the templates of receivers call each format of a report.
var annotations = map[string]string{"md": "markdown", "html": "html"}

// sendLimit ends the attempt to send one report to one receiver.
const sendLimit = time.Minute

// deliver sends a report to its receivers, to each once: the history knows who has it. One that failed is tried again at the
// next tick, without sending to the others again.
func (c *clerk) deliver(ctx context.Context, caller query.Caller, p *plan, r query.Report) error {
	var notice *pager.Notice
	var errs []error
	for _, receiver := range p.To.Receivers {
		done, err := c.writer.ReportSent(ctx, caller, r, receiver)
		if err != nil || done {
			errs = append(errs, err)
			continue
		}
		if notice == nil {
			if notice, err = c.notice(ctx, caller, p, r); err != nil {
				return err
			}
		}
		limited, cancel := context.WithTimeout(ctx, sendLimit)
		err = c.sender.Send(limited, receiver, *notice, time.Now())
		cancel()
		if err == nil {
			err = c.writer.NoteReportSent(ctx, caller, r, receiver)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("to::receivers: %s: %w", receiver, err))
		}
	}
	return errors.Join(errs...)
}

// notice is a report as a message: its title, and what it says in each format.
func (c *clerk) notice(ctx context.Context, caller query.Caller, p *plan, r query.Report) (*pager.Notice, error) {
	n := &pager.Notice{
		Labels:      map[string]string{"alertname": "BraidReport", "report": p.Name, "braid_id": r.ID, "tenant": p.Tenant, "audience": p.Audience, "language": p.Language},
		Annotations: map[string]string{"title": r.Title, "summary": r.Title}, Lapse: 24 * time.Hour,
	}
	for _, format := range p.To.Formats {
		body, err := c.writer.Report(ctx, caller, r.ID, format)
		if err != nil {
			return nil, fmt.Errorf("reading the report: %w", err)
		}
		n.Annotations[annotations[format]] = string(body)
	}
	if c.link != "" {
		n.Link = strings.TrimSuffix(c.link, "/") + "/#/reports/" + url.PathEscape(r.ID)
	}
	return n, nil
}

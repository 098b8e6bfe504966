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
	return errors.Join(errs...)
}

// sender sends a notice to a receiver.
type sender interface {
	Send(ctx context.Context, receiver string, n pager.Notice, now time.Time) error
}

// newSender opens the receivers that reports go to; nil where none goes to any.
func newSender(c *Config, logger *zap.Logger) (sender, error) {
	if !slices.ContainsFunc(c.Reports, func(r ReportConfig) bool { return len(r.To.Receivers) > 0 }) {
		return nil, nil
	}
	n := &c.Notifications
	r, err := pager.Open(pager.Settings{
		File: n.File, Secret: []byte(n.SigningSecret), Link: n.Link, Logger: pager.Warnings(logger.Sugar().Warnw),
	})
	if err != nil {
		return nil, fmt.Errorf("notifications: %w", err)
	}
	for i := range c.Reports {
		if err := c.Reports[i].CheckReceivers(r.Names()); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// sendLimit ends the attempt to send one report to one receiver.
const sendLimit = time.Minute

// deliver sends a report to its receivers, to each once: the history knows who has it. One that failed is tried again at the
// next tick, without sending to the others again.
func (c *clerk) deliver(ctx context.Context, caller query.Caller, p *plan, r query.Report, pages map[string][]byte) error {
	notice := p.Notice(r.ID, p.tenant, r.Title, r.Title, pages)
	if c.link != "" {
		notice.Link = strings.TrimSuffix(c.link, "/") + "/#/reports/" + url.PathEscape(r.ID)
	}
	var errs []error
	for _, receiver := range p.To.Receivers {
		done, err := c.writer.ReportSent(ctx, caller, r, receiver)
		if err != nil || done {
			errs = append(errs, err)
			continue
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

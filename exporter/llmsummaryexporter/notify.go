package llmsummaryexporter

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/pager"
)

// alertNames are what notifications call each kind of event, by which routes can tell them apart.
var alertNames = map[string]string{
	string(history.KindIncident): "BraidIncident", string(history.KindAnomaly): "BraidAnomaly", string(history.KindBreach): "BraidForecastBreach",
	string(history.KindLoginFlood): "BraidLoginFlood", string(history.KindDuplicateLogin): "BraidDuplicateLogin", string(history.KindLongSession): "BraidLongSession",
}

func (s *summarizer) startPager(ctx context.Context, host component.Host) error {
	n := &s.cfg.Notifications
	if n.File == "" {
		return nil
	}
	var err error
	s.pager, err = pager.Start(pager.Settings{File: n.File, Secret: []byte(n.SigningSecret), Link: n.Link, Store: s.memory(), Logger: pager.Warnings(s.set.Logger.Sugar().Warnw)})
	if err != nil {
		return fmt.Errorf("notifications: %w", err)
	}
	if server := n.Silences.Get(); server != nil {
		if s.silences, err = startSilences(ctx, server, s.pager, host, s.set.TelemetrySettings); err != nil {
			return err
		}
	}
	return nil
}

// stopPager ends what startPager began, as far as it came.
func (s *summarizer) stopPager(ctx context.Context) error {
	var err error
	if s.silences != nil {
		err = s.silences.stop(ctx)
	}
	if s.pager != nil {
		s.pager.Stop()
	}
	return err
}

// notify hands summaries in the first language to the pager. A better text of an event that waits to be sent takes the place
// of its template.
func (s *summarizer) notify(ctx context.Context, all []*told) {
	if s.pager == nil {
		return
	}
	for _, t := range all {
		if t.language != s.cfg.Languages[0] {
			continue
		}
		if err := s.pager.Put(ctx, s.notice(t), time.Now()); err != nil {
			s.set.Logger.Warn("A notification could not be sent", zap.String("kind", t.kind), zap.Error(err))
		}
	}
}

// notice is a summary as a notification. Its labels stay the same while the event lasts, whatever becomes of it.
func (s *summarizer) notice(t *told) pager.Notice {
	labels := map[string]string{"alertname": alertNames[t.kind], "braid_id": t.of, "tenant": t.tenant, "service": s.firstService(t)}
	if t.kind == string(history.KindIncident) {
		labels["braid_incident"] = t.of
	}
	if person[t.kind] {
		labels["braid_id"] = t.id() // an address or a session is nobody's business
	}
	link := ""
	if page := s.cfg.Notifications.Link; page != "" && t.kind == string(history.KindIncident) {
		link = page + "/#/incidents/" + url.PathEscape(t.of)
	}
	return pager.Notice{
		Labels:      labels,
		Annotations: map[string]string{"summary": t.summary.Text(), "severity": severityName(t.severity), "narrator": t.summary.Narrator, "began": t.began.UTC().Format(time.RFC3339)},
		Link:        link, Resolved: t.resolved, Lapse: s.cfg.Notifications.Lapse,
	}
}

// firstService is the service that an event was about when it was first told: what is thought to be its cause may change, a
// label must not.
func (s *summarizer) firstService(t *told) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if first, ok := s.services.Get(t.id()); ok {
		return first
	}
	s.services.Add(t.id(), t.service)
	return t.service
}

// person are the kinds of event that are about a person.
var person = map[string]bool{
	string(history.KindLoginFlood): true, string(history.KindDuplicateLogin): true, string(history.KindLongSession): true,
}

func severityName(n plog.SeverityNumber) string {
	switch {
	case n >= plog.SeverityNumberError:
		return "critical"
	case n >= plog.SeverityNumberWarn:
		return "warning"
	}
	return "info"
}

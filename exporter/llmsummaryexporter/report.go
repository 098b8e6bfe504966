package llmsummaryexporter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/pager"
	"github.com/braidotel/braid/internal/query/document"
)

// kindReport is what summaries that are reports are of.
const kindReport = "braid.report"

// reportTitles are what reports are called.
var reportTitles = map[string]map[string]string{
	"ko": {yesterday: "일일 보고", lastWeek: "주간 보고", lastMonth: "월간 보고"},
	"en": {yesterday: "Daily report", lastWeek: "Weekly report", lastMonth: "Monthly report"},
}

// report writes the report of an instant for a tenant and sends it where it goes. Without figures there is nothing to write.
func (r *reporter) report(ctx context.Context, p *plan, tenant string, at time.Time) error {
	before, from, to := span(&p.Config, at)
	r.s.tableMu.Lock()
	now, then := r.s.table.Over(tenant, from, to), r.s.table.Over(tenant, before, from)
	r.s.tableMu.Unlock()
	evidence := reportBrief(&p.Config, now, then, answer.Window{Start: from, End: to})
	if evidence == nil {
		return nil
	}
	summary, err := r.s.teller.Tell(ctx, evidence)
	if err != nil {
		return err
	}
	r.s.count(ctx, kindReport, summary.Verdict)
	r.s.health.note(summary.Calls)
	t := &told{
		tenant: tenant, kind: kindReport, of: p.Name + "-" + at.UTC().Format("20060102T150405Z"), language: p.Language, began: from, at: at,
		severity: plog.SeverityNumberInfo, evidence: evidence, summary: summary,
	}
	if err := r.s.out.write(ctx, []*told{t}); err != nil {
		return err
	}
	title := fmt.Sprintf("%s %s – %s", reportTitles[p.Language][p.Period], from.Format(time.DateOnly), to.Add(-time.Second).Format(time.DateOnly))
	pages := map[string][]byte{}
	for _, format := range p.To.Formats {
		if pages[format], err = document.Render(title, page(t, p.TimeZone), format); err != nil {
			return err
		}
	}
	name := t.of
	if t.tenant != "" {
		name += "-" + t.id() // a tenant's name is no file name
	}
	return errors.Join(p.To.Place(name, pages), r.send(ctx, p, t, p.Notice(t.of, t.tenant, title, t.summary.Text(), pages)))
}

// page is a report as a document.
func page(t *told, zone string) *answer.Answer {
	a := &answer.Answer{Language: t.language, Facts: t.evidence.Facts, TimeZone: zone, At: t.at, Tenant: t.tenant}
	for i, sentence := range t.summary.Sentences {
		if i == 0 {
			a.Headline = sentence
			continue
		}
		a.Findings = append(a.Findings, answer.Finding{Severity: answer.SeverityInfo, Text: sentence})
	}
	return a
}

// send sends a report to each of its receivers once, again where that failed.
func (r *reporter) send(ctx context.Context, p *plan, t *told, n *pager.Notice) error {
	key := p.Name + "\x00" + t.tenant
	var errs []error
	for _, receiver := range p.To.Receivers {
		if slices.Contains(r.progress.Sent[key], receiver+" "+t.of) {
			continue
		}
		limited, cancel := context.WithTimeout(ctx, r.s.cfg.Timeout.Timeout)
		err := r.s.pager.Send(limited, receiver, *n, time.Now())
		cancel()
		if err != nil {
			errs = append(errs, fmt.Errorf("to::receivers: %s: %w", receiver, err))
			continue
		}
		r.progress.Sent[key] = append(r.progress.Sent[key], receiver+" "+t.of)
		r.remember(ctx)
	}
	if len(errs) == 0 && len(p.To.Receivers) > 0 {
		r.s.set.Logger.Info("A report was sent", zap.String("report", p.Name), zap.Strings("receivers", p.To.Receivers))
	}
	return errors.Join(errs...)
}

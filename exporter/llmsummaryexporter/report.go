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
	"github.com/braidotel/braid/internal/query/document"
)

// kindReport is what summaries that are reports are of.
const kindReport = "braid.report"

// reportTitles are what reports are called.
var reportTitles = map[string]map[string]string{
	"ko": {yesterday: "일일 보고", lastWeek: "주간 보고", lastMonth: "월간 보고"},
	"en": {yesterday: "Daily report", lastWeek: "Weekly report", lastMonth: "Monthly report"},
}

// paper is a report that was told, on its way.
type paper struct {
	*told
	title string
	pages map[string][]byte // by format
	kept  bool              // in the history or the file
}

// report writes the report of an instant for a tenant and sends it where it goes. Without figures there is nothing to write.
// What was told is told once: while somebody cannot be reached, the same waits.
func (r *reporter) report(ctx context.Context, p *plan, tenant string, at time.Time) error {
	key := p.key(tenant)
	w := r.waiting[key]
	if w == nil || !w.at.Equal(at) {
		var err error
		if w, err = r.tell(ctx, p, tenant, at); err != nil || w == nil {
			return err
		}
		r.waiting[key] = w
	}
	if !w.kept {
		if err := r.s.out.write(ctx, []*told{w.told}); err != nil {
			return err
		}
		w.kept = true
	}
	name := w.of
	if tenant != "" {
		name += "-" + w.id() // a tenant's name is no file name
	}
	err := errors.Join(p.To.Place(name, w.pages), r.send(ctx, p, w))
	if err == nil {
		delete(r.waiting, key)
	}
	return err
}

// tell puts the figures of an instant's period into words; nil where there are none.
func (r *reporter) tell(ctx context.Context, p *plan, tenant string, at time.Time) (*paper, error) {
	before, from, to := span(&p.Config, at)
	r.s.tableMu.Lock()
	now, then := r.s.table.Over(tenant, from, to), r.s.table.Over(tenant, before, from)
	r.s.tableMu.Unlock()
	evidence := reportBrief(&p.Config, now, then, answer.Window{Start: from, End: to})
	if evidence == nil {
		return nil, nil
	}
	summary, err := r.s.teller.Tell(ctx, evidence)
	if err != nil {
		return nil, err
	}
	r.s.count(ctx, kindReport, summary.Verdict)
	r.s.health.note(summary.Calls)
	w := &paper{
		told: &told{
			tenant: tenant, kind: kindReport, of: p.Name + "-" + at.UTC().Format("20060102T150405Z"), language: p.Language, began: from, at: at,
			severity: plog.SeverityNumberInfo, evidence: evidence, summary: summary,
		},
		title: fmt.Sprintf("%s %s – %s", reportTitles[p.Language][p.Period], from.Format(time.DateOnly), to.Add(-time.Second).Format(time.DateOnly)),
		pages: map[string][]byte{},
	}
	for _, format := range p.To.Formats {
		if w.pages[format], err = document.Render(w.title, page(w.told, p.TimeZone), format); err != nil {
			return nil, err
		}
	}
	return w, nil
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
func (r *reporter) send(ctx context.Context, p *plan, w *paper) error {
	key, n := p.key(w.tenant), p.Notice(w.of, w.tenant, w.title, w.summary.Text(), w.pages)
	var errs []error
	for _, receiver := range p.To.Receivers {
		if slices.Contains(r.progress.Sent[key], receiver+" "+w.of) {
			continue
		}
		limited, cancel := context.WithTimeout(ctx, r.s.cfg.Timeout.Timeout)
		err := r.s.pager.Send(limited, receiver, *n, time.Now())
		cancel()
		if err != nil {
			errs = append(errs, fmt.Errorf("to::receivers: %s: %w", receiver, err))
			continue
		}
		r.progress.Sent[key] = append(r.progress.Sent[key], receiver+" "+w.of)
		r.remember(ctx)
	}
	if len(errs) == 0 && len(p.To.Receivers) > 0 {
		r.s.set.Logger.Info("A report was sent", zap.String("report", p.Name), zap.Strings("receivers", p.To.Receivers))
	}
	return errors.Join(errs...)
}

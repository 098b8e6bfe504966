package llmsummaryexporter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/history"
)

// outputs are where summaries go.
type outputs struct {
	records history.Store // nil without a history

	mu   sync.Mutex // of file
	file *os.File   // nil without one
}

func newOutputs(cfg *Config, host component.Host) (*outputs, error) {
	o := &outputs{}
	if cfg.History != nil {
		ext, ok := host.GetExtensions()[*cfg.History]
		if !ok {
			return nil, fmt.Errorf("history: there is no extension %q: configure it under extensions and add it to service::extensions", *cfg.History)
		}
		provider, ok := ext.(history.Provider)
		if !ok {
			return nil, fmt.Errorf("history: the extension %q keeps no history", *cfg.History)
		}
		o.records = provider.Records()
	}
	if cfg.File != "" {
		f, err := os.OpenFile(cfg.File, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, fmt.Errorf("file: %w", err)
		}
		o.file = f
	}
	return o, nil
}

// write puts summaries and the audit of their calls where they go. An error that passes is retried by who calls.
func (o *outputs) write(ctx context.Context, all []*told) error {
	if o.records != nil {
		var b history.Batch
		for _, t := range all {
			b.Events = append(b.Events, t.record())
			b.Audits = append(b.Audits, t.audits()...)
		}
		if err := o.records.Write(ctx, &b); err != nil {
			if errors.Is(err, history.ErrInvalid) {
				return consumererror.NewPermanent(err)
			}
			return err
		}
	}
	if o.file == nil {
		return nil
	}
	ld := plog.NewLogs()
	for _, t := range all {
		t.log(ld)
		if o.records == nil { // else the history's audit log has them
			t.logAudits(ld)
		}
	}
	line, err := (&plog.JSONMarshaler{}).MarshalLogs(ld)
	if err != nil {
		return consumererror.NewPermanent(fmt.Errorf("writing summaries: %w", err))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, err := o.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("file: %w", err)
	}
	return nil
}

func (o *outputs) close() error {
	if o.file == nil {
		return nil
	}
	return o.file.Close()
}

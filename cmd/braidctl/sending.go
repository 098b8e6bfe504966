package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/internal/pace"
)

// target says where to send; simulate, replay and load share its flags.
type target struct {
	endpoint string
	headers  map[string]string
	patience time.Duration
}

func (t *target) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&t.endpoint, "endpoint", "127.0.0.1:4317", "OTLP/gRPC endpoint; https://host:port for TLS")
	f.StringToStringVar(&t.headers, "header", nil, "header to send with every request, as name=value (repeatable)")
	f.DurationVar(&t.patience, "patience", time.Minute, "how long to retry while the collector is busy or away")
}

func (t *target) dial() (*otlpsend.Client, error) {
	if t.patience <= 0 {
		return nil, fmt.Errorf("--patience must be above 0, got %v", t.patience)
	}
	return otlpsend.Dial(t.endpoint, otlpsend.Options{Patience: t.patience, Headers: t.headers})
}

// send streams requests to the target, shows progress, and sums up. endless says that only Ctrl-C can end it, which then
// is no failure.
func (t *target) send(cmd *cobra.Command, requests iter.Seq2[otlpsend.Request, error], pacer pace.Pacer, endless bool) error {
	client, err := t.dial()
	if err != nil {
		return err
	}
	p := newProgress(cmd.ErrOrStderr(), client.Stats)
	stop := p.start()
	err = otlpsend.Stream(cmd.Context(), client, p.follow(requests), pacer)
	stop()
	p.sum()
	return errors.Join(outcome(cmd.Context(), err, client.Stats(), endless), client.Close())
}

// outcome turns how sending ended into what the command returns.
func outcome(ctx context.Context, err error, stats otlpsend.Stats, endless bool) error {
	total := stats.Total()
	lost := total.Refused + total.Failed
	switch {
	case ctx.Err() != nil && !endless:
		return errInterrupted
	case ctx.Err() != nil:
		lost = total.Refused // what Ctrl-C cut off is no failure of the collector
	case err != nil:
		return err
	}
	if lost > 0 {
		return fmt.Errorf("%d of %d items were not accepted", lost, lost+total.Accepted)
	}
	return nil
}

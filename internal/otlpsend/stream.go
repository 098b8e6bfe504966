package otlpsend

import (
	"context"
	"iter"
	"time"

	"github.com/braidotel/braid/internal/pace"
)

// Sender takes requests; a [Client] is one.
type Sender interface {
	Send(ctx context.Context, r *Request) error
}

// Stream sends requests one after the other, each when it is due (at once without a time), until the sequence ends or yields an error, the sender
// fails, or ctx is done. The order is kept: a request goes out when the one before has been answered.
func Stream(ctx context.Context, sender Sender, requests iter.Seq2[Request, error], pacer pace.Pacer) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for r, err := range requests {
		if err != nil {
			return err
		}
		if !r.Time.IsZero() {
			sleep(ctx, timer, pacer.Wait(r.Time, time.Now()))
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := sender.Send(ctx, &r); err != nil {
			return err
		}
	}
	return nil
}

func sleep(ctx context.Context, timer *time.Timer, wait time.Duration) {
	if wait <= 0 {
		return
	}
	timer.Reset(wait)
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

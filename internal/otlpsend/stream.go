package otlpsend

import (
	"context"
	"iter"
	"time"

	"github.com/braidotel/braid/internal/pace"
)

// maxMerged bounds the payload of requests that are sent as one, in bytes.
const maxMerged = 512 << 10

// Sender takes requests; a [Client] is one.
type Sender interface {
	Send(ctx context.Context, r *Request) error
}

// Stream sends requests in their order, each when it is due (at once without a time), until the sequence ends or yields an
// error, the sender fails, or ctx is done. A request goes out when the one before has been answered. Neighbours of one
// signal that are due together go out together: recordings are often thousands of tiny exports a second.
func Stream(ctx context.Context, sender Sender, requests iter.Seq2[Request, error], pacer pace.Pacer) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var pending Request
	flush := func() error {
		if pending.Items == 0 {
			return nil
		}
		err := sender.Send(ctx, &pending)
		pending.Items, pending.Payload = 0, pending.Payload[:0]
		return err
	}
	for r, err := range requests {
		if err != nil {
			return err
		}
		var wait time.Duration
		if !r.Time.IsZero() {
			wait = pacer.Wait(r.Time, time.Now())
		}
		if wait > 0 || !pending.joins(&r) {
			if err := flush(); err != nil {
				return err
			}
			sleep(ctx, timer, wait)
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		pending.join(&r)
	}
	return flush()
}

// joins reports whether next can be sent in one request with r.
func (r *Request) joins(next *Request) bool {
	return r.Signal == next.Signal && len(r.Payload)+len(next.Payload) <= maxMerged
}

// join appends next. Concatenated protobuf messages are one message whose repeated fields are concatenated.
func (r *Request) join(next *Request) {
	r.Signal, r.Time = next.Signal, next.Time
	r.Items += next.Items
	r.Payload = append(r.Payload, next.Payload...)
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

package sharedcore

import (
	"context"
	"time"
)

// Loop is what a core does by the clock, from its Start to its Shutdown. The zero value has not begun.
type Loop struct {
	stop context.CancelFunc
	done chan struct{}
}

// Begin calls step every so often, in a goroutine of its own, one call after the other. The context ends with the loop.
func (l *Loop) Begin(every time.Duration, step func(ctx context.Context, now time.Time)) {
	ctx, stop := context.WithCancel(context.Background())
	l.stop, l.done = stop, make(chan struct{})
	go func() {
		defer close(l.done)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-ticker.C:
				step(ctx, now)
			}
		}
	}()
}

// End stops the loop and waits for a step under way. Before Begin, it does nothing.
func (l *Loop) End() {
	if l.stop != nil {
		l.stop()
		<-l.done
	}
}

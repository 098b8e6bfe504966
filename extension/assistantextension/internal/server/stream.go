package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/braidotel/braid/internal/query"
)

// A reader that takes nothing for this long has gone.
const streamWrite = 10 * time.Second

// live sends the present state and what has arrived, at once and then every StreamInterval, until the reader leaves or
// the server stops.
func (s *Server) live(w http.ResponseWriter, r *http.Request, caller query.Caller) error {
	p := newParams(r)
	lang := p.language()
	if err := p.err(); err != nil {
		return err
	}
	client := clientKey(caller, r)
	if !s.streams.enter(client) {
		s.Recorder.Rejected(r.Context(), ReasonStreams)
		return errStreams
	}
	defer s.streams.leave(client)
	s.Recorder.Streams(r.Context(), 1)
	defer s.Recorder.Streams(context.WithoutCancel(r.Context()), -1)

	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out := events{w: w, control: http.NewResponseController(w)}
	_ = out.control.SetReadDeadline(time.Time{}) // that of the request; a stream outlives it

	tick := time.NewTicker(s.StreamInterval)
	defer tick.Stop()
	for {
		if err := s.tell(r.Context(), out, caller, lang); err != nil {
			return nil //nolint:nilerr // the reader has gone, and what was sent cannot be taken back
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return nil
		case <-s.Running.Done():
			return nil
		}
	}
}

// tell sends one round. A store that does not answer is told as a problem; the stream goes on.
func (s *Server) tell(ctx context.Context, out events, caller query.Caller, lang string) error {
	p, err := s.presents.of(ctx, s.Running, caller, lang)
	if err != nil {
		return err
	}
	if err := out.send("arrivals", p.arrivals, p.arrivalsErr); err != nil {
		return err
	}
	return out.send("now", wholes(p.cards), p.cardsErr)
}

// events writes server-sent events.
type events struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (e events) send(name string, value any, failed error) error {
	if failed != nil {
		p, _ := describe(failed)
		name, value = "problem", p
	}
	text, err := encode(value)
	if err != nil {
		return err
	}
	// In place of the server's write timeout, which is for a whole response.
	if err := e.control.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := fmt.Fprintf(e.w, "event: %s\ndata: %s\n\n", name, text); err != nil {
		return err
	}
	return e.control.Flush()
}

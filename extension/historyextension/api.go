package historyextension

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"

	"github.com/braidotel/braid/extension/historyextension/internal/promhttp"
	"github.com/braidotel/braid/internal/extensionstatus"
	"github.com/braidotel/braid/internal/history"
)

// serve starts the Prometheus API. A busy port fails the start.
func (h *historian) serve(ctx context.Context, host component.Host, cfg *APIConfig) error {
	listener, err := cfg.HTTP.ToListener(ctx)
	if err != nil {
		return err
	}
	handler := h.timed(promhttp.New(h.Metrics(history.Tenant(cfg.Tenant))))
	h.server, err = cfg.HTTP.ToServer(ctx, host.GetExtensions(), h.set.TelemetrySettings, handler)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	h.running.Go(func() {
		if err := h.server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			extensionstatus.Report(host, h.set.ID, componentstatus.NewFatalErrorEvent(err))
		}
	})
	return nil
}

// timed measures requests.
func (h *historian) timed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		next.ServeHTTP(w, r)
		h.tel.ExtensionHistoryQueries.Record(r.Context(), time.Since(began).Seconds())
	})
}

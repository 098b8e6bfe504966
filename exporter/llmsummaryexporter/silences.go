package llmsummaryexporter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/braidotel/braid/internal/pager"
)

// maxSilence is the longest silence that is read, in bytes.
const maxSilence = 64 << 10

// silencesAPI serves the part of Alertmanager's API (v2) that is about silences, so that amtool, dashboards and Braid's own
// approved action silence what is sent here as they would elsewhere.
type silencesAPI struct {
	pager   *pager.Pager
	server  *http.Server
	serving sync.WaitGroup
}

func startSilences(ctx context.Context, cfg *confighttp.ServerConfig, p *pager.Pager, host component.Host, set component.TelemetrySettings) (*silencesAPI, error) {
	a := &silencesAPI{pager: p}
	listener, err := cfg.ToListener(ctx)
	if err != nil {
		return nil, fmt.Errorf("notifications::silences: %w", err)
	}
	if a.server, err = cfg.ToServer(ctx, host.GetExtensions(), set, a.handler(cfg.Auth.HasValue())); err != nil {
		return nil, errors.Join(fmt.Errorf("notifications::silences: %w", err), listener.Close())
	}
	a.serving.Go(func() {
		if err := a.server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			componentstatus.ReportStatus(host, componentstatus.NewFatalErrorEvent(err))
		}
	})
	return a, nil
}

// handler answers. Whoever is not authenticated reaches it by address only.
func (a *silencesAPI) handler(authenticated bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v2/silences", a.list)
	mux.HandleFunc("POST /api/v2/silences", a.put)
	mux.HandleFunc("DELETE /api/v2/silence/{id}", a.end)
	// A page in a browser on this machine is somebody else's unless it came from here.
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !hostIsAddress(r.Host) && !authenticated {
			refuse(w, http.StatusForbidden, errors.New("reach it by IP address or as localhost"))
			return
		}
		mux.ServeHTTP(w, r)
	}))
}

// hostIsAddress tells that a name was not made up to reach this machine through a browser (DNS rebinding).
func hostIsAddress(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil || host == "localhost"
}

// loopback reports whether only this machine can reach an endpoint.
func loopback(endpoint string) bool {
	host, _, err := net.SplitHostPort(endpoint)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

func (a *silencesAPI) stop(ctx context.Context) error {
	err := a.server.Shutdown(ctx)
	a.serving.Wait()
	return err
}

func (a *silencesAPI) list(w http.ResponseWriter, r *http.Request) {
	all, err := a.pager.Silences(r.Context(), time.Now())
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	reply(w, all)
}

func (a *silencesAPI) put(w http.ResponseWriter, r *http.Request) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, errors.New("send application/json"))
		return
	}
	var s pager.Silence
	decoder := json.NewDecoder(io.LimitReader(r.Body, maxSilence))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		refuse(w, http.StatusBadRequest, fmt.Errorf("silence: %w", err))
		return
	}
	id, err := a.pager.Silence(r.Context(), s, time.Now())
	switch {
	case errors.Is(err, pager.ErrNoSilence):
		refuse(w, http.StatusNotFound, err)
	case err != nil:
		refuse(w, http.StatusBadRequest, err)
	default:
		reply(w, map[string]string{"silenceID": id})
	}
}

func (a *silencesAPI) end(w http.ResponseWriter, r *http.Request) {
	switch err := a.pager.Unsilence(r.Context(), r.PathValue("id")); {
	case errors.Is(err, pager.ErrNoSilence):
		refuse(w, http.StatusNotFound, err)
	case err != nil:
		refuse(w, http.StatusBadRequest, err)
	default:
		reply(w, struct{}{})
	}
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_ = json.NewEncoder(w).Encode(v) // whoever asked is gone
}

// refuse says why in a JSON string, as Alertmanager does.
func refuse(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(err.Error()) // whoever asked is gone
}

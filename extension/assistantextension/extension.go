package assistantextension

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensioncapabilities"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/braidotel/braid/extension/assistantextension/internal/metadata"
	"github.com/braidotel/braid/extension/assistantextension/internal/server"
	"github.com/braidotel/braid/internal/extensionstatus"
	"github.com/braidotel/braid/internal/knowledge"
	"github.com/braidotel/braid/internal/query"
)

var _ extensioncapabilities.Dependent = (*assistant)(nil)

// assistant serves the page and the API from Start to Shutdown.
type assistant struct {
	cfg       *Config
	set       extension.Settings
	connect   connector
	telemetry *metadata.TelemetryBuilder
	service   query.Service

	address net.Addr // where it listens
	http    *http.Server
	cancel  context.CancelFunc // ends the streams
	served  sync.WaitGroup
}

func newAssistant(set extension.Settings, cfg *Config, connect connector) (*assistant, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	return &assistant{cfg: cfg, set: set, connect: connect, telemetry: telemetry}, nil
}

// Dependencies makes the history start before and stop after.
func (a *assistant) Dependencies() []component.ID {
	ids := []component.ID{a.cfg.History}
	if a.cfg.HTTP.Auth.HasValue() {
		ids = append(ids, a.cfg.HTTP.Auth.Get().AuthenticatorID)
	}
	return ids
}

// Start listens, so that a port in use stops the collector from starting, and serves.
func (a *assistant) Start(ctx context.Context, host component.Host) (err error) {
	// What runs until Shutdown must not end with the context of Start.
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		if err != nil {
			cancel()
		}
	}()
	library, err := a.cfg.Knowledge.open(ctx)
	if err != nil {
		return err
	}
	service, err := a.connect(a.cfg, host, library)
	if err != nil {
		return err
	}
	a.service = service
	if err := a.observe(service); err != nil {
		return err
	}
	handler, err := a.handler(running, service)
	if err != nil {
		return err
	}
	a.http, err = a.cfg.HTTP.ToServer(ctx, host.GetExtensions(), a.set.TelemetrySettings, handler,
		confighttp.WithErrorHandler(handler.Refuse))
	if err != nil {
		return fmt.Errorf("http: %w", err)
	}
	// Outside of the authenticator, so that what it refuses is guarded and counted too.
	a.http.Handler = handler.Guard(a.http.Handler)
	listener, err := a.cfg.HTTP.ToListener(ctx)
	if err != nil {
		return fmt.Errorf("http::endpoint: %w", err)
	}
	a.address, a.cancel = listener.Addr(), cancel
	a.set.Logger.Info("The page is open", zap.Stringer("address", a.address))
	if err := a.attend(running, library); err != nil {
		return errors.Join(err, listener.Close())
	}
	a.served.Go(func() {
		if err := a.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			extensionstatus.Report(host, a.set.ID, componentstatus.NewFatalErrorEvent(err))
		}
	})
	return nil
}

// attend starts what goes on beside requests: documents are kept fresh, reports written when they are due.
func (a *assistant) attend(running context.Context, library *knowledge.Library) error {
	if library != nil {
		a.served.Go(func() { a.keepReading(running, library) })
	}
	if w, ok := a.service.(actor); ok {
		a.served.Go(func() { a.act(running, w) })
	}
	writer, ok := a.service.(scheduled)
	if !ok || len(a.cfg.Reports) == 0 {
		return nil
	}
	c, err := newClerk(a.cfg, writer, a.set.Logger)
	if err != nil {
		return err
	}
	a.served.Go(func() { c.run(running) })
	return nil
}

// observe reports how many drafts the service did not show.
func (a *assistant) observe(service query.Service) error {
	counted, ok := service.(interface{ Ungrounded() int64 })
	if !ok {
		return nil
	}
	return a.telemetry.RegisterExtensionAssistantUngroundedCallback(func(_ context.Context, o metric.Int64Observer) error {
		o.Observe(counted.Ungrounded())
		return nil
	})
}

func (a *assistant) handler(running context.Context, service query.Service) (*server.Server, error) {
	location, err := a.cfg.location()
	if err != nil {
		return nil, err
	}
	return server.New(server.Options{
		Service:          service,
		Caller:           a.cfg.caller,
		Running:          running,
		Hosts:            a.cfg.hosts(),
		Secure:           a.cfg.HTTP.TLS.HasValue() || a.cfg.TLSProxy,
		Proxied:          a.cfg.TLSProxy,
		TimeZone:         location.String(),
		OTLPEndpoint:     a.cfg.OTLPEndpoint,
		Version:          a.set.BuildInfo.Version,
		RequestTimeout:   a.cfg.RequestTimeout,
		StreamInterval:   a.cfg.StreamInterval,
		Rate:             a.cfg.Limits.RequestsPerSecond,
		Burst:            a.cfg.Limits.Burst,
		Clients:          a.cfg.Limits.Clients,
		Streams:          a.cfg.Limits.Streams,
		StreamsPerClient: a.cfg.Limits.StreamsPerClient,
		Recorder:         &recorder{telemetry: a.telemetry},
		Logger:           a.set.Logger,
	})
}

// Shutdown lets requests end, within the context, and ends streams.
func (a *assistant) Shutdown(ctx context.Context) error {
	defer a.telemetry.Shutdown()
	if a.cancel == nil {
		return nil
	}
	a.cancel()
	a.cancel = nil
	err := a.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, a.http.Close())
	}
	a.served.Wait()
	return err
}

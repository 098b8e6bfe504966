// The command fixtureserver serves the page over the made-up shop of package fixture, for work on the page and for its
// browser tests. It prints where it listens and stops at SIGINT or SIGTERM.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.uber.org/zap"

	"github.com/braidotel/braid/extension/assistantextension/internal/fixture"
	"github.com/braidotel/braid/extension/assistantextension/internal/server"
	"github.com/braidotel/braid/internal/query"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	address := flag.String("listen", "127.0.0.1:4380", "address to listen on")
	role := flag.String("role", "approver", "who asks: viewer, operator or approver")
	name := flag.String("name", "mina", "the name of who asks; empty where nobody is logged in")
	var options fixture.Options
	flag.BoolVar(&options.Empty, "empty", false, "no data has come yet, until POST /fixture/arrive")
	flag.BoolVar(&options.Hostile, "hostile", false, "markup and scripts in every text of telemetry")
	flag.BoolVar(&options.Unavailable, "unavailable", false, "a history that does not answer")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	shop := fixture.New(options)
	handler, err := server.New(server.Options{
		Service: shop,
		Caller: func(context.Context) (query.Caller, error) {
			return query.Caller{Name: *name, Tenant: "shop", Roles: query.Roles{
				View: true, Operate: *role != "viewer", Approve: *role == "approver",
			}}, nil
		},
		Running: ctx, TimeZone: "Asia/Seoul", OTLPEndpoint: "http://127.0.0.1:4318", Version: "fixture",
		RequestTimeout: 10 * time.Second, StreamInterval: time.Second, Rate: 100, Burst: 1000, Clients: 100,
		Streams: 64, StreamsPerClient: 64, Recorder: silent{}, Logger: zap.NewNop(),
	})
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *address)
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/\n", listener.Addr())
	mux := http.NewServeMux()
	mux.Handle("/", handler.Guard(handler))
	mux.HandleFunc("POST /fixture/arrive", func(w http.ResponseWriter, _ *http.Request) {
		shop.Arrive()
		w.WriteHeader(http.StatusNoContent)
	})
	httpServer := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = httpServer.Close() })
	if err := httpServer.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// silent records nothing.
type silent struct{}

func (silent) Request(context.Context, string, server.Outcome, time.Duration) {}
func (silent) Rejected(context.Context, server.Reason)                        {}
func (silent) Streams(context.Context, int64)                                 {}

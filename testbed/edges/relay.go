package edges

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding/gzip" // exporters compress
)

// maxHeld is how long a request is held back, so that those after it overtake it.
const maxHeld = 300 * time.Millisecond

// relay passes requests on to a center: some twice, some later than those that follow. It answers what the center answers.
type relay struct {
	server *grpc.Server
	conn   *grpc.ClientConn
	addr   string
	served chan error

	mu  sync.Mutex
	rng *rand.Rand

	requests, repeated, held atomic.Int64
}

func newRelay(ctx context.Context, center string, seed uint64) (*relay, error) {
	conn, err := grpc.NewClient("passthrough:///"+center, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("connecting to the center: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{
		server: grpc.NewServer(grpc.MaxRecvMsgSize(8 << 20)), conn: conn, addr: listener.Addr().String(), served: make(chan error, 1),
		rng: rand.New(rand.NewPCG(seed, 11)),
	}
	ptraceotlp.RegisterGRPCServer(r.server, &relayTraces{relay: r, next: ptraceotlp.NewGRPCClient(conn)})
	plogotlp.RegisterGRPCServer(r.server, &relayLogs{relay: r, next: plogotlp.NewGRPCClient(conn)})
	pmetricotlp.RegisterGRPCServer(r.server, &relayMetrics{relay: r, next: pmetricotlp.NewGRPCClient(conn)})
	go func() { r.served <- r.server.Serve(listener) }()
	return r, nil
}

func (r *relay) close() error {
	r.server.Stop()
	if err := <-r.served; err != nil {
		return err
	}
	return r.conn.Close()
}

// pass sends a request on, once or twice, at once or later.
func (r *relay) pass(ctx context.Context, send func(context.Context) error) error {
	r.mu.Lock()
	twice, wait := r.rng.IntN(3) == 0, time.Duration(0)
	if r.rng.IntN(4) == 0 {
		wait = time.Duration(r.rng.Int64N(int64(maxHeld)))
	}
	r.mu.Unlock()
	r.requests.Add(1)
	if wait > 0 {
		r.held.Add(1)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if twice {
		r.repeated.Add(1)
		if err := send(ctx); err != nil {
			return err
		}
	}
	return send(ctx)
}

type relayTraces struct {
	ptraceotlp.UnimplementedGRPCServer
	relay *relay
	next  ptraceotlp.GRPCClient
}

// Export passes spans on.
func (t *relayTraces) Export(ctx context.Context, req ptraceotlp.ExportRequest) (resp ptraceotlp.ExportResponse, err error) {
	resp = ptraceotlp.NewExportResponse()
	return resp, t.relay.pass(ctx, func(ctx context.Context) error {
		_, err := t.next.Export(ctx, req)
		return err
	})
}

type relayLogs struct {
	plogotlp.UnimplementedGRPCServer
	relay *relay
	next  plogotlp.GRPCClient
}

// Export passes records on.
func (t *relayLogs) Export(ctx context.Context, req plogotlp.ExportRequest) (resp plogotlp.ExportResponse, err error) {
	resp = plogotlp.NewExportResponse()
	return resp, t.relay.pass(ctx, func(ctx context.Context) error {
		_, err := t.next.Export(ctx, req)
		return err
	})
}

type relayMetrics struct {
	pmetricotlp.UnimplementedGRPCServer
	relay *relay
	next  pmetricotlp.GRPCClient
}

// Export passes points on.
func (t *relayMetrics) Export(ctx context.Context, req pmetricotlp.ExportRequest) (resp pmetricotlp.ExportResponse, err error) {
	resp = pmetricotlp.NewExportResponse()
	return resp, t.relay.pass(ctx, func(ctx context.Context) error {
		_, err := t.next.Export(ctx, req)
		return err
	})
}

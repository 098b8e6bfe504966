package edges

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding/gzip" // exporters compress
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/braidotel/braid/testbed/netns"
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

// newRelay listens at the hub and passes on to the center from there.
func newRelay(ctx context.Context, hub *netns.Host, center string, seed uint64) (*relay, error) {
	conn, err := grpc.NewClient("passthrough:///"+center, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return hub.DialContext(ctx, "tcp", address)
		}))
	if err != nil {
		return nil, fmt.Errorf("connecting to the center: %w", err)
	}
	listener, err := hub.Listen(ctx, "tcp", net.JoinHostPort(hub.Address, "0"))
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	r := &relay{conn: conn, addr: listener.Addr().String(), served: make(chan error, 1), rng: rand.New(rand.NewPCG(seed, 11))}
	r.server = grpc.NewServer(grpc.MaxRecvMsgSize(8<<20), grpc.UnknownServiceHandler(r.handle))
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

// handle passes a request of any service on, once or twice, at once or later. To an empty message every field is unknown: it
// keeps all of them as they came.
func (r *relay) handle(_ any, stream grpc.ServerStream) error {
	ctx := stream.Context()
	method, ok := grpc.Method(ctx)
	if !ok {
		return status.Error(codes.Internal, "a request without a method")
	}
	var request, answer emptypb.Empty
	if err := stream.RecvMsg(&request); err != nil {
		return err
	}
	times, wait := r.draw()
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		return ctx.Err()
	}
	for range times {
		answer.Reset()
		if err := r.conn.Invoke(ctx, method, &request, &answer); err != nil {
			return err
		}
	}
	return stream.SendMsg(&answer)
}

// draw says how often a request is sent, and after what time.
func (r *relay) draw() (times int, wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests.Add(1)
	times = 1
	if r.rng.IntN(3) == 0 {
		r.repeated.Add(1)
		times = 2
	}
	if r.rng.IntN(4) == 0 {
		r.held.Add(1)
		wait = time.Duration(r.rng.Int64N(int64(maxHeld)))
	}
	return times, wait
}

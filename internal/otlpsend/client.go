package otlpsend

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	grpcbackoff "google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Options of a client. The zero value is usable.
type Options struct {
	// Timeout of one attempt; 0 means 10 s.
	Timeout time.Duration
	// Patience is how long one request is retried before it is given up; 0 means a minute.
	Patience time.Duration
	// Headers are sent with every request, for example authorization.
	Headers map[string]string
	// Dial connects to the endpoint instead of gRPC itself, if set: an endpoint in another network.
	Dial func(ctx context.Context, address string) (net.Conn, error)
}

// Client sends requests to one OTLP/gRPC endpoint. It is safe for concurrent use.
type Client struct {
	conn    *grpc.ClientConn
	options Options
	headers metadata.MD
	counter counter
}

// Dial returns a client of host:port, in plain text, or over TLS for https://host:port. It does not connect yet.
func Dial(endpoint string, options Options) (*Client, error) {
	if options.Timeout == 0 {
		options.Timeout = 10 * time.Second
	}
	if options.Patience == 0 {
		options.Patience = time.Minute
	}
	transport := insecure.NewCredentials()
	target := strings.TrimPrefix(endpoint, "http://")
	if host, ok := strings.CutPrefix(endpoint, "https://"); ok {
		target, transport = host, credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12})
	}
	if !strings.Contains(target, ":") || strings.Contains(target, "/") {
		return nil, fmt.Errorf("endpoint must be host:port, such as 127.0.0.1:4317, got %q", endpoint)
	}
	dial := []grpc.DialOption{
		grpc.WithTransportCredentials(transport), grpc.WithDefaultCallOptions(grpc.ForceCodecV2(rawCodec{})),
		grpc.WithUserAgent("braidctl"), grpc.WithConnectParams(reconnect()),
	}
	if options.Dial != nil {
		dial = append(dial, grpc.WithContextDialer(options.Dial))
	}
	conn, err := grpc.NewClient(target, dial...)
	if err != nil {
		return nil, fmt.Errorf("endpoint %q: %w", endpoint, err)
	}
	return &Client{conn: conn, options: options, headers: metadata.New(options.Headers)}, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }

// Stats returns what has become of everything sent so far.
func (c *Client) Stats() Stats { return c.counter.snapshot() }

// Send sends one request and returns when it has been answered for good. A refusal is counted, not returned; an error
// means that the endpoint cannot be reached within the client's patience, or that ctx is done.
func (c *Client) Send(ctx context.Context, r *Request) error {
	response, err := backoff.Retry(ctx, func() ([]byte, error) { return c.attempt(ctx, r) },
		backoff.WithBackOff(newBackOff()),
		backoff.WithMaxElapsedTime(c.options.Patience),
		backoff.WithNotify(func(err error, _ time.Duration) { c.counter.retried(reason(err)) }))
	switch {
	case err == nil:
		rejected, why, err := r.Signal.rejection(response)
		if err != nil {
			return err
		}
		c.counter.answered(r, believe(rejected), why)
		return nil
	case ctx.Err() == nil && !retryable(cause(err)):
		c.counter.refused(r, reason(err))
		return nil
	case ctx.Err() == nil:
		c.counter.failed(r, reason(err))
		return fmt.Errorf("sending %s to %s, tried for %s: %w", r.Signal, c.conn.Target(), c.options.Patience, cause(err))
	default:
		c.counter.failed(r, reason(err))
		return fmt.Errorf("sending %s: %w", r.Signal, cause(err))
	}
}

// reconnect tries a restarted collector again within seconds, where gRPC's own default waits up to two minutes.
func reconnect() grpc.ConnectParams {
	p := grpc.ConnectParams{Backoff: grpcbackoff.DefaultConfig, MinConnectTimeout: 5 * time.Second}
	p.Backoff.BaseDelay, p.Backoff.MaxDelay = 100*time.Millisecond, 2*time.Second
	return p
}

func newBackOff() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = 100*time.Millisecond, 5*time.Second
	return b
}

// attempt makes one call and sorts its error: permanent, to be retried, or to be retried after the time the server asked for.
func (c *Client) attempt(ctx context.Context, r *Request) (response []byte, err error) {
	ctx, cancel := c.callContext(ctx)
	defer cancel()
	err = c.conn.Invoke(ctx, r.Signal.method(), r.Payload, &response)
	if err == nil {
		return response, nil
	}
	if !retryable(err) {
		return nil, backoff.Permanent(err)
	}
	if pause, ok := askedPause(err); ok {
		return nil, &pauseError{RetryAfterError: backoff.RetryAfterError{Duration: pause}, err: err}
	}
	return nil, err
}

// grace is how long a call that is under way may still take when its caller gives up: what is sent is nearly always
// accepted, and should be counted so.
const grace = 2 * time.Second

func (c *Client) callContext(caller context.Context) (context.Context, context.CancelFunc) {
	ctx := metadata.NewOutgoingContext(context.WithoutCancel(caller), c.headers)
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	stop := context.AfterFunc(caller, func() { time.AfterFunc(grace, cancel) })
	return ctx, func() {
		stop()
		cancel()
	}
}

// retryable reports whether OTLP lets a client send the same request again. A request that is too large for the server
// stays so, though it has the code of an overload.
func retryable(err error) bool {
	switch status.Code(err) {
	case codes.ResourceExhausted:
		return !strings.Contains(err.Error(), "larger than max")
	case codes.Unavailable, codes.DeadlineExceeded, codes.Aborted, codes.Canceled:
		return true
	default:
		return false
	}
}

// maxPause bounds what a server can make a client wait for.
const maxPause = 30 * time.Second

func askedPause(err error) (time.Duration, bool) {
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.RetryInfo); ok && info.GetRetryDelay().AsDuration() > 0 {
			return min(info.GetRetryDelay().AsDuration(), maxPause), true
		}
	}
	return 0, false
}

// pauseError is an error that carries the pause the server asked for and keeps its cause.
type pauseError struct {
	backoff.RetryAfterError
	err error
}

func (e *pauseError) Error() string { return e.err.Error() }

// Unwrap lets backoff find the pause, and cause find what happened.
func (e *pauseError) Unwrap() []error { return []error{&e.RetryAfterError, e.err} }

// cause strips what this package added for backoff.
func cause(err error) error {
	if p, ok := errors.AsType[*pauseError](err); ok {
		return p.err
	}
	return err
}

func reason(err error) string {
	s := status.Convert(cause(err))
	return s.Code().String() + ": " + s.Message()
}

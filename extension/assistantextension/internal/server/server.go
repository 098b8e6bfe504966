// Package server is the HTTP side of the assistant: routes, guards, the live stream and the built page over a query
// service.
package server

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/query"
)

// Options are what a Server works with. All are needed.
type Options struct {
	Service query.Service
	// Caller says who a request comes from, by its context; query.ErrForbidden for nobody.
	Caller func(context.Context) (query.Caller, error)
	// Running ends when the server stops, and with it every stream.
	Running context.Context
	// Hosts are the names under which the page may be reached, besides localhost and IP addresses.
	Hosts []string
	// Secure says that readers come by TLS, Proxied that they come through a proxy, so that their addresses are one.
	Secure  bool
	Proxied bool
	// TimeZone is the IANA name of the zone of readers who do not name theirs.
	TimeZone string
	// OTLPEndpoint is shown where no data has come yet.
	OTLPEndpoint string
	Version      string
	// RequestTimeout ends a request, StreamInterval is the time between two events of a stream.
	RequestTimeout time.Duration
	StreamInterval time.Duration
	// Rate is the requests a second of one client on average, Burst those at once, Clients how many are told apart.
	Rate    float64
	Burst   int
	Clients int
	// Streams bounds the open streams of all, StreamsPerClient those of one client.
	Streams          int
	StreamsPerClient int
	Recorder         Recorder
	Logger           *zap.Logger
}

// Recorder is told what happened.
type Recorder interface {
	// Request is one request that was let in.
	Request(ctx context.Context, route string, outcome Outcome, took time.Duration)
	// Rejected is one that was not.
	Rejected(ctx context.Context, reason Reason)
	// Streams is by how many the open streams changed.
	Streams(ctx context.Context, change int64)
}

// Outcome is how a request ended.
type Outcome string

// The outcomes.
const (
	OutcomeOK          Outcome = "ok"
	OutcomeInvalid     Outcome = "invalid"
	OutcomeRefused     Outcome = "refused"
	OutcomeMissing     Outcome = "missing"
	OutcomeUnavailable Outcome = "unavailable"
	OutcomeFailed      Outcome = "failed"
)

// Reason is why a request was turned away.
type Reason string

// The reasons.
const (
	ReasonHost            Reason = "host"
	ReasonOrigin          Reason = "origin"
	ReasonUnauthenticated Reason = "unauthenticated"
	ReasonRole            Reason = "role"
	ReasonCSRF            Reason = "csrf"
	ReasonRate            Reason = "rate"
	ReasonBody            Reason = "body"
	ReasonStreams         Reason = "streams"
)

// Server is the handler of page and API. It is safe for concurrent use.
type Server struct {
	Options
	mux      *http.ServeMux
	tokens   *tokens
	requests *limiter // by caller, or else by address
	failures *limiter // failed authentications, by address
	streams  *streams
	presents presents
}

// New builds the handler. It starts nothing.
func New(o Options) (*Server, error) {
	assets, err := loadAssets()
	if err != nil {
		return nil, err
	}
	s := &Server{
		Options:  o,
		mux:      http.NewServeMux(),
		tokens:   newTokens(),
		requests: newLimiter(o.Rate, o.Burst, o.Clients),
		failures: newLimiter(failuresPerSecond, failuresAtOnce, o.Clients),
		streams:  newStreams(o.Streams, o.StreamsPerClient),
	}
	s.presents = presents{look: s.lookNow, fresh: o.StreamInterval / 2, seen: map[sight]*seen{}}
	for _, r := range routes {
		s.mux.HandleFunc(r.method+" "+prefix+r.path, s.serve(r))
	}
	s.mux.HandleFunc(MCPPath, s.serve(s.mcpRoute())) // any method: the protocol says which it takes
	s.mux.HandleFunc(prefix+"/", s.unknown)
	s.mux.Handle("/", s.page(assets))
	return s, nil
}

// ServeHTTP answers a request that Guard let through.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mux.ServeHTTP(w, r)
}

// serve runs one route: who asks, may they, how often, and how it ended.
func (s *Server) serve(route route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		ctx := r.Context()
		if !route.stream {
			limited, cancel := context.WithTimeout(ctx, s.RequestTimeout)
			defer cancel()
			ctx = limited
		}
		err := s.admit(ctx, route, r, func(caller query.Caller) error {
			return route.handle(s, w, r.WithContext(ctx), caller)
		})
		outcome := OutcomeOK
		if err != nil {
			outcome = s.fail(w, r, route.name, err)
		}
		if !route.stream || err != nil {
			s.Recorder.Request(ctx, route.name, outcome, time.Since(began))
		}
		if broken(err) {
			panic(http.ErrAbortHandler) // the reader shall not take a part for the whole
		}
	}
}

// admit calls next for those who may.
func (s *Server) admit(ctx context.Context, route route, r *http.Request, next func(query.Caller) error) error {
	caller, err := s.Caller(ctx)
	if err != nil {
		s.Recorder.Rejected(ctx, ReasonRole)
		return errNoRole
	}
	if !s.requests.allow(clientKey(caller, r)) {
		s.Recorder.Rejected(ctx, ReasonRate)
		return errRate
	}
	if !route.role.held(caller.Roles) {
		s.Recorder.Rejected(ctx, ReasonRole)
		return route.role.missing()
	}
	if route.writes() && !s.tokens.valid(caller, r.Header.Get(tokenHeader)) {
		s.Recorder.Rejected(ctx, ReasonCSRF)
		return errToken
	}
	err = next(caller)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		s.Recorder.Rejected(ctx, ReasonBody)
	}
	return err
}

// unknown answers for what is not part of the API, also where only the method is wrong.
func (s *Server) unknown(w http.ResponseWriter, r *http.Request) {
	err := errNoRoute
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := s.mux.Handler(probe); pattern != prefix+"/" && method != r.Method {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) > 0 {
		w.Header()["Allow"] = allowed
		err = errMethod
	}
	s.Recorder.Request(r.Context(), routeUnknown, s.fail(w, r, routeUnknown, err), 0)
}

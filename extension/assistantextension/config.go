package assistantextension

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
)

// Config is the configuration of the assistant extension.
type Config struct {
	// HTTP is where the page and the API are served: the collector's own server settings. Default 127.0.0.1:4380, without
	// authentication, which only a loopback address may be.
	HTTP confighttp.ServerConfig `mapstructure:"http"`
	// TLSProxy says that a proxy in front ends TLS, so that an address others can reach may be served in plain text.
	// Default false.
	TLSProxy bool `mapstructure:"tls_proxy"`
	// AllowedHosts are the names under which the page may be reached, besides localhost, IP addresses and the host of
	// http::endpoint. Any other Host header is refused: that is how a foreign page would reach in by DNS. Default none.
	AllowedHosts []string `mapstructure:"allowed_hosts"`
	// History is the extension that answers come from. Default history.
	History component.ID `mapstructure:"history"`
	// Access says who may do what.
	Access AccessConfig `mapstructure:"access"`
	// OTLPEndpoint is shown to whoever has no data yet: where their OTLP/HTTP goes. Default http://127.0.0.1:4318.
	OTLPEndpoint string `mapstructure:"otlp_endpoint"`
	// TimeZone is the IANA zone that answers are written in unless the reader asks for another. Default: the machine's.
	TimeZone string `mapstructure:"time_zone"`
	// RequestTimeout ends a request that the history does not answer. Default 10s.
	RequestTimeout time.Duration `mapstructure:"request_timeout"`
	// StreamInterval is how often a live stream sends the present state. Default 5s.
	StreamInterval time.Duration `mapstructure:"stream_interval"`
	// Limits bound what clients may take.
	Limits LimitsConfig `mapstructure:"limits"`
	// Knowledge is what the organisation has written.
	Knowledge KnowledgeConfig `mapstructure:"knowledge"`
	// Reports are written by the clock. Default none.
	Reports []ReportConfig `mapstructure:"reports"`
	// Notifications are how reports are sent to people.
	Notifications NotificationsConfig `mapstructure:"notifications"`
	// Actions are what may be done to the systems, when people approve.
	Actions ActionsConfig `mapstructure:"actions"`
}

// LimitsConfig bounds what clients may take.
type LimitsConfig struct {
	// RequestsPerSecond is how many requests to the API one client may make on average. Default 10.
	RequestsPerSecond float64 `mapstructure:"requests_per_second"`
	// Burst is how many it may make at once. Default 60.
	Burst int `mapstructure:"burst"`
	// Clients is how many clients are told apart; the one not seen for longest is forgotten first. Default 10000.
	Clients int `mapstructure:"clients"`
	// Streams is the most live streams at once, of all clients. Default 64.
	Streams int `mapstructure:"streams"`
	// StreamsPerClient is the most of one client. Default 8.
	StreamsPerClient int `mapstructure:"streams_per_client"`
}

const (
	defaultEndpoint = "127.0.0.1:4380"
	// maxBody is far above any question and any report request.
	maxBody = 64 << 10

	minStreamInterval = time.Second
)

func createDefaultConfig() component.Config {
	http := confighttp.NewDefaultServerConfig()
	http.NetAddr.Endpoint = defaultEndpoint
	http.MaxRequestBodySize = maxBody
	http.ReadHeaderTimeout = 10 * time.Second
	http.ReadTimeout = 20 * time.Second
	http.CompressionAlgorithms = []string{""} // questions are short: nothing is unpacked
	return &Config{
		HTTP:           http,
		History:        component.MustNewID("history"),
		OTLPEndpoint:   "http://127.0.0.1:4318",
		RequestTimeout: 10 * time.Second,
		StreamInterval: 5 * time.Second,
		Limits:         LimitsConfig{RequestsPerSecond: 10, Burst: 60, Clients: 10_000, Streams: 64, StreamsPerClient: 8},
		Actions:        defaultActions(),
		Knowledge: KnowledgeConfig{
			RefreshInterval: 10 * time.Second, MaxFiles: 2000, MaxFileBytes: 512 << 10, Embeddings: EmbeddingsConfig{Timeout: 2 * time.Second},
		},
	}
}

// Validate reports every error at once, naming the field.
func (c *Config) Validate() error {
	errs := []error{c.validateReach(), c.Access.validate(c.HTTP.Auth.HasValue()), c.Limits.validate(), c.Knowledge.validate(), c.validateReports(), c.validateNotifications(),
		c.Actions.validate()}
	if c.HTTP.CORS.HasValue() {
		errs = append(errs, errors.New("http::cors: other origins are never let in; remove it"))
	}
	if _, err := c.location(); err != nil {
		errs = append(errs, fmt.Errorf("time_zone: %q is not an IANA time zone such as Asia/Seoul", c.TimeZone))
	}
	for i, host := range c.AllowedHosts {
		if host == "" || strings.ContainsAny(host, "/:* ") {
			errs = append(errs, fmt.Errorf("allowed_hosts::%d: %q is not a host name; leave out scheme, port and wildcards", i, host))
		}
	}
	if c.RequestTimeout <= 0 {
		errs = append(errs, fmt.Errorf("request_timeout: must be above 0, is %s", c.RequestTimeout))
	}
	if c.StreamInterval < minStreamInterval {
		errs = append(errs, fmt.Errorf("stream_interval: must be at least %s, is %s", minStreamInterval, c.StreamInterval))
	}
	return errors.Join(errs...)
}

// validateReach refuses to show what is known to whoever can reach the port.
func (c *Config) validateReach() error {
	if c.HTTP.NetAddr.Endpoint == "" {
		return errors.New("http::endpoint: is empty; " + defaultEndpoint + " serves this machine only")
	}
	if c.HTTP.NetAddr.Transport == "unix" || loopback(c.HTTP.NetAddr.Endpoint) {
		return nil
	}
	var errs []error
	if !c.HTTP.Auth.HasValue() {
		errs = append(errs, fmt.Errorf("http::auth: %s can be reached from elsewhere; name an authenticator, or listen on 127.0.0.1",
			c.HTTP.NetAddr.Endpoint))
	}
	if !c.HTTP.TLS.HasValue() && !c.TLSProxy {
		errs = append(errs, fmt.Errorf("http::tls: %s can be reached from elsewhere; give a certificate, or set tls_proxy: true "+
			"where a proxy ends TLS", c.HTTP.NetAddr.Endpoint))
	}
	return errors.Join(errs...)
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

func (l *LimitsConfig) validate() error {
	var errs []error
	if !(l.RequestsPerSecond > 0) {
		errs = append(errs, fmt.Errorf("limits::requests_per_second: must be above 0, is %g", l.RequestsPerSecond))
	}
	for _, limit := range []struct {
		name  string
		value int
	}{{"burst", l.Burst}, {"clients", l.Clients}, {"streams", l.Streams}, {"streams_per_client", l.StreamsPerClient}} {
		if limit.value < 1 {
			errs = append(errs, fmt.Errorf("limits::%s: must be at least 1, is %d", limit.name, limit.value))
		}
	}
	return errors.Join(errs...)
}

// location is the configured time zone, or the machine's.
func (c *Config) location() (*time.Location, error) {
	if c.TimeZone == "" {
		return time.LoadLocation(machineZone())
	}
	return time.LoadLocation(c.TimeZone)
}

// hosts are the names under which the page may be reached, besides localhost and IP addresses.
func (c *Config) hosts() []string {
	hosts := c.AllowedHosts
	if host, _, err := net.SplitHostPort(c.HTTP.NetAddr.Endpoint); err == nil && host != "" {
		hosts = append([]string{host}, hosts...)
	}
	return hosts
}

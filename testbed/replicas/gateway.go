package replicas

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/braidotel/braid/testbed/collector"
)

const secret = "a secret of this test alone"

// shard is a share of the sessions: one address, and two processes of which one has it.
type shard struct {
	number  int
	address string // OTLP over gRPC
	replica [2]*replica

	mu      sync.Mutex // held while a process is killed or started
	revived int        // processes that ended by themselves, as one does that has lost its shard
}

// revive starts what has ended by itself again, as a supervisor would.
func (s *shard) revive(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.replica {
		select {
		case <-r.process.Exited():
			if r.ended {
				continue
			}
			s.revived++
			if err := r.start(ctx); err != nil {
				return err
			}
		default:
		}
	}
	return nil
}

// supervise revives what has ended until the run is over.
func supervise(ctx, over context.Context, shards []*shard) error {
	for pause(over, reviveEvery) {
		for _, s := range shards {
			if err := s.revive(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

const reviveEvery = 200 * time.Millisecond

// replica is one process of a shard, started again and again.
type replica struct {
	config  collector.Config
	at      collector.Endpoints
	process *collector.Process
	ended   bool            // on purpose, and not to be started again yet
	used    collector.Usage // by its processes that have ended
}

// overlay makes sessions end soon, says whose telemetry it is, and does not let it lie.
func overlay(number int, o *Options) string {
	text := fmt.Sprintf(`yaml:
exporters:
  otlp_grpc:
    headers: {%s: "%d"}
    sending_queue: {batch: {flush_timeout: 100ms}}
processors:
  concurrency: {sketches: {tiers: [%s]}, revision: {every: %[3]s}}
`, shardHeader, number, o.Tier)
	if o.Idle > 0 {
		text += fmt.Sprintf("  session_correlation: {session: {idle: %s}}\n", o.Idle)
	}
	return text
}

// newShard readies the processes of a shard.
func newShard(number int, binary, data, redis string, to *sink, o *Options) (*shard, error) {
	root, err := collector.Root()
	if err != nil {
		return nil, err
	}
	configs := filepath.Join(root, "distribution", "configs")
	s := &shard{number: number}
	for i := range s.replica {
		at, err := collector.FreeEndpoints()
		if err != nil {
			return nil, err
		}
		if i == 0 {
			s.address = at.OTLPGRPC
		}
		at.OTLPGRPC = s.address
		env := at.Env()
		maps.Copy(env, map[string]string{
			"BRAID_DATA_DIR": filepath.Join(data, fmt.Sprintf("gateway-%d-%d", number, i)), "BRAID_SECRET": secret,
			"BRAID_BACKEND_ENDPOINT": to.address, "BRAID_BACKEND_INSECURE": "true",
			"BRAID_REDIS_MODE": "cluster", "BRAID_REDIS_ADDRESSES": redis, "BRAID_SHARD": strconv.Itoa(number),
		})
		s.replica[i] = &replica{at: at, config: collector.Config{Binary: binary, Env: env, Configs: []string{
			filepath.Join(configs, "gateway.yaml"), filepath.Join(configs, "replicas.yaml"), overlay(number, o),
		}}}
	}
	return s, nil
}

func (r *replica) start(ctx context.Context) (err error) {
	r.ended = false
	r.process, err = collector.Start(ctx, r.config)
	return err
}

// kill ends the process as a crash would.
func (r *replica) kill() error {
	r.account()
	return r.process.Kill()
}

// stop asks the process to end as an operator would, and returns once it has.
func (r *replica) stop(ctx context.Context) error {
	r.account()
	return r.process.Stop(ctx)
}

// account notes what the process has used so far, and that it is to end.
func (r *replica) account() {
	r.ended = true
	if used, err := r.process.Usage(); err == nil {
		r.used.CPUSeconds += used.CPUSeconds
	}
}

// serves reports whether the process is the one that has the shard.
func (r *replica) serves(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.at.HealthURL(), http.NoBody)
	if err != nil {
		return false
	}
	response, err := probe.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// probe keeps no connections, so that nothing of it outlives a test.
var probe = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Second}

// serving waits until one of the shard's processes serves and returns both, that one first.
func (s *shard) serving(ctx context.Context) (serves, waits *replica, err error) {
	err = until(ctx, func() bool {
		for i, r := range s.replica {
			if r.process != nil && r.serves(ctx) {
				serves, waits = r, s.replica[1-i]
				return true
			}
		}
		return false
	})
	if err != nil {
		return nil, nil, fmt.Errorf("no replica of shard %d serves: %w\n%s", s.number, err, s.logs())
	}
	return serves, waits, nil
}

func (s *shard) logs() string {
	var b strings.Builder
	for _, r := range s.replica {
		if r.process != nil {
			logs := r.process.Logs()
			b.WriteString(logs[max(0, len(logs)-4<<10):])
		}
	}
	return b.String()
}

func (s *shard) close() error {
	var errs []error
	for _, r := range s.replica {
		if r.process != nil {
			errs = append(errs, r.kill())
		}
	}
	return errors.Join(errs...)
}

// newBalancer readies the process in front of the shards.
func newBalancer(binary, data string, shards []*shard) (*replica, error) {
	root, err := collector.Root()
	if err != nil {
		return nil, err
	}
	at, err := collector.FreeEndpoints()
	if err != nil {
		return nil, err
	}
	addresses := make([]string, 0, len(shards))
	for _, s := range shards {
		addresses = append(addresses, s.address)
	}
	env := at.Env()
	maps.Copy(env, map[string]string{
		"BRAID_DATA_DIR": filepath.Join(data, "balancer"), "BRAID_SECRET": secret, "BRAID_GATEWAY_INSECURE": "true",
		"BRAID_GATEWAYS": "[" + strings.Join(addresses, ", ") + "]",
	})
	return &replica{at: at, config: collector.Config{
		Binary: binary, Env: env, HealthURL: at.HealthURL(), Stderr: io.Discard,
		Configs: []string{filepath.Join(root, "distribution", "configs", "balancer.yaml")},
	}}, nil
}

// patience is how long anything may take to come about on a busy machine.
const patience = 2 * time.Minute

const pollEvery = 10 * time.Millisecond

var errNotYet = errors.New("it has not come about in time")

// until returns once a condition holds.
func until(ctx context.Context, condition func() bool) error {
	return poll(ctx, patience, pollEvery, condition)
}

// poll returns once a condition holds that is looked at so often.
func poll(ctx context.Context, limit, every time.Duration, condition func() bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errNotYet)
	defer cancel()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
	return nil
}

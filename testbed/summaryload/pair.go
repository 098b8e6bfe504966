package summaryload

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/internal/simulate/load"
	"github.com/braidotel/braid/testbed/collector"
)

// What a turn consists of: 20,000 spans, and an incident with every 2,000 of them.
const (
	tracesPerRequest = 100
	requestsPerTurn  = 40
	requestsPerEvent = 4
	sessions         = 10_000
	// warming is how many turns are not measured: until every session is known.
	warming = 4
)

// config is a collector that joins spans with sessions and tells incidents; the two differ by the models alone, the last %s.
const config = `yaml:
receivers: {otlp: {protocols: {grpc: {endpoint: "%s", max_recv_msg_size_mib: 16}}}}
processors: {session_correlation: {wait: 0s, metrics: {enabled: false}}}
extensions: {health_check: {endpoint: "%s"}}
exporters:
  nop: {}
  llm_summary: {file: "%s", languages: [en]%s}
service:
  extensions: [health_check]
  telemetry: {metrics: {level: none}, logs: {level: error}}
  pipelines:
    traces: {receivers: [otlp], processors: [session_correlation], exporters: [nop]}
    logs: {receivers: [otlp], processors: [session_correlation], exporters: [llm_summary]}
`

// side is one of the two collectors.
type side struct {
	process *collector.Process
	client  *otlpsend.Client
	traces  *load.Template
	file    string
	sent    uint64
	told    int
}

func startSide(ctx context.Context, binary, directory, name, models string) (*side, error) {
	at, err := collector.FreeEndpoints()
	if err != nil {
		return nil, err
	}
	s := &side{file: filepath.Join(directory, name+".jsonl")}
	s.process, err = collector.Start(ctx, collector.Config{
		Binary: binary, Configs: []string{fmt.Sprintf(config, at.OTLPGRPC, at.Health, s.file, models)}, HealthURL: at.HealthURL(),
	})
	if err != nil {
		return nil, err
	}
	if s.client, err = otlpsend.Dial(at.OTLPGRPC, otlpsend.Options{}); err == nil {
		s.traces, err = load.New(tracesPerRequest, sessions)
	}
	if err != nil {
		return nil, errors.Join(err, s.process.Kill())
	}
	return s, nil
}

func (s *side) stop(ctx context.Context) error {
	return errors.Join(s.client.Close(), s.process.Stop(ctx))
}

// turn is what one turn took.
type turn struct {
	wall, cpu float64 // seconds
	told      time.Duration
}

// turn sends one turn's load, and then an incident whose summary it waits for.
func (s *side) turn(ctx context.Context) (turn, error) {
	before, err := s.process.Usage()
	if err != nil {
		return turn{}, err
	}
	began := time.Now()
	for i := range requestsPerTurn {
		r := otlpsend.Request{Signal: otlpsend.Traces, Payload: s.traces.Request(s.sent, time.Now()), Items: s.traces.Spans()}
		s.sent++
		if err := s.client.Send(ctx, &r); err != nil {
			return turn{}, fmt.Errorf("sending spans: %w", err)
		}
		if i%requestsPerEvent == 0 {
			if _, err := s.incident(ctx); err != nil {
				return turn{}, err
			}
		}
	}
	t := turn{wall: time.Since(began).Seconds()}
	after, err := s.process.Usage()
	if err != nil {
		return turn{}, err
	}
	t.cpu = after.CPUSeconds - before.CPUSeconds
	began = time.Now()
	id, err := s.incident(ctx)
	if err != nil {
		return turn{}, err
	}
	err = s.await(ctx, id)
	t.told = time.Since(began)
	return t, err
}

// incident sends an incident of its own and returns its id.
func (s *side) incident(ctx context.Context) (string, error) {
	s.told++
	id, now := fmt.Sprintf("incident-%d", s.told), time.Now()
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetEventName("braid.incident")
	r.SetTimestamp(pcommon.NewTimestampFromTime(now))
	r.SetSeverityNumber(plog.SeverityNumberError)
	err := r.Attributes().FromRaw(map[string]any{
		"braid.incident.id": id, "braid.incident.status": "open", "braid.start_time_unix_nano": now.Add(-22 * time.Minute).UnixNano(),
		"braid.incident.services": []any{"payment"}, "braid.incident.cause.service": "payment", "braid.incident.cause.kind": "database",
		"braid.incident.users": 1284, "braid.incident.alerts": 1000,
	})
	if err != nil {
		return "", fmt.Errorf("making an incident: %w", err)
	}
	payload, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
	if err != nil {
		return "", fmt.Errorf("making an incident: %w", err)
	}
	if err := s.client.Send(ctx, &otlpsend.Request{Signal: otlpsend.Logs, Payload: payload, Items: 1}); err != nil {
		return "", fmt.Errorf("sending an incident: %w", err)
	}
	return id, nil
}

// patience is how long a summary may take before the run gives up.
const patience = 30 * time.Second

// await waits until an incident's summary is in the file.
func (s *side) await(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("%s was not told within %s", id, patience))
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		raw, err := os.ReadFile(s.file)
		if err == nil && bytes.Contains(raw, []byte(`"stringValue":"`+id+`"`)) {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
}

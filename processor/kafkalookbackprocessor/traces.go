package kafkalookbackprocessor

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/braidotel/braid/processor/kafkalookbackprocessor/internal/metadata"
)

// Outcomes of records and of lookbacks.
var (
	passed     = outcome("passed")
	unreadable = outcome("unreadable")
	done       = outcome("done")
	failed     = outcome("failed")
)

func outcome(value string) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(attribute.String("outcome", value)))
}

// traces is the processor in a pipeline of traces. The receiver hands it the records of one partition one after the other, those
// of several at once.
type traces struct {
	component.ShutdownFunc

	cfg         *Config
	next        consumer.Traces
	unmarshaler ptrace.Unmarshaler
	logger      *zap.Logger
	telemetry   *metadata.TelemetryBuilder
	log         *log

	mu   sync.Mutex
	read map[partition]reached // as many as there are partitions
}

// reached is how far a partition was read here, and when that was.
type reached struct {
	next int64 // offset
	at   time.Time
}

// partition is one of a topic.
type partition struct {
	topic  string
	number int32
}

func newTraces(set processor.Settings, cfg *Config, next consumer.Traces) (*traces, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("creating own telemetry: %w", err)
	}
	var unmarshaler ptrace.Unmarshaler = &ptrace.ProtoUnmarshaler{}
	if cfg.Encoding == encodingJSON {
		unmarshaler = &ptrace.JSONUnmarshaler{}
	}
	return &traces{
		cfg: cfg, next: next, unmarshaler: unmarshaler, logger: set.Logger, telemetry: telemetry, read: map[partition]reached{},
	}, nil
}

// Start reads certificates; brokers are asked when a partition comes.
func (t *traces) Start(ctx context.Context, _ component.Host) error {
	options, err := t.cfg.options(ctx)
	if err != nil {
		return err
	}
	t.log = &log{options: options, lookback: t.cfg.Lookback, most: int64(t.cfg.MaxRecords)}
	return nil
}

// Capabilities says that traces are passed on as they are.
func (*traces) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeTraces passes traces on. Where they are a record that does not follow the last one of its partition, those before it
// that this collector has not read go first.
func (t *traces) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	p, offset, ok := origin(ctx)
	if !ok {
		return t.next.ConsumeTraces(ctx, td)
	}
	t.mu.Lock()
	last, known := t.read[p]
	t.mu.Unlock()
	if !known || offset > last.next {
		from := last.next
		if time.Since(last.at) > t.cfg.Lookback {
			from = 0 // what was read here may be forgotten
		}
		if err := t.lookBack(ctx, p, from, offset); err != nil {
			return err
		}
	}
	if err := t.next.ConsumeTraces(ctx, td); err != nil {
		return err
	}
	t.mu.Lock()
	t.read[p] = reached{next: offset + 1, at: time.Now()}
	t.mu.Unlock()
	return nil
}

// lookBack passes on what is between the offset that this collector has read up to and the one it was given, as far as that
// is of the time that is looked back on. The receiver comes again with the record where the next consumer refuses; where the
// brokers cannot be asked, the record goes without.
func (t *traces) lookBack(ctx context.Context, p partition, from, to int64) error {
	reading, cancel := context.WithTimeout(ctx, t.cfg.Timeout)
	defer cancel()
	var refused error
	err := t.log.read(reading, p, from, to, func(value []byte) error {
		td, err := t.unmarshaler.UnmarshalTraces(value)
		if err != nil {
			t.telemetry.ProcessorKafkaLookbackRecords.Add(ctx, 1, unreadable) // the receiver has told of it where it was read first
			return nil
		}
		refused = t.next.ConsumeTraces(ctx, td)
		if refused == nil {
			t.telemetry.ProcessorKafkaLookbackRecords.Add(ctx, 1, passed)
		}
		return refused
	})
	switch {
	case refused != nil:
		return refused
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		t.telemetry.ProcessorKafkaLookbackLookbacks.Add(ctx, 1, failed)
		t.logger.Warn("what came before could not be read back, its traces may lack what was said there",
			zap.String("topic", p.topic), zap.Int32("partition", p.number), zap.Int64("offset", to), zap.Error(err))
	default:
		t.telemetry.ProcessorKafkaLookbackLookbacks.Add(ctx, 1, done)
	}
	return nil
}

// origin is where the Kafka receiver says that traces come from. What has an address came over the network by itself: whoever sends
// the same words as headers is not believed, or could have any topic read, and of partitions as many as there are numbers.
func origin(ctx context.Context) (p partition, offset int64, ok bool) {
	info := client.FromContext(ctx)
	if info.Addr != nil {
		return p, 0, false
	}
	said := info.Metadata
	topic, number, at := said.Get("kafka.topic"), said.Get("kafka.partition"), said.Get("kafka.offset")
	if len(topic) != 1 || len(number) != 1 || len(at) != 1 {
		return p, 0, false
	}
	n, err := strconv.ParseInt(number[0], 10, 32)
	if err != nil {
		return p, 0, false
	}
	offset, err = strconv.ParseInt(at[0], 10, 64)
	return partition{topic: topic[0], number: int32(n)}, offset, err == nil
}

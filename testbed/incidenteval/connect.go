package incidenteval

import (
	"context"
	"errors"
	"iter"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/consumer"

	"github.com/braidotel/braid/connector/incidentconnector"
	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/internal/replay"
)

// Nodes are the nodes of one incident connector, as a collector wires them: telemetry in, events out.
type Nodes struct {
	Traces  connector.Traces
	Metrics connector.Metrics
	Logs    connector.Logs
}

// Connect starts a connector that runs on recorded time and has its defaults but for what adjust changes; nil changes nothing.
func Connect(ctx context.Context, next consumer.Logs, adjust func(*incidentconnector.Config), options ...incidentconnector.Option) (*Nodes, error) {
	factory := incidentconnector.NewFactory(options...)
	cfg := factory.CreateDefaultConfig().(*incidentconnector.Config)
	cfg.Clock = "replay"
	if adjust != nil {
		adjust(cfg)
	}
	set := connector.Settings{ID: component.NewID(factory.Type()), TelemetrySettings: componenttest.NewNopTelemetrySettings()}
	traces, errT := factory.CreateTracesToLogs(ctx, set, cfg, next)
	metrics, errM := factory.CreateMetricsToLogs(ctx, set, cfg, next)
	logs, errL := factory.CreateLogsToLogs(ctx, set, cfg, next)
	if err := errors.Join(errT, errM, errL); err != nil {
		return nil, err
	}
	n := &Nodes{Traces: traces, Metrics: metrics, Logs: logs}
	for _, node := range n.all() {
		if err := node.Start(ctx, componenttest.NewNopHost()); err != nil {
			return nil, errors.Join(err, n.Stop(ctx))
		}
	}
	return n, nil
}

// Play feeds recorded telemetry in, and returns how many items there were.
func (n *Nodes) Play(ctx context.Context, batches iter.Seq2[replay.Batch, error]) (items int, err error) {
	for b, err := range batches {
		if err != nil {
			return items, err
		}
		items += b.Items
		switch b.Signal {
		case otlpsend.Logs:
			err = n.Logs.ConsumeLogs(ctx, b.Logs)
		case otlpsend.Metrics:
			err = n.Metrics.ConsumeMetrics(ctx, b.Metrics)
		default:
			err = n.Traces.ConsumeTraces(ctx, b.Traces)
		}
		if err != nil {
			return items, err
		}
	}
	return items, ctx.Err()
}

// Stop ends the recording: what lasts is settled and told.
func (n *Nodes) Stop(ctx context.Context) error {
	var errs []error
	for _, node := range n.all() {
		errs = append(errs, node.Shutdown(context.WithoutCancel(ctx)))
	}
	return errors.Join(errs...)
}

func (n *Nodes) all() []component.Component {
	return []component.Component{n.Traces, n.Metrics, n.Logs}
}

package edges

import (
	"context"
	"maps"

	"github.com/braidotel/braid/testbed/kafka"
	"github.com/braidotel/braid/testbed/netns"
)

// way is what lies between the edges and the center.
type way interface {
	// edge is what is laid over edge.yaml, and in the environment of the edge.
	edge(ctx context.Context, name string) (overlays []string, env map[string]string, err error)
	// center likewise.
	center() (overlays []string, env map[string]string)
	// cut takes the way from an edge, or gives it back, where there is no cable that could be pulled out.
	cut(edge string, cut bool)
	// centerDead is called between the center's end and its new start, where the way may do its worst.
	centerDead(ctx context.Context) error
	// arrived reports whether nothing is on the way.
	arrived(ctx context.Context) (bool, error)
	traffic(ctx context.Context) (Traffic, error)
	close() error
}

// Traffic is what was on the way.
type Traffic struct {
	// What is OTLP requests, or Kafka records.
	What string
	// Count of them; those that came twice, those that came later than others sent after them, and those delivered again
	// because offsets were set back.
	Count, Repeated, Held, Redelivered int64
}

// overOTLP is a relay between the edges and the center, on loopback with a cable from each edge to it.
type overOTLP struct {
	relay  *relay
	cables map[string]*cable // nil in a LAN, which has its own
}

func newOverOTLP(ctx context.Context, lan *netns.LAN, center string, seed uint64) (o *overOTLP, err error) {
	o = &overOTLP{}
	if lan == nil {
		o.cables = map[string]*cable{}
	}
	o.relay, err = newRelay(ctx, lan.Hub(), center, seed)
	return o, err
}

func (o *overOTLP) edge(ctx context.Context, name string) ([]string, map[string]string, error) {
	address := o.relay.addr
	if o.cables != nil {
		c, err := lay(ctx, address)
		if err != nil {
			return nil, nil, err
		}
		o.cables[name], address = c, c.address()
	}
	return nil, map[string]string{"BRAID_CENTER_ENDPOINT": address, "BRAID_CENTER_INSECURE": "true"}, nil
}

func (o *overOTLP) center() ([]string, map[string]string) { return nil, nil }

func (o *overOTLP) cut(edge string, cut bool) { o.cables[edge].set(cut) }

func (o *overOTLP) centerDead(context.Context) error { return nil }

func (o *overOTLP) arrived(context.Context) (bool, error) { return true, nil }

func (o *overOTLP) traffic(context.Context) (Traffic, error) {
	r := o.relay
	return Traffic{What: "requests", Count: r.requests.Load(), Repeated: r.repeated.Load(), Held: r.held.Load()}, nil
}

func (o *overOTLP) close() error {
	for _, c := range o.cables {
		c.close()
	}
	if o.relay == nil {
		return nil
	}
	return o.relay.close()
}

// The topics and groups are those of the shipped configurations.
var (
	topics = []string{"braid.events", "braid.metrics", "braid.examples"}
	groups = map[string]string{"braid.events": "braid-center-events", "braid.metrics": "braid-center-metrics", "braid.examples": "braid-center-examples"}
)

const (
	partitions = 3
	instance   = "center-0"
)

// overKafka is a cluster to which edges write and from which the center reads.
type overKafka struct {
	cluster  *kafka.Cluster
	repeater *kafka.Repeater
	again    int64
	deaths   int
}

func newOverKafka(ctx context.Context, lan *netns.LAN, seed uint64) (*overKafka, error) {
	cluster, err := kafka.StartOn(lan.Hub(), partitions, topics...)
	if err != nil {
		return nil, err
	}
	repeater, err := cluster.Repeat(ctx, seed, topics...)
	if err != nil {
		cluster.Close()
		return nil, err
	}
	return &overKafka{cluster: cluster, repeater: repeater}, nil
}

func (o *overKafka) edge(context.Context, string) ([]string, map[string]string, error) {
	return []string{"edge-kafka.yaml"}, map[string]string{"BRAID_KAFKA_BROKERS": o.cluster.Brokers()}, nil
}

// center gets no address for OTLP on which anybody sends.
func (o *overKafka) center() ([]string, map[string]string) {
	return []string{"center-kafka.yaml"}, map[string]string{"BRAID_KAFKA_BROKERS": o.cluster.Brokers(), "BRAID_CENTER_INSTANCE": instance}
}

func (o *overKafka) cut(edge string, cut bool) { o.cluster.Cut(edge, cut) }

// centerDead moves leaders, and every other time has everything that was ever written delivered again.
func (o *overKafka) centerDead(ctx context.Context) error {
	o.cluster.MoveLeaders()
	if o.deaths++; o.deaths%2 == 0 {
		return nil
	}
	for _, topic := range topics {
		again, err := o.cluster.Rewind(ctx, groups[topic], instance)
		if err != nil {
			return err
		}
		o.again += again
	}
	return nil
}

// arrived reports whether the center is through with everything that was written.
func (o *overKafka) arrived(ctx context.Context) (bool, error) {
	ends, err := o.cluster.Ends(ctx, topics...)
	if err != nil {
		return false, err
	}
	for _, topic := range topics {
		committed, err := o.cluster.Committed(ctx, groups[topic])
		if err != nil || committed[topic] < ends[topic] {
			return false, err
		}
	}
	return true, nil
}

func (o *overKafka) traffic(ctx context.Context) (Traffic, error) {
	ends, err := o.cluster.Ends(ctx, topics...)
	t := Traffic{What: "records", Repeated: o.repeater.Count(), Held: o.repeater.Count(), Redelivered: o.again}
	for n := range maps.Values(ends) {
		t.Count += n
	}
	return t, err
}

func (o *overKafka) close() error {
	err := o.repeater.Stop()
	o.cluster.Close()
	return err
}

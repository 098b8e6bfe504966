package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/braidotel/braid/testbed/netns"
)

// leaveFor is how long a group may take to be without members.
const leaveFor = 10 * time.Second

// Cluster is a cluster of three brokers in one process. Its methods are safe for concurrent use.
type Cluster struct {
	fake   *kfake.Cluster
	gate   *gate
	host   *netns.Host
	client *kgo.Client
	admin  *kadm.Client
}

// Start starts a cluster on loopback with the topics, of so many partitions each.
func Start(partitions int32, topics ...string) (*Cluster, error) {
	return StartOn((*netns.LAN)(nil).Hub(), partitions, topics...)
}

// StartOn starts a cluster on a host, where it listens on the host's address.
func StartOn(host *netns.Host, partitions int32, topics ...string) (*Cluster, error) {
	c := &Cluster{gate: newGate(), host: host}
	var err error
	c.fake, err = kfake.NewCluster(kfake.SeedTopics(partitions, topics...), kfake.GroupMinSessionTimeout(time.Second),
		kfake.ListenFn(func(network, address string) (net.Listener, error) {
			_, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			l, err := host.Listen(context.Background(), network, net.JoinHostPort(host.Address, port))
			if err != nil {
				return nil, err
			}
			return &doorway{Listener: l, gate: c.gate}, nil
		}))
	if err != nil {
		return nil, fmt.Errorf("starting a cluster: %w", err)
	}
	if c.client, err = kgo.NewClient(kgo.SeedBrokers(c.fake.ListenAddrs()...), kgo.ClientID("test"), kgo.Dialer(host.DialContext)); err != nil {
		c.fake.Close()
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	c.admin = kadm.NewClient(c.client)
	return c, nil
}

// Brokers are the addresses as the shipped configurations take them: one in a list.
func (c *Cluster) Brokers() string { return c.fake.ListenAddrs()[0] }

// Addresses are those of all brokers.
func (c *Cluster) Addresses() []string { return c.fake.ListenAddrs() }

// Close ends the cluster.
func (c *Cluster) Close() {
	c.client.Close()
	c.fake.Close()
}

// Cut takes the brokers from a client, or gives them back.
func (c *Cluster) Cut(client string, cut bool) { c.gate.set(client, cut) }

// MoveLeaders makes other brokers the leaders of partitions and the coordinators of groups: clients must look for them.
func (c *Cluster) MoveLeaders() {
	c.fake.ShufflePartitionLeaders()
	c.fake.RehashCoordinators()
}

// Ends returns how many records were ever written to each topic.
func (c *Cluster) Ends(ctx context.Context, topics ...string) (map[string]int64, error) {
	listed, err := c.admin.ListEndOffsets(ctx, topics...)
	if err != nil {
		return nil, fmt.Errorf("listing the ends of topics: %w", err)
	}
	out := map[string]int64{}
	listed.Each(func(o kadm.ListedOffset) { out[o.Topic] += o.Offset })
	return out, listed.Error()
}

// Committed returns how many records of each topic a group is through with.
func (c *Cluster) Committed(ctx context.Context, group string) (map[string]int64, error) {
	fetched, err := c.admin.FetchOffsets(ctx, group)
	if err != nil {
		return nil, fmt.Errorf("fetching the offsets of %s: %w", group, err)
	}
	out := map[string]int64{}
	fetched.Each(func(o kadm.OffsetResponse) { out[o.Topic] += max(0, o.At) })
	return out, fetched.Error()
}

// Rewind sets the offsets of a group whose members are dead back to the start, so that everything is delivered again, and
// returns how many records that is. Members with an instance id are taken out first; others have to time out.
func (c *Cluster) Rewind(ctx context.Context, group string, instances ...string) (again int64, err error) {
	if len(instances) > 0 {
		if _, err := c.admin.LeaveGroup(ctx, kadm.LeaveGroup(group).InstanceIDs(instances...)); err != nil {
			return 0, fmt.Errorf("taking %s out of %s: %w", strings.Join(instances, " "), group, err)
		}
	}
	fetched, err := c.admin.FetchOffsets(ctx, group)
	if err != nil {
		return 0, fmt.Errorf("fetching the offsets of %s: %w", group, err)
	}
	back := kadm.Offsets{}
	fetched.Each(func(o kadm.OffsetResponse) {
		again += max(0, o.At)
		back.AddOffset(o.Topic, o.Partition, 0, -1)
	})
	ctx, cancel := context.WithTimeout(ctx, leaveFor)
	defer cancel()
	for {
		err := c.admin.CommitAllOffsets(ctx, group, back)
		if err == nil {
			return again, nil
		}
		select {
		case <-ctx.Done():
			return 0, errors.Join(fmt.Errorf("setting the offsets of %s back", group), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Shares returns how many partitions each member of a group has, the fewest first.
func (c *Cluster) Shares(ctx context.Context, group string) ([]int, error) {
	groups, err := c.admin.DescribeGroups(ctx, group)
	if err != nil {
		return nil, fmt.Errorf("describing %s: %w", group, err)
	}
	var out []int
	for _, m := range groups[group].Members {
		n := 0
		if assigned, ok := m.Assigned.AsConsumer(); ok {
			for _, t := range assigned.Topics {
				n += len(t.Partitions)
			}
		}
		out = append(out, n)
	}
	slices.Sort(out)
	return out, groups.Error()
}

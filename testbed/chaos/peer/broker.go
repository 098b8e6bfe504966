package peer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Broker is one Kafka broker, of franz-go's kfake, which speaks the protocol. The address that it gives clients is that of a proxy
// before it.
type Broker struct {
	cluster *kfake.Cluster
	proxy   *Proxy
	direct  *kgo.Client
	full    atomic.Bool
}

// NewBroker serves topics of one partition until Close. Delay is that of the proxy.
func NewBroker(ctx context.Context, delay time.Duration, topics ...string) (_ *Broker, err error) {
	b := &Broker{}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.Close())
		}
	}()
	behind := ""
	b.cluster, err = kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, topics...), kfake.GroupMinSessionTimeout(time.Second),
		kfake.ListenFn(func(network, _ string) (net.Listener, error) {
			l, err := new(net.ListenConfig).Listen(ctx, network, "127.0.0.1:0")
			if err != nil {
				return nil, err
			}
			behind = l.Addr().String()
			b.proxy, err = NewProxy(ctx, behind, delay)
			return &advertised{Listener: l, proxy: b.proxy}, err
		}))
	if err != nil {
		return nil, fmt.Errorf("starting a broker: %w", err)
	}
	b.cluster.ControlKey(int16(kmsg.Fetch), b.fetch)
	b.direct, err = kgo.NewClient(kgo.SeedBrokers(behind), kgo.Dialer(func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, behind)
	}))
	return b, err
}

// advertised is a listener that clients find behind a proxy.
type advertised struct {
	net.Listener
	proxy *Proxy
}

// Addr is the proxy's.
func (a *advertised) Addr() net.Addr { return a.proxy.listener.Addr() }

// Proxy is what is before the broker.
func (b *Broker) Proxy() *Proxy { return b.proxy }

// SetFull makes the broker tell who reads of a full log directory, or lets them read.
func (b *Broker) SetFull(full bool) { b.full.Store(full) }

// Write writes records to a topic, past the proxy.
func (b *Broker) Write(ctx context.Context, topic string, values ...[]byte) error {
	for _, value := range values {
		if err := b.direct.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: value}).FirstErr(); err != nil {
			return fmt.Errorf("writing to %s: %w", topic, err)
		}
	}
	return nil
}

// Close ends the broker and its proxy.
func (b *Broker) Close() error {
	if b.direct != nil {
		b.direct.Close()
	}
	if b.cluster != nil {
		b.cluster.Close()
	}
	if b.proxy != nil {
		return b.proxy.Close()
	}
	return nil
}

// fetch refuses to read from a disk that is full.
func (b *Broker) fetch(request kmsg.Request) (kmsg.Response, error, bool) { //nolint:revive // kfake's signature
	asked, ok := request.(*kmsg.FetchRequest)
	if !ok || !b.full.Load() {
		return nil, nil, false
	}
	b.cluster.KeepControl()
	response := asked.ResponseKind().(*kmsg.FetchResponse)
	for _, topic := range asked.Topics {
		refused := kmsg.NewFetchResponseTopic()
		refused.Topic, refused.TopicID = topic.Topic, topic.TopicID
		for _, p := range topic.Partitions {
			partition := kmsg.NewFetchResponseTopicPartition()
			partition.Partition, partition.ErrorCode = p.Partition, kerr.KafkaStorageError.Code
			refused.Partitions = append(refused.Partitions, partition)
		}
		response.Topics = append(response.Topics, refused)
	}
	return response, nil, true
}

package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/braidotel/braid/testbed/collector"
)

// What a process that shall be brokers is told, in its environment.
const (
	envDir        = "BRAID_TEST_KAFKA_DIR"
	envAddresses  = "BRAID_TEST_KAFKA_ADDRESSES"
	envPartitions = "BRAID_TEST_KAFKA_PARTITIONS"
	envTopics     = "BRAID_TEST_KAFKA_TOPICS"
)

const (
	brokers    = 3
	readyAfter = time.Minute // at the latest
)

// Process is a cluster of brokers in a process of their own, with what they have acknowledged on disk (fsync), so that it can be
// killed and started again. Its methods are not safe for concurrent use.
type Process struct {
	dir       string
	addresses []string
	env       []string
	cmd       *exec.Cmd // nil while it is down
}

// StartProcess starts brokers with the topics, of so many partitions each, as another process of this program, whose main calls
// [ServeIfAsked] first.
func StartProcess(ctx context.Context, dir string, partitions int, topics ...string) (*Process, error) {
	addresses, err := collector.FreeAddresses(brokers)
	if err != nil {
		return nil, err
	}
	p := &Process{dir: dir, addresses: addresses, env: []string{
		envDir + "=" + dir, envAddresses + "=" + strings.Join(addresses, ","), envPartitions + "=" + strconv.Itoa(partitions),
		envTopics + "=" + strings.Join(topics, ","),
	}}
	if err := p.Start(ctx); err != nil {
		return nil, errors.Join(err, p.Kill())
	}
	return p, nil
}

// Brokers is one of the addresses, as the shipped configurations take it.
func (p *Process) Brokers() string { return p.addresses[0] }

// Start starts the brokers again, with what they had, and returns once they answer.
func (p *Process) Start(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	p.cmd = exec.Command(self) //nolint:noctx // it ends by Kill
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = append(os.Environ(), p.env...), os.Stderr, os.Stderr
	if err := p.cmd.Start(); err != nil {
		p.cmd = nil
		return fmt.Errorf("starting brokers: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, readyAfter)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(p.addresses...))
	if err != nil {
		return fmt.Errorf("connecting to the brokers: %w", err)
	}
	defer client.Close()
	for {
		listed, err := kadm.NewClient(client).ListTopics(ctx)
		if err == nil && len(listed) > 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(errors.New("the brokers do not answer"), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Kill ends the brokers as a crash would (SIGKILL). It does nothing while they are down.
func (p *Process) Kill() error {
	if p.cmd == nil {
		return nil
	}
	err := p.cmd.Process.Kill()
	var exit *exec.ExitError
	if waited := p.cmd.Wait(); !errors.As(waited, &exit) {
		err = errors.Join(err, waited)
	}
	p.cmd = nil
	return err
}

// Write writes records as they are to a partition of a topic.
func (p *Process) Write(ctx context.Context, topic string, partition int32, values ...[]byte) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(p.addresses...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return fmt.Errorf("connecting to the brokers: %w", err)
	}
	defer client.Close()
	for _, value := range values {
		if err := client.ProduceSync(ctx, &kgo.Record{Topic: topic, Partition: partition, Value: value}).FirstErr(); err != nil {
			return fmt.Errorf("writing to %s: %w", topic, err)
		}
	}
	return nil
}

// ServeIfAsked is the brokers until this process is asked to end, if it was started to be them, and reports whether it was.
func ServeIfAsked() (asked bool, err error) {
	dir := os.Getenv(envDir)
	if dir == "" {
		return false, nil
	}
	var ports []int
	for address := range strings.SplitSeq(os.Getenv(envAddresses), ",") {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return true, fmt.Errorf("%s: %w", envAddresses, err)
		}
		number, err := strconv.Atoi(port)
		if err != nil {
			return true, fmt.Errorf("%s: %w", envAddresses, err)
		}
		ports = append(ports, number)
	}
	partitions, err := strconv.ParseInt(os.Getenv(envPartitions), 10, 32)
	if err != nil {
		return true, fmt.Errorf("%s: %w", envPartitions, err)
	}
	cluster, err := kfake.NewCluster(kfake.Ports(ports...), kfake.DataDir(dir), kfake.SyncWrites(), kfake.GroupMinSessionTimeout(time.Second),
		kfake.SeedTopics(int32(partitions), strings.Split(os.Getenv(envTopics), ",")...))
	if err != nil {
		return true, fmt.Errorf("starting a cluster: %w", err)
	}
	defer cluster.Close()
	end, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	<-end.Done()
	return true, nil
}

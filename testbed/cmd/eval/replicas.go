package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/braidotel/braid/testbed/replicas"
)

// replicatedGateways runs gateways behind a balancer, killing one after the other.
func replicatedGateways(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("eval replicas", flag.ContinueOnError)
	shards := flags.Int("shards", 3, "gateways, of two processes each")
	rate := flags.Int("rate", 5000, "spans a second")
	length := flags.Duration("for", 10*time.Minute, "how long traffic comes")
	kill := flags.Duration("kill", 30*time.Second, "how often a replica is killed; 0 never")
	stop := flags.Int("stop-every", 0, "one of so many replicas is stopped with SIGTERM instead; 1 all, 0 none")
	failovers := flags.Int("failovers", 2, "failovers of the Redis Cluster")
	pages := flags.Int("pages", 15, "pages of a visit")
	gap := flags.Duration("gap", 4*time.Second, "time between a visit's pages")
	idle := flags.Duration("idle", 30*time.Second, "after which a session has ended")
	if err := flags.Parse(args); err != nil {
		return err
	}
	binary, err := replicas.Binary()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "braid-replicas-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	began := time.Now()
	result, err := replicas.Run(ctx, replicas.Options{
		Shards: *shards, Traffic: replicas.TrafficOf(*rate, *pages, *gap), Idle: *idle, For: *length, KillEvery: *kill, StopEvery: *stop,
		Failovers: *failovers, Tier: time.Minute, Dir: dir, Binary: binary,
		Log: func(format string, args ...any) {
			fmt.Printf("%6.1fs  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
		},
	})
	if err != nil {
		return err
	}
	if err := result.Print(os.Stdout); err != nil {
		return err
	}
	if n := result.Faults(); n > 0 {
		return fmt.Errorf("%d spans or sessions were lost, split or mistaken", n)
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/braidotel/braid/testbed/collector"
	"github.com/braidotel/braid/testbed/edges"
	"github.com/braidotel/braid/testbed/netns"
)

var (
	errEdges = errors.New("the center has not what the edges acknowledged")
	errFault = errors.New("the center does not tell of one incident of the regions that had the fault")
)

// edgesToCenter runs three edges and a center, and breaks what lies between.
func edgesToCenter(ctx context.Context, args []string) (err error) {
	set := flag.NewFlagSet("edges", flag.ContinueOnError)
	people := set.Int("people", 400, "users at once in the busiest hour")
	kafka := set.Bool("kafka", false, "by Kafka (franz-go's in-process cluster) instead of OTLP")
	network := set.String("network", "", "namespaces: each process in a network namespace of its own, with a cable that is pulled out (takes root); "+
		"loopback: connections are ended; by default namespaces where they can be made")
	seed := set.Uint64("seed", 1, "of the visits and of what happens to requests")
	fault := set.Bool("fault", false, "let payments fail in two of three regions instead, which is one incident to the center")
	away := set.Duration("away", time.Minute, "how long an edge is cut off at least by the clock on the wall, beside ten minutes of event time")
	if err := set.Parse(args); err != nil {
		return err
	}
	o := edges.Options{
		Users: *people, Seed: *seed, Kafka: *kafka, AskEvery: 10 * time.Minute,
		Duration: 3*time.Hour + 5*time.Minute, Cut: 70 * time.Minute, CutFor: 10 * time.Minute, AwayFor: *away,
		KillEdge: []time.Duration{71 * time.Minute, 73 * time.Minute, 75 * time.Minute, 77 * time.Minute, 79 * time.Minute},
		// A center that starts waits anew for five minutes before it calls an edge silent: that must fit into the cut.
		KillCenter: []time.Duration{
			40 * time.Minute, 60 * time.Minute, 71 * time.Minute, 85 * time.Minute, 110 * time.Minute, 150 * time.Minute,
		},
	}
	if o.LAN, err = lan(*network); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.LAN.Close()) }()
	root, err := collector.Root()
	if err != nil {
		return err
	}
	o.Configs = filepath.Join(root, "distribution", "configs")
	if o.Binary, err = collector.Binary(); err != nil {
		return err
	}
	if o.Dir, err = os.MkdirTemp("", "braid-edges-"); err != nil {
		return err
	}
	defer os.RemoveAll(o.Dir)
	if *fault {
		result, err := edges.RunFault(ctx, o)
		if err != nil {
			return err
		}
		return judge(result, errFault)
	}
	result, err := edges.Run(ctx, o)
	if err != nil {
		return err
	}
	return judge(result, errEdges)
}

// judge prints what came out, and fails if it is not as it should be.
func judge(result interface {
	OK() bool
	Print(to io.Writer) error
}, wrong error,
) error {
	if err := result.Print(os.Stdout); err != nil {
		return err
	}
	if !result.OK() {
		return wrong
	}
	return nil
}

// lan is the network that a flag asks for; nil is loopback.
func lan(network string) (*netns.LAN, error) {
	switch network {
	case "loopback":
		return nil, nil //nolint:nilnil // the nil LAN is loopback
	case "namespaces":
		return netns.NewLAN()
	case "":
		l, err := netns.NewLAN()
		if err != nil {
			fmt.Fprintf(os.Stderr, "on loopback, since here are no network namespaces: %v\n", err)
			return nil, nil //nolint:nilnil // the nil LAN is loopback
		}
		return l, nil
	default:
		return nil, fmt.Errorf("-network: must be namespaces or loopback, is %q", network)
	}
}

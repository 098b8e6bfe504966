package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"time"

	"github.com/braidotel/braid/testbed/collector"
	"github.com/braidotel/braid/testbed/edges"
)

var errEdges = errors.New("the center has not what the edges acknowledged")

// edgesToCenter runs three edges and a center, and breaks what lies between.
func edgesToCenter(ctx context.Context, args []string) error {
	set := flag.NewFlagSet("edges", flag.ContinueOnError)
	people := set.Int("people", 400, "users at once in the busiest hour")
	kafka := set.Bool("kafka", false, "by Kafka (franz-go's in-process cluster) instead of OTLP")
	if err := set.Parse(args); err != nil {
		return err
	}
	root, err := collector.Root()
	if err != nil {
		return err
	}
	binary, err := collector.Binary()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "braid-edges-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	result, err := edges.Run(ctx, edges.Options{
		Dir: dir, Binary: binary, Configs: filepath.Join(root, "distribution", "configs"), Users: *people, Seed: 1, Kafka: *kafka,
		AskEvery: 10 * time.Minute,
		Duration: 3*time.Hour + 5*time.Minute, Cut: 70 * time.Minute, CutFor: 10 * time.Minute,
		KillEdge: []time.Duration{71 * time.Minute, 73 * time.Minute, 75 * time.Minute, 77 * time.Minute, 79 * time.Minute},
		KillCenter: []time.Duration{
			40 * time.Minute, 72 * time.Minute, 78 * time.Minute, 85 * time.Minute, 110 * time.Minute, 150 * time.Minute,
		},
	})
	if result != nil {
		err = errors.Join(err, result.Print(os.Stdout))
		if err == nil && !result.OK() {
			err = errEdges
		}
	}
	return err
}

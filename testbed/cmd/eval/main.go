// Command eval measures Braid on recorded telemetry.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/braidotel/braid/testbed/eval"
)

const usage = `usage:
  eval identity -data DIR -out DIR [-wait 30s]   stamps.csv, events.jsonl and business.json of an identity set
  eval traffic -data SET_DIR -out DIR            windows.csv, sessions.csv and summary.json of an access log
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "eval:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("no evaluation named\n%s", usage)
	}
	flags := flag.NewFlagSet("eval "+args[0], flag.ContinueOnError)
	data := flags.String("data", "", "folder of the recorded set")
	out := flags.String("out", "", "folder to write the results to")
	wait := flags.Duration("wait", -1, "longest wait for an identity; default the component's")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if *data == "" || *out == "" {
		return fmt.Errorf("needs -data and -out\n%s", usage)
	}
	if _, err := os.Stat(*data); os.IsNotExist(err) {
		fmt.Printf("skipped: no data at %s\n", *data)
		return nil
	}
	switch args[0] {
	case "identity":
		var w *time.Duration
		if *wait >= 0 {
			w = wait
		}
		return eval.Identity(ctx, *data, *out, w, os.Stdout)
	case "traffic":
		return eval.Traffic(ctx, *data, *out, os.Stdout)
	}
	return fmt.Errorf("no evaluation called %q\n%s", args[0], usage)
}

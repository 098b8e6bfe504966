// Command eval measures Braid on recorded telemetry.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/braidotel/braid/testbed/drafts"
	"github.com/braidotel/braid/testbed/eval"
	"github.com/braidotel/braid/testbed/masking"
	"github.com/braidotel/braid/testbed/seasonaleval"
	"github.com/braidotel/braid/testbed/seasonaltraffic"
	"github.com/braidotel/braid/testbed/sketcheval"
)

const usage = `usage:
  eval identity -data DIR -out DIR [-wait 30s]   stamps.csv, events.jsonl and business.json of an identity set
  eval traffic -data SET_DIR -out DIR            windows.csv, sessions.csv and summary.json of an access log
  eval seasonal -data DIR -out DIR               scores and forecasts of every series of a seasonal set
  eval usage -data SET_DIR -out DIR              what the seasonal model makes of an access log's users and log-ins
  eval questions -in FILE -out FILE              what was understood of each question of a JSON Lines file
  eval masking [-seeds N] [-misses N]            recall and precision of masking on a corpus made for it
  eval deploy -data DIR -out FILE                what failed first in recorded incidents, and which commit is to blame
  eval rca -data DIR -out FILE [-late 60s] [-told] [-only CASE] [-v]  what recorded faults are blamed on
  eval sensitivity -data DIR -out DIR [-names A,B]  what is blamed with each constant halved and doubled; cross-validated
  eval knowledge [-v]                            how often the right passage of the sample documents is found
  eval drafts [-seeds N] [-misses N]             what the verification of models' answers lets through
  eval summaries [-turns 45] [-only FAULT]       what a model's endpoint that misbehaves costs the pipeline
  eval incidents -data DIR -out FILE [-breakdown]  the incident that each recorded alert ended in
  eval impact [-people 4000] [-seeds 1] [-first 7] [-blind]  what was said of faults planted in simulated shops, and the truth
  eval flood [-people 100000] [-out DIR]         heap of the incident connector over a day of ever new operations, logs and hosts
  eval ranking [-seeds 3] [-people 200] [-names 100000] [-live 3m]  wall time from the closing of a window to what the incident connector says of it
  eval quiet [-seeds 6] [-people 200]            incidents told of in simulated shops in which nothing is wrong
  eval edges [-people 400] [-kafka] [-fault] [-network namespaces] [-away 1m]  edges cut off and killed, a center killed, against the truth
  eval sketch [-seeds 400] [-people 10000000]    error and size of the sketches on synthetic crowds
  eval sessionstore [-sessions 1000000]          time and cost of reading a Redis full of sessions, and of what changes
  eval replicas [-shards 3] [-rate 5000] [-for 10m] [-kill 30s] [-failovers 2]  gateways that are killed while Redis fails over
  eval scale [-visits 1.5] [-pages 15] [-spans 10] [-core-hour 0.04] [-gib-hour 0.005]  what 10³ to 10⁸ daily users take
  eval chaos [-only SCENARIO,…]                  the fault matrix: what becomes of every component when something breaks
  eval soak [-for 168h] [-people 4]               whether anything grows in a simulated week with everything on
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "eval:", err)
		os.Exit(1)
	}
}

// options are the flags of all evaluations; each reads those it needs.
type options struct {
	data, in, out string
	wait          time.Duration
	verbose       bool
	seeds, people int
	misses        int
	late          time.Duration
	told          bool
	sessions      int
	only          string
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("no evaluation named\n%s", usage)
	}
	switch args[0] { // these take options of their own
	case "edges":
		return edgesToCenter(ctx, args[1:])
	case "replicas":
		return replicatedGateways(ctx, args[1:])
	case "scale":
		return scaled(args[1:])
	case "impact":
		return counted(ctx, args[1:])
	case "incidents":
		return grouped(ctx, args[1:])
	case "sensitivity":
		return shaken(ctx, args[1:])
	case "ranking":
		return ranked(ctx, args[1:])
	case "summaries":
		return troubledSummaries(ctx, args[1:])
	case "chaos":
		return broken(ctx, args[1:])
	case "soak":
		return soaked(ctx, args[1:])
	}
	var o options
	flags := flag.NewFlagSet("eval "+args[0], flag.ContinueOnError)
	flags.StringVar(&o.data, "data", "", "folder of the recorded set")
	flags.StringVar(&o.in, "in", "", "file of questions")
	flags.StringVar(&o.out, "out", "", "folder, or for questions the file, to write the results to")
	flags.DurationVar(&o.wait, "wait", -1, "longest wait for an identity; default the component's")
	flags.IntVar(&o.seeds, "seeds", 0, "crowds to average over; default 400")
	flags.IntVar(&o.misses, "misses", 0, "texts that went wrong to print")
	flags.DurationVar(&o.late, "late", 0, "time by which the onset of a fault is said to be later than it was found")
	flags.BoolVar(&o.told, "told", false, "tell the onset of a fault instead of having it found")
	flags.StringVar(&o.only, "only", "", "evaluate only cases whose name begins so")
	flags.IntVar(&o.people, "people", 0, "largest crowd; default 10 million")
	flags.IntVar(&o.sessions, "sessions", 0, "sessions in the store; default 1 million")
	flags.BoolVar(&o.verbose, "v", false, "print what was missed")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "identity":
		return o.recorded(func() error { return eval.Identity(ctx, o.data, o.out, o.wait, os.Stdout) })
	case "traffic":
		return o.recorded(func() error { return eval.Traffic(ctx, o.data, o.out, os.Stdout) })
	case "seasonal":
		return o.recorded(func() error {
			return errors.Join(seasonaleval.Anomaly(o.data, o.out), seasonaleval.Forecast(o.data, o.out, os.Stdout))
		})
	case "usage":
		return o.recorded(func() error { return seasonaltraffic.Run(ctx, o.data, o.out, os.Stdout) })
	case "rca":
		return o.recorded(func() error { return o.rootCauses(ctx) })
	case "questions":
		return o.askedQuestions()
	case "masking":
		_, err := masking.Run(os.Stdout, masking.Options{Seed: uint64(max(0, o.seeds)), Misses: o.misses})
		return err
	case "deploy":
		return o.deployments(ctx)
	case "knowledge":
		return searchedKnowledge(ctx, o.verbose)
	case "drafts":
		_, err := drafts.Run(os.Stdout, drafts.Options{Seed: uint64(max(0, o.seeds)), Misses: o.misses})
		return err
	case "flood":
		return o.flooded(ctx)
	case "quiet":
		return o.quietShops(ctx)
	case "sessionstore":
		return storedSessions(ctx, o.sessions)
	case "sketch":
		return sketcheval.Run(os.Stdout, sketcheval.Options{Seeds: o.seeds, MaxPeople: o.people})
	}
	return fmt.Errorf("no evaluation called %q\n%s", args[0], usage)
}

// recorded runs an evaluation of recorded data, or says that there is none.
func (o *options) recorded(evaluate func() error) error {
	if o.data == "" || o.out == "" {
		return fmt.Errorf("needs -data and -out\n%s", usage)
	}
	if _, err := os.Stat(o.data); os.IsNotExist(err) {
		fmt.Printf("skipped: no data at %s\n", o.data)
		return nil
	}
	return evaluate()
}

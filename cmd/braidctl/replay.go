package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/braidotel/braid/internal/pace"
	"github.com/braidotel/braid/internal/replay"
)

type replayOptions struct {
	target
	speed      pace.Speed
	shiftToNow bool
	from, to   string
}

func newReplay() *cobra.Command {
	o := replayOptions{speed: 1}
	cmd := &cobra.Command{
		Use:   "replay FILE…",
		Short: "Send recorded OTLP/JSON lines to a collector, in order of time over all files",
		Long: `Send files of OTLP/JSON, one export a line, plain or gzip, to a collector. Traces, logs and metrics are told apart by
content. All files are merged by time; a line's time is its latest event (end of a span, time of a log or data point).
Lines that cannot be decoded are reported and left out.`,
		Example: `  braidctl replay --speed max traces.jsonl.gz logs.jsonl.gz
  braidctl replay --speed 60 --shift-to-now day/*.jsonl.gz
  braidctl replay --from 2026-03-02T09:00:00Z --to 2026-03-02T10:00:00Z *.jsonl.gz`,
		Args: cobra.MinimumNArgs(1),
		RunE: o.run,
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.Var(&o.speed, "speed", "recorded seconds a second: a factor such as 1 or 600, or max")
	f.BoolVar(&o.shiftToNow, "shift-to-now", false, "shift all times: at speed 1 the first event is now, else the last one")
	f.StringVar(&o.from, "from", "", "leave out events before this time (RFC 3339, as recorded)")
	f.StringVar(&o.to, "to", "", "leave out events from this time on (RFC 3339, as recorded)")
	return cmd
}

func (o *replayOptions) run(cmd *cobra.Command, files []string) error {
	bad := 0
	options := replay.Options{BadLine: func(e *replay.LineError) {
		bad++
		fmt.Fprintln(cmd.ErrOrStderr(), "left out:", e)
	}}
	var err error
	if options.From, err = parseTime("--from", o.from); err != nil {
		return err
	}
	if options.To, err = parseTime("--to", o.to); err != nil {
		return err
	}
	if !options.To.IsZero() && !options.From.Before(options.To) {
		return fmt.Errorf("--from %s must be before --to %s", o.from, o.to)
	}
	if o.shiftToNow {
		if options.Shift, err = o.shift(files, options, time.Now()); err != nil {
			return err
		}
	}
	err = o.send(cmd, replay.Requests(cmd.Context(), files, options), pace.Pacer{Speed: o.speed}, false)
	if bad > 0 {
		err = errors.Join(err, fmt.Errorf("%d lines could not be decoded", bad))
	}
	return err
}

// shift brings the recording to now without moving any event into the future, which a live collector would clamp: played
// at its own speed it begins now, played faster it ends now.
func (o *replayOptions) shift(files []string, options replay.Options, now time.Time) (time.Duration, error) {
	first, last, err := replay.Extent(files)
	if err != nil {
		return 0, err
	}
	if options.From.After(first) {
		first = options.From
	}
	if !options.To.IsZero() && options.To.Before(last) {
		last = options.To
	}
	if o.speed == 1 {
		return now.Sub(first), nil
	}
	return now.Sub(last), nil
}

func parseTime(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("%s must look like 2026-03-02T09:00:00Z: %w", flag, err)
	}
	return t, nil
}

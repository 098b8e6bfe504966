package main

import (
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/braidotel/braid/internal/top"
)

func newTop() *cobra.Command {
	var w top.Watcher
	cmd := &cobra.Command{
		Use:   "top",
		Short: "Show who is there: open sessions, concurrent users by region and service, newest events",
		Long: `Show what a collector with Braid counts, refreshed until Ctrl-C: open sessions, concurrent users by region and service
(from the prometheus exporter), and the newest session events (from the file exporter). Without a terminal, print lines.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w.Out, w.Size = cmd.OutOrStdout(), terminalSize(cmd.OutOrStdout())
			return w.Run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVar(&w.URL, "metrics", "http://127.0.0.1:8889/metrics", "URL of the collector's prometheus exporter")
	f.StringVar(&w.EventsFile, "events", "braid-data/events.jsonl", "file of the collector's file exporter; empty shows no events")
	f.DurationVar(&w.Every, "every", 2*time.Second, "time between refreshes")
	return cmd
}

// terminalSize returns how to ask for the size of the terminal behind w, or nil if w is none.
func terminalSize(w io.Writer) func() (width, height int) {
	f, ok := w.(*os.File)
	if !ok || !isTerminal(w) {
		return nil
	}
	return func() (width, height int) {
		width, height, err := term.GetSize(int(f.Fd()))
		if err != nil {
			return 0, 0
		}
		return width, height
	}
}

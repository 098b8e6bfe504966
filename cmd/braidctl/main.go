// Command braidctl is the terminal client of Braid: it makes traffic, replays recorded traffic, loads a collector, shows
// who is there, tries the seasonal model on recorded series, and asks the assistant.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

// version is the release of this program, told by --version and to AI clients.
const version = "0.1.0"

// Exit codes.
const (
	exitFailure     = 1
	exitInterrupted = 130 // as shells report a process that Ctrl-C ended
)

// errInterrupted ends a command that Ctrl-C stopped before its work was done.
var errInterrupted = errors.New("interrupted")

// gcPercent trades memory for speed: a decoder of recorded traffic makes little but garbage.
const gcPercent = 400

func main() {
	debug.SetGCPercent(gcPercent)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes one command line and returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot() //nolint:contextcheck // the commands get ctx from ExecuteContext
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	default:
		fmt.Fprintln(stderr, "braidctl:", err)
		return exitFailure
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "braidctl",
		Short:         "Make, replay, watch, judge and ask about telemetry with Braid",
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newSimulate(), newReplay(), newLoad(), newTop(), newSeasonal(), newAsk(), newIncident(), newActions(), newReport(), newPrompts(), newMCP())
	return root
}

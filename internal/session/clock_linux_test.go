package session

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// threadTime is the processor time that this thread has used: what a tick takes, whatever else the machine does. The
// goroutine has to be locked to its thread.
func threadTime(tb testing.TB) time.Duration {
	tb.Helper()
	var used unix.Timespec
	require.NoError(tb, unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &used))
	return time.Duration(used.Nano())
}

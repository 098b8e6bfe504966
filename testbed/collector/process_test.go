package collector

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// script writes a shell script that stands in for a collector.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "collector")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o600))
	require.NoError(t, os.Chmod(path, 0o700))
	return path
}

// health answers 503 a few times, then 200.
func health(t *testing.T, failures int) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if failures > 0 {
			failures--
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

const obedient = `trap 'echo bye >&2; exit 0' TERM; trap 'echo reloaded >&2' HUP; echo "args: $*" >&2; echo "env: $BRAID_X"; while :; do sleep 0.02; done`

func TestStart_Obedient_ReadyReloadedStoppedReaped(t *testing.T) {
	t.Parallel()
	p, err := Start(t.Context(), Config{
		Binary: script(t, obedient), Configs: []string{"a.yaml", "b.yaml"}, Env: map[string]string{"BRAID_X": "42"}, HealthURL: health(t, 3),
	})
	require.NoError(t, err)
	usage, err := p.Usage()
	require.NoError(t, err)
	assert.Positive(t, usage.RSSBytes)
	require.Eventually(t, func() bool { return strings.Contains(p.Logs(), "env: 42") }, 5*time.Second, time.Millisecond)
	assert.Contains(t, p.Logs(), "args: --config a.yaml --config b.yaml")
	require.NoError(t, p.Reload())
	require.Eventually(t, func() bool { return strings.Contains(p.Logs(), "reloaded") }, 5*time.Second, time.Millisecond)
	require.NoError(t, p.Stop(t.Context()))
	assert.Contains(t, p.Logs(), "bye")
	<-p.Exited()
	require.NoError(t, p.Stop(t.Context()), "stopping twice is harmless")
	assert.Error(t, syscall.Kill(p.PID(), 0), "the process was reaped")
}

func TestStart_ExitsEarly_ErrorHoldsItsLog(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Config{Binary: script(t, "echo 'bad config: line 7' >&2; exit 3"), HealthURL: health(t, 1<<30)})
	require.ErrorContains(t, err, "bad config: line 7")
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, 3, exit.ExitCode())
}

func TestStart_NeverHealthy_KilledAfterItsTime(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Config{Binary: script(t, obedient), HealthURL: health(t, 1<<30), ReadyWithin: 200 * time.Millisecond})
	assert.ErrorContains(t, err, "not healthy within 200ms")
}

func TestKill_Running_EndsLikeACrash(t *testing.T) {
	t.Parallel()
	p, err := Start(t.Context(), Config{Binary: script(t, obedient), HealthURL: health(t, 0)})
	require.NoError(t, err)
	require.NoError(t, p.Kill())
	require.ErrorContains(t, p.Wait(t.Context()), "killed")
	require.NoError(t, p.Kill())
	assert.Error(t, p.Reload())
}

func TestStart_NoBinary_SaysSo(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Config{Binary: filepath.Join(t.TempDir(), "none")})
	assert.ErrorContains(t, err, "starting")
}

func TestFreeEndpoints_AllDifferentAndInTheEnvironment(t *testing.T) {
	t.Parallel()
	e, err := FreeEndpoints()
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, v := range e.Env() {
		assert.False(t, seen[v])
		seen[v] = true
	}
	assert.Len(t, seen, len(e.Env()))
	assert.True(t, strings.HasSuffix(e.Telemetry, ":"+e.Env()["BRAID_TELEMETRY_PORT"]))
}

func TestTail_LongLog_KeepsTheEnd(t *testing.T) {
	t.Parallel()
	var also strings.Builder
	l := &tail{also: &also}
	line := strings.Repeat("x", 999) + "\n"
	for range 3 * tailSize / len(line) {
		_, err := l.Write([]byte(line))
		require.NoError(t, err)
	}
	_, err := l.Write([]byte("the end"))
	require.NoError(t, err)
	assert.True(t, strings.HasSuffix(l.String(), "the end"))
	assert.LessOrEqual(t, len(l.String()), tailSize)
	assert.Greater(t, also.Len(), 2*tailSize)
}

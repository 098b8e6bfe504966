package soak

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/braidotel/braid/testbed/wait"
)

const (
	// settled bounds the wait for queues to run empty, and look is how often one looks.
	settled = 30 * time.Second
	look    = 100 * time.Millisecond
	// looks is how many samples a rest takes: of a compaction that happens to run, one is after it.
	looks = 4
	// parts is in how many parts of the time a profile is kept.
	parts = 6
)

// rest waits until the collector has dealt with all that it was sent, and keeps the sample of what is in use then.
func (s *soak) rest(ctx context.Context) error {
	for deadline := time.Now().Add(settled); time.Now().Before(deadline); {
		waiting, err := s.queued(ctx)
		if err != nil {
			return err
		}
		if waiting == 0 {
			break
		}
		if err := wait.For(ctx, look); err != nil {
			return err
		}
	}
	var least sample
	for n := range looks {
		if err := wait.For(ctx, look); err != nil {
			return err
		}
		got, err := s.take(ctx)
		if err != nil {
			return err
		}
		if n == 0 || got.Heap < least.Heap {
			least = got
		}
	}
	s.rests = append(s.rests, least)
	if err := s.tell(&least); err != nil {
		return err
	}
	if n := int(parts * (least.At + s.options.Rests) / s.options.Span); s.options.Profiles != "" && n > s.kept {
		s.kept = n
		return s.keepProfile(ctx, fmt.Sprintf("rest-%d-of-%d.pb.gz", n, parts))
	}
	return nil
}

// watch takes a sample of what is in use while everything is at work, and a profile if it was never as much.
func (s *soak) watch(ctx context.Context) error {
	got, err := s.take(ctx)
	if err != nil {
		return err
	}
	s.working = append(s.working, got)
	if got.Heap <= s.highest {
		return nil
	}
	s.highest = got.Heap
	if s.options.Profiles == "" {
		return nil
	}
	return s.keepProfile(ctx, "highest.pb.gz")
}

func (s *soak) tell(got *sample) error {
	_, err := fmt.Fprintf(s.options.Out, "%8s  resident %4.0f MiB  heap %4.0f MiB  goroutines %4.0f  descriptors %4.0f  store %5.0f MiB\n",
		got.At.Round(time.Minute), got.Resident/mebi, got.Heap/mebi, got.Goroutines, got.Descriptors, got.Store/mebi)
	return err
}

// queued is how much waits in the exporters' queues.
func (s *soak) queued(ctx context.Context) (total float64, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.at.Telemetry+"/metrics", http.NoBody)
	if err != nil {
		return 0, err
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("reading what is queued: %w", err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if line := lines.Text(); strings.HasPrefix(line, "otelcol_exporter_queue_size{") {
			n, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
			if err != nil {
				return 0, err
			}
			total += n
		}
	}
	return total, errors.Join(lines.Err())
}

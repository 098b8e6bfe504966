package soak

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// sample is the collector at one moment.
type sample struct {
	At          time.Duration // event time since the start
	Resident    float64       // bytes
	Heap        float64       // bytes that are alive after a collection
	Goroutines  float64
	Descriptors float64
	Store       float64 // bytes on disk
}

// take measures the collector. The heap is collected first, so that what is left is in use.
func (s *soak) take(ctx context.Context) (sample, error) {
	got := sample{At: time.Duration(s.elapsed.Load())}
	var err error
	if got.Heap, err = s.profile(ctx, "heap?gc=1&debug=1", "# HeapAlloc = "); err != nil {
		return got, err
	}
	if got.Goroutines, err = s.profile(ctx, "goroutine?debug=1", "goroutine profile: total "); err != nil {
		return got, err
	}
	usage, err := s.process.Usage()
	if err != nil {
		return got, err
	}
	got.Resident = float64(usage.RSSBytes)
	running, err := process.NewProcessWithContext(ctx, int32(s.process.PID()))
	if err != nil {
		return got, fmt.Errorf("reading descriptors: %w", err)
	}
	descriptors, err := running.NumFDsWithContext(ctx)
	if err != nil {
		return got, fmt.Errorf("reading descriptors: %w", err)
	}
	got.Descriptors = float64(descriptors)
	got.Store, err = size(s.options.Dir)
	return got, err
}

// profile returns the number after a prefix in one of the collector's profiles.
func (s *soak) profile(ctx context.Context, name, prefix string) (float64, error) {
	response, err := s.fetch(ctx, name)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if number, is := strings.CutPrefix(lines.Text(), prefix); is {
			_, _ = io.Copy(io.Discard, response.Body)
			return strconv.ParseFloat(number, 64)
		}
	}
	return 0, fmt.Errorf("profile %s has no line %q", name, prefix)
}

func (s *soak) fetch(ctx context.Context, name string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.pprof+"/debug/pprof/"+name, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Close = true // a connection kept would be a descriptor
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("reading profile %s: %w", name, err)
	}
	return response, nil
}

func (s *soak) keepProfile(ctx context.Context, name string) error {
	response, err := s.fetch(ctx, "heap?gc=1")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	file, err := os.Create(filepath.Join(s.options.Profiles, name))
	if err != nil {
		return fmt.Errorf("keeping a heap profile: %w", err)
	}
	_, err = io.Copy(file, response.Body)
	return errors.Join(err, file.Close())
}

// size adds up what lies below a directory. Files that go while it looks count nothing.
func size(dir string) (total float64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if info, err := entry.Info(); err == nil {
				total += float64(info.Size())
			}
		}
		if os.IsNotExist(err) {
			return nil
		}
		return err
	})
	return total, err
}

package cost

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const acceptedSpans = "otelcol_receiver_accepted_spans"

// client keeps no connections: every trial has a collector of its own.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// accepted reads from the collector's own metrics how many spans its receivers have accepted; 0 before the first.
func accepted(ctx context.Context, telemetry string) (spans float64, err error) {
	body, err := open(ctx, "http://"+telemetry+"/metrics")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	return sum(body, acceptedSpans)
}

// sum adds up the series whose name begins with prefix.
func sum(page io.Reader, prefix string) (total float64, err error) {
	lines := bufio.NewScanner(page)
	for lines.Scan() {
		line := lines.Text()
		if !strings.HasPrefix(line, prefix) {
			continue
		}
		value, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err != nil {
			return 0, fmt.Errorf("reading %q: %w", line, err)
		}
		total += value
	}
	return total, lines.Err()
}

// profile writes a profile to a file: kind is what comes after /debug/pprof/, as in profile?seconds=5 or heap.
func (t *trial) profile(ctx context.Context, kind, path string) (err error) {
	body, err := open(ctx, "http://"+t.pprof+"/debug/pprof/"+kind)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	return errors.Join(err, f.Close())
}

func open(ctx context.Context, url string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("%s answers %s", url, response.Status), response.Body.Close())
	}
	return response.Body, nil
}

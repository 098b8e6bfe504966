package top

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

// Event is one log record with an event name.
type Event struct {
	Time       time.Time
	Name       string
	Attributes map[string]string
}

// alert reports whether the event is more than a session's beginning or end.
func (e *Event) alert() bool { return e.Name != "session.start" && e.Name != "session.end" }

// Bounds on what a poll reads.
const (
	firstPoll = 1 << 20  // of a file that was there before; older events are passed over
	maxPoll   = 16 << 20 // and so the length of a line
)

// Tail reads an events file (OTLP/JSON lines) as it grows. The file may not exist yet, and may be rotated.
type Tail struct {
	path string
	info os.FileInfo // of the file the offset belongs to
	read int64       // bytes of whole lines read
	skip bool        // the next line is cut off at its beginning
}

// NewTail returns a tail of the file. Of what is in it already only the last MiB is read.
func NewTail(path string) *Tail { return &Tail{path: path} }

// Poll returns the events of the lines that were completed since the last call. Lines that are no OTLP are an error, after
// which reading goes on behind them.
func (t *Tail) Poll() ([]Event, error) {
	f, err := os.Open(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // opened for reading: nothing can be lost
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	switch {
	case t.info == nil && info.Size() > firstPoll:
		t.read, t.skip = info.Size()-firstPoll, true
	case t.info != nil && (!os.SameFile(t.info, info) || info.Size() < t.read):
		t.read, t.skip = 0, false
	}
	t.info = info
	if _, err := f.Seek(t.read, io.SeekStart); err != nil {
		return nil, err
	}
	return t.lines(bufio.NewReaderSize(io.LimitReader(f, maxPoll), 64<<10))
}

func (t *Tail) lines(r *bufio.Reader) (events []Event, err error) {
	for {
		line, readErr := r.ReadBytes('\n')
		if errors.Is(readErr, io.EOF) {
			if len(line) == maxPoll {
				t.read, t.skip = t.read+maxPoll, true
			}
			return events, err // the rest is half a line: it will be whole later
		}
		if readErr != nil {
			return events, errors.Join(err, readErr)
		}
		t.read += int64(len(line))
		if t.skip {
			t.skip = false
			continue
		}
		found, lineErr := decode(bytes.TrimSpace(line))
		if lineErr != nil {
			err = fmt.Errorf("%s: %w", t.path, lineErr)
		}
		events = append(events, found...)
	}
}

func decode(line []byte) ([]Event, error) {
	if len(line) == 0 {
		return nil, nil
	}
	ld, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs(line)
	if err != nil {
		return nil, err
	}
	var events []Event
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, l := range sl.LogRecords().All() {
				if l.EventName() != "" {
					events = append(events, event(l))
				}
			}
		}
	}
	return events, nil
}

func event(l plog.LogRecord) Event {
	e := Event{Time: l.Timestamp().AsTime(), Name: l.EventName(), Attributes: map[string]string{}}
	if l.Timestamp() == 0 {
		e.Time = l.ObservedTimestamp().AsTime()
	}
	l.Attributes().Range(func(k string, v pcommon.Value) bool {
		e.Attributes[k] = v.AsString()
		return true
	})
	return e
}

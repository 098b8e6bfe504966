// Package seriescsv reads a metric series from a CSV file: one row a point, a column of times and one of values.
package seriescsv

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
)

// Options say how a file is laid out. The zero value reads the first column as time in UTC and the second as value.
type Options struct {
	// Location is the zone of times that name none. Nil means UTC.
	Location *time.Location
	// TimeColumn and ValueColumn name columns of the header. Empty means the first and the second column.
	TimeColumn, ValueColumn string
}

// Point is one row.
type Point struct {
	At    eventtime.Instant
	Value float64
	// Line is the point's line in the file, from 1.
	Line int
}

// RowError tells of a row that is not a point. Reading goes on after it.
type RowError struct {
	Line int
	Err  error
}

func (e *RowError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns what is wrong with the row.
func (e *RowError) Unwrap() error { return e.Err }

var errColumn = errors.New("no such column in the header")

// gzipMagic begins every gzip stream (RFC 1952).
const gzipMagic = "\x1f\x8b"

// Read yields the points of r, plain or gzip, in the order of the file. A row that is not a point is yielded as a
// *RowError, and reading goes on; any other error ends it. A header is recognised by its first line having no time in
// the column of times. Times are RFC 3339, "2006-01-02 15:04:05", or seconds since 1970.
func Read(r io.Reader, o Options) iter.Seq2[Point, error] {
	return func(yield func(Point, error) bool) {
		rows, err := newRows(r, o)
		if err != nil {
			yield(Point{}, err)
			return
		}
		for {
			p, err := rows.next()
			if errors.Is(err, io.EOF) || !yield(p, err) {
				return
			}
			var row *RowError
			if err != nil && !errors.As(err, &row) {
				return
			}
		}
	}
}

// rows is the state of one reading.
type rows struct {
	csv         *csv.Reader
	location    *time.Location
	time, value int
	first       []string // the first row where it is a point already
}

func newRows(r io.Reader, o Options) (*rows, error) {
	plain, err := decompress(r)
	if err != nil {
		return nil, err
	}
	s := &rows{csv: csv.NewReader(plain), location: o.Location, value: 1}
	s.csv.FieldsPerRecord = -1 // a short row is reported as such, with its line
	s.csv.ReuseRecord = true
	if s.location == nil {
		s.location = time.UTC
	}
	head, err := s.csv.Read()
	if errors.Is(err, io.EOF) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the header: %w", err)
	}
	if s.time, err = column(head, o.TimeColumn, 0); err != nil {
		return nil, err
	}
	if s.value, err = column(head, o.ValueColumn, 1); err != nil {
		return nil, err
	}
	if _, err := s.parseTime(field(head, s.time)); err == nil {
		s.first = head
	}
	return s, nil
}

func decompress(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	if magic, _ := b.Peek(len(gzipMagic)); string(magic) != gzipMagic {
		return b, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, fmt.Errorf("reading gzip: %w", err)
	}
	return z, nil
}

// column returns the index of the named column, or the default where no name is given.
func column(head []string, name string, fallback int) (int, error) {
	if name == "" {
		return fallback, nil
	}
	for i, h := range head {
		if strings.EqualFold(strings.TrimSpace(h), name) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("column %q: %w %q", name, errColumn, head)
}

func field(row []string, i int) string {
	if i >= len(row) {
		return ""
	}
	return strings.TrimSpace(row[i])
}

func (s *rows) next() (Point, error) {
	row := s.first
	s.first = nil
	if row == nil {
		var err error
		if row, err = s.csv.Read(); err != nil {
			return s.failed(err)
		}
	}
	line, _ := s.csv.FieldPos(0)
	at, err := s.parseTime(field(row, s.time))
	if err != nil {
		return Point{}, &RowError{Line: line, Err: err}
	}
	value, err := strconv.ParseFloat(field(row, s.value), 64)
	if err != nil {
		return Point{}, &RowError{Line: line, Err: fmt.Errorf("value %q is no number", field(row, s.value))}
	}
	return Point{At: eventtime.Of(at), Value: value, Line: line}, nil
}

func (s *rows) failed(err error) (Point, error) {
	var syntax *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return Point{}, io.EOF
	case errors.As(err, &syntax):
		return Point{}, &RowError{Line: syntax.Line, Err: syntax.Err}
	default:
		return Point{}, fmt.Errorf("reading: %w", err)
	}
}

// earliest and latest are the times that nanoseconds since 1970 can tell.
var (
	earliest = time.Date(1700, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2250, 1, 1, 0, 0, 0, 0, time.UTC)
)

func (s *rows) parseTime(text string) (time.Time, error) {
	t, err := s.readTime(text)
	if err != nil {
		return t, err
	}
	if t.Before(earliest) || t.After(latest) {
		return t, fmt.Errorf("time %q is not between 1700 and 2250", text)
	}
	return t, nil
}

func (s *rows) readTime(text string) (time.Time, error) {
	for _, layout := range []string{time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, text, s.location); err == nil {
			return t, nil
		}
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0), nil
	}
	return time.Time{}, fmt.Errorf("time %q is neither RFC 3339, nor like 2026-03-02 15:04:05, nor seconds since 1970", text)
}

package replay

import (
	"errors"
	"fmt"
	"time"
)

// lastLines is how many lines from the end on are asked for the last time: one may be cut off, a few may hold nothing.
const lastLines = 4

var errNoTimes = errors.New("no line with a time stamp")

// Extent returns the earliest time of the files' first lines and the latest time of their last lines. Lines without a time
// and lines that cannot be decoded, such as one that was being written when its writer died, are not counted.
func Extent(files []string) (first, last time.Time, err error) {
	for _, name := range files {
		from, to, err := extentOf(name)
		if err != nil {
			return first, last, err
		}
		if !from.IsZero() && (first.IsZero() || from.Before(first)) {
			first = from
		}
		if to.After(last) {
			last = to
		}
	}
	if first.IsZero() || last.IsZero() {
		return first, last, fmt.Errorf("%v: %w", files, errNoTimes)
	}
	return first, last, nil
}

func extentOf(name string) (first, last time.Time, err error) {
	f, err := open(name)
	if err != nil {
		return first, last, err
	}
	defer func() { _ = f.close() }() // opened for reading: nothing can be lost
	var endings [lastLines][]byte    // a ring of the last lines
	n := 0
	for line := f.next(); line != nil; line = f.next() {
		if first.IsZero() {
			first = timeOf(line)
		}
		endings[n%lastLines] = append(endings[n%lastLines][:0], line...)
		n++
	}
	if f.failure != nil {
		return first, last, f.failure
	}
	for i := n - 1; i >= max(0, n-lastLines) && last.IsZero(); i-- {
		last = timeOf(endings[i%lastLines])
	}
	if last.IsZero() {
		last = first
	}
	return first, last, nil
}

// timeOf is the time of a line, zero if it has none.
func timeOf(line []byte) time.Time {
	b, err := Decode(line)
	if err != nil {
		return time.Time{}
	}
	return b.Latest
}

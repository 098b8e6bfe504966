package replay

import (
	"errors"
	"fmt"
	"time"
)

var errNoTimes = errors.New("no line with a time stamp")

// Extent returns the earliest time of the files' first lines and the latest time of their last lines.
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
	var ending []byte
	for line := f.next(); line != nil; line = f.next() {
		if first.IsZero() {
			if b, err := Decode(line); err == nil {
				first = b.Latest
			}
		}
		ending = append(ending[:0], line...)
	}
	if f.failure != nil {
		return first, last, f.failure
	}
	if b, err := Decode(ending); err == nil {
		last = b.Latest
	}
	return first, last, nil
}

package replay

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
)

// maxLine bounds a line, and with it the memory a damaged or hostile file can claim.
const maxLine = 64 << 20

// file is an open file of lines, unpacked if it is gzip, whatever its name.
type file struct {
	name    string
	closer  io.Closer
	lines   *bufio.Scanner
	number  int
	failure error
}

func open(name string) (*file, error) {
	f, err := os.Open(name) //nolint:gosec // the user names the files
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(f, 256<<10)
	var r io.Reader = buffered
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		if r, err = gzip.NewReader(buffered); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
		}
	}
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 256<<10), maxLine)
	return &file{name: name, closer: f, lines: s}, nil
}

// next returns the next line that is not blank, valid until the next call, or nil at the end or after a failure.
func (f *file) next() []byte {
	for f.lines.Scan() {
		f.number++
		if line := bytes.TrimSpace(f.lines.Bytes()); len(line) > 0 {
			return line
		}
	}
	if err := f.lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("line is longer than %d MiB", maxLine>>20)
		}
		f.failure = &LineError{File: f.name, Line: f.number + 1, Err: err}
	}
	return nil
}

func (f *file) close() error { return f.closer.Close() }

// Package main is the distribution: what the builder generates, and what starting it takes.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// A thousand packages are initialised before main. They read pages all over the program's file, 80 MiB of them, most of which
// nothing reads again; the kernel counts those as resident for as long as the process lives, unless it is told. What is needed
// after all is still in its cache.
func init() {
	_ = unmapUnwritten() // a kernel that does not say what is mapped is no reason not to start
}

// unmapUnwritten lets go of the pages of the program's file.
func unmapUnwritten() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return err
	}
	defer maps.Close()
	found, err := mappingsOf(program, maps)
	for _, m := range found {
		if _, _, failed := unix.Syscall(unix.SYS_MADVISE, m.start, m.end-m.start, unix.MADV_DONTNEED); failed != 0 {
			err = errors.Join(err, fmt.Errorf("letting go of %x-%x: %w", m.start, m.end, failed))
		}
	}
	return err
}

// mapping is a range of addresses.
type mapping struct{ start, end uintptr }

// mappingsOf returns where a file is mapped that cannot be written and has not been: not where a loader has put addresses in
// and then forbidden to write, as in position-independent programs.
func mappingsOf(file string, smaps io.Reader) (found []mapping, err error) {
	var at mapping
	candidate := false
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) >= 5 && !strings.HasSuffix(fields[0], ":"):
			if _, err := fmt.Sscanf(fields[0], "%x-%x", &at.start, &at.end); err != nil {
				return nil, fmt.Errorf("reading the mapping %q: %w", fields[0], err)
			}
			candidate = strings.HasSuffix(lines.Text(), " "+file) && !strings.Contains(fields[1], "w")
		case candidate && len(fields) == 3 && fields[0] == "Anonymous:" && fields[1] == "0":
			found = append(found, at)
		}
	}
	return found, lines.Err()
}

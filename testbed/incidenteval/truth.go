package incidenteval

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// fault is one that was injected, and the alerts it fired.
type fault struct {
	ID     string `json:"incident"`
	System string `json:"system"`
	Start  int64  `json:"start_unix_nano"`
	End    int64  `json:"end_unix_nano"`

	alerts  []string
	overlap []*fault // others of its system that lasted at the same time
}

// truth is what really happened.
type truth struct {
	faults []*fault
	of     map[string]*fault // alert to its fault
}

// readTruth reads faults and which alert was of which, JSON lines each, packed by gzip if the name says so.
func readTruth(faults, members string) (*truth, error) {
	t := &truth{of: map[string]*fault{}}
	byID := map[string]*fault{}
	err := lines(faults, func(data []byte) error {
		f := &fault{}
		if err := json.Unmarshal(data, f); err != nil {
			return err
		}
		if byID[f.ID] != nil {
			return fmt.Errorf("fault %s is there twice", f.ID)
		}
		byID[f.ID] = f
		t.faults = append(t.faults, f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = lines(members, func(data []byte) error {
		var m struct{ Alert, Incident string }
		if err := json.Unmarshal(data, &m); err != nil {
			return err
		}
		f := byID[m.Incident]
		if f == nil {
			return fmt.Errorf("alert %s is of an unknown fault %q", m.Alert, m.Incident)
		}
		f.alerts = append(f.alerts, m.Alert)
		t.of[m.Alert] = f
		return nil
	})
	for i, f := range t.faults {
		for _, g := range t.faults[:i] {
			if f.System == g.System && f.Start < g.End && g.Start < f.End {
				f.overlap, g.overlap = append(f.overlap, g), append(g.overlap, f)
			}
		}
	}
	return t, err
}

// lines reads the lines of a file.
func lines(path string, take func([]byte) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	var r io.Reader = file
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(file)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		r = z
	}
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for n := 1; s.Scan(); n++ {
		if err := take(s.Bytes()); err != nil {
			return errors.Join(fmt.Errorf("%s:%d", path, n), err)
		}
	}
	return s.Err()
}

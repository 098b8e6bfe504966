package prompt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// ErrUntested is in the chain of errors about a version whose tests did not pass.
var ErrUntested = errors.New("its tests have not passed")

// Record notes that the tests of a version passed.
func (s *Store) Record(p *Prompt, cases int, live string, now time.Time) error {
	return s.change(p.Name, func(b *book) error {
		if b.Passed == nil {
			b.Passed = map[string]Run{}
		}
		if b.Hashes == nil {
			b.Hashes = map[int]string{}
		}
		b.Passed[p.Hash] = Run{At: now.UTC().Format(time.RFC3339), Cases: cases, Live: live}
		b.Hashes[p.Version] = p.Hash
		return nil
	})
}

// Promote moves a label to a version. Staging and production need a passed test of that very hash.
func (s *Store) Promote(name string, version int, to Label, now time.Time) error {
	if !slices.Contains(Labels, to) {
		return fmt.Errorf("there is no label %q; the labels are %v", to, Labels)
	}
	p, err := s.Get(name, fmt.Sprint(version))
	if err != nil {
		return err
	}
	if _, passed := s.Passed(p); !passed && to != Draft {
		return fmt.Errorf("%s, hash %.12s: %w; run `braidctl prompts test %s`", p.ID(), p.Hash, ErrUntested, p.ID())
	}
	return s.change(name, func(b *book) error {
		if b.Labels[to] == version {
			return fmt.Errorf("%s is %s already", p.ID(), to)
		}
		b.Moves = append(b.Moves, Move{Label: to, From: b.Labels[to], To: version, At: now.UTC().Format(time.RFC3339)})
		b.Labels[to] = version
		return nil
	})
}

// Rollback moves a label back to where it pointed before its last move, and returns that version.
func (s *Store) Rollback(name string, label Label, now time.Time) (int, error) {
	var back int
	err := s.change(name, func(b *book) error {
		for i := len(b.Moves) - 1; i >= 0; i-- {
			if m := b.Moves[i]; m.Label == label && m.To == b.Labels[label] && m.From > 0 {
				back = m.From
				b.Moves = append(b.Moves, Move{Label: label, From: b.Labels[label], To: back, At: now.UTC().Format(time.RFC3339)})
				b.Labels[label] = back
				return nil
			}
		}
		return fmt.Errorf("prompt %s: %s has pointed at nothing else before", name, label)
	})
	return back, err
}

// change rewrites a prompt's labels in the directory, where the prompt is copied to first if it is an embedded one.
func (s *Store) change(name string, edit func(*book) error) error {
	if s.dir == "" {
		return errors.New("prompts that are embedded cannot be changed: name a directory for them")
	}
	b, err := s.book(name)
	if err != nil {
		return err
	}
	if err := edit(b); err != nil {
		return err
	}
	if err := s.copy(name); err != nil {
		return err
	}
	raw, err := yaml.Marshal(b)
	if err != nil {
		return fmt.Errorf("prompt %s: %w", name, err)
	}
	file := filepath.Join(s.dir, name, labelsFile)
	if err := os.WriteFile(file+".new", raw, 0o600); err != nil {
		return fmt.Errorf("prompt %s: %w", name, err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		return fmt.Errorf("prompt %s: %w", name, err)
	}
	return nil
}

// copy puts an embedded prompt into the directory.
func (s *Store) copy(name string) error {
	to := filepath.Join(s.dir, name)
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	from, err := fs.Sub(s.embedded, name)
	if err != nil {
		return fmt.Errorf("prompt %s: %w", name, err)
	}
	if err := os.CopyFS(to, from); err != nil {
		return fmt.Errorf("prompt %s: %w", name, err)
	}
	return nil
}

package prompt

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// labelsFile is where a prompt's labels are, beside its versions.
const labelsFile = "labels.yaml"

// book is what labelsFile holds.
type book struct {
	Labels map[Label]int `yaml:"labels"`
	// Hashes are the versions that were tested, so that one that was changed since is recognised.
	Hashes map[int]string `yaml:"hashes,omitempty"`
	// Passed are the hashes whose tests passed.
	Passed map[string]Run `yaml:"passed,omitempty"`
	// Moves are where labels pointed before, the latest last.
	Moves []Move `yaml:"moves,omitempty"`
}

// Run is a test run that passed.
type Run struct {
	At    string `yaml:"at"` // RFC 3339
	Cases int    `yaml:"cases"`
	Live  string `yaml:"live,omitempty"` // the model that answered, if one did
}

// Move is one move of a label.
type Move struct {
	Label Label  `yaml:"label"`
	From  int    `yaml:"from"`
	To    int    `yaml:"to"`
	At    string `yaml:"at"`
}

// Store is the prompts of a directory over those embedded. A prompt that the directory has is taken from there as a whole.
type Store struct {
	embedded fs.FS
	dir      string
}

// NewStore returns the prompts of dir over the embedded ones; dir may be empty.
func NewStore(embedded fs.FS, dir string) *Store { return &Store{embedded: embedded, dir: dir} }

// folder is where a prompt is read from.
func (s *Store) folder(name string) (fs.FS, error) {
	if name == "" || strings.ContainsAny(name, `/\.`) {
		return nil, fmt.Errorf("prompt %q: a name has no slashes or dots", name)
	}
	if s.dir != "" {
		if _, err := os.Stat(filepath.Join(s.dir, name)); err == nil {
			return os.DirFS(filepath.Join(s.dir, name)), nil
		}
	}
	sub, err := fs.Sub(s.embedded, name)
	if err != nil {
		return nil, fmt.Errorf("prompt %s: %w", name, err)
	}
	return sub, nil
}

// Names lists the prompts.
func (s *Store) Names() ([]string, error) {
	set := map[string]bool{}
	sources := []fs.FS{s.embedded}
	if s.dir != "" {
		sources = append(sources, os.DirFS(s.dir))
	}
	for _, source := range sources {
		entries, err := fs.ReadDir(source, ".")
		if err != nil {
			return nil, fmt.Errorf("listing prompts: %w", err)
		}
		for _, e := range entries {
			if e.IsDir() {
				set[e.Name()] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(set)), nil
}

// Versions returns all versions of a prompt, in order.
func (s *Store) Versions(name string) ([]*Prompt, error) {
	folder, err := s.folder(name)
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(folder, "*.md")
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("there is no prompt %q", name)
	}
	known, err := s.book(name)
	if err != nil {
		return nil, err
	}
	var out []*Prompt
	for _, file := range files {
		raw, err := fs.ReadFile(folder, file)
		if err != nil {
			return nil, fmt.Errorf("prompt %s: %w", name, err)
		}
		p, err := Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("prompt %s/%s: %w", name, file, err)
		}
		if p.Name != name || strconv.Itoa(p.Version)+".md" != file {
			return nil, fmt.Errorf("prompt %s/%s: its head says %s", name, file, p.ID())
		}
		if was := known.Hashes[p.Version]; was != "" && was != p.Hash {
			return nil, fmt.Errorf("prompt %s was changed after it was tested: versions are immutable; undo the change and write it as version %d", p.ID(), p.Version+1)
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *Prompt) int { return a.Version - b.Version })
	return out, nil
}

// Get returns the version that a reference names: a label, or a version.
func (s *Store) Get(name, reference string) (*Prompt, error) {
	versions, err := s.Versions(name)
	if err != nil {
		return nil, err
	}
	want, err := strconv.Atoi(reference)
	if err != nil {
		b, err := s.book(name)
		if err != nil {
			return nil, err
		}
		var ok bool
		if want, ok = b.Labels[Label(reference)]; !ok {
			return nil, fmt.Errorf("prompt %s has no label %q; the labels are %v", name, reference, Labels)
		}
	}
	for _, p := range versions {
		if p.Version == want {
			return p, nil
		}
	}
	return nil, fmt.Errorf("prompt %s has no version %d", name, want)
}

// Labels returns where the labels of a prompt point.
func (s *Store) Labels(name string) (map[Label]int, error) {
	b, err := s.book(name)
	if err != nil {
		return nil, err
	}
	return b.Labels, nil
}

// Passed returns the test run that a version passed.
func (s *Store) Passed(p *Prompt) (Run, bool) {
	b, err := s.book(p.Name)
	if err != nil {
		return Run{}, false
	}
	run, ok := b.Passed[p.Hash]
	return run, ok
}

// File reads a file that lies beside a prompt's versions.
func (s *Store) File(name, file string) ([]byte, error) {
	folder, err := s.folder(name)
	if err != nil {
		return nil, err
	}
	raw, err := fs.ReadFile(folder, path.Clean(file))
	if err != nil {
		return nil, fmt.Errorf("prompt %s: %w", name, err)
	}
	return raw, nil
}

func (s *Store) book(name string) (*book, error) {
	raw, err := s.File(name, labelsFile)
	b := &book{Labels: map[Label]int{}}
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	} else if err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(raw, b); err != nil {
		return nil, fmt.Errorf("prompt %s: %s: %w", name, labelsFile, err)
	}
	return b, nil
}

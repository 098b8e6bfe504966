package knowledge

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// Options configure a Library.
type Options struct {
	Folders []Folder
	Limits  Limits
	// Embedder adds a second ranking, by meaning. Nil: there is none.
	Embedder Embedder
}

// Library is what can be looked up. It is safe for concurrent use; Refresh takes up changes.
type Library struct {
	options  Options
	glossary *glossary
	frames   *frames

	refreshing sync.Mutex // held while reading
	scanned    *scan      // the last look; guarded by refreshing

	shelf    atomic.Pointer[shelf] // never nil once opened
	failures atomic.Int64          // of the embedder, while searching

	generation atomic.Int64
}

// shelf is one state of the documents; it never changes.
type shelf struct {
	passages   []Passage
	objectives []Source
	files      map[string]bool // by File
	index      *bm25
	vectors    [][]float32 // by passage; nil without an embedder
	problems   []Problem
}

// Open reads the folders. Files that cannot be read are Problems; it errs only where nothing can work. It asks no embedder:
// the first Refresh does.
func Open(ctx context.Context, o Options) (*Library, error) {
	g, err := loadGlossary()
	if err != nil {
		return nil, err
	}
	o.Limits = o.Limits.withDefaults()
	f, err := loadFrames()
	if err != nil {
		return nil, err
	}
	l := &Library{options: o, glossary: g, frames: f}
	s := look(o.Folders, o.Limits)
	defer s.close()
	first, err := l.read(ctx, s)
	if err != nil {
		return nil, err
	}
	l.take(first, s)
	return l, nil
}

// Refresh looks for changes and takes them up at once and whole: a search sees all of the old state or all of the new.
// It tells whether there were any. With an error the old state stays.
func (l *Library) Refresh(ctx context.Context) (bool, error) {
	l.refreshing.Lock()
	defer l.refreshing.Unlock()
	s := look(l.options.Folders, l.options.Limits)
	defer s.close()
	// An embedder that failed is asked again, though no file has changed.
	if now := l.shelf.Load(); s.same(l.scanned) && (l.options.Embedder == nil || len(now.vectors) == len(now.passages)) {
		return false, nil
	}
	next, err := l.read(ctx, s)
	if err != nil {
		return false, err
	}
	if l.options.Embedder != nil {
		if next.vectors, err = embed(ctx, l.options.Embedder, next.passages); err != nil {
			next.problem("embeddings", err) // words alone still find
		}
	}
	l.take(next, s)
	return true, nil
}

// take puts a new state in the place of the old.
func (l *Library) take(next *shelf, s *scan) {
	l.shelf.Store(next)
	l.generation.Add(1)
	l.scanned = &scan{files: slices.Clone(s.files), problems: slices.Clone(s.problems)}
	for i := range l.scanned.files {
		l.scanned.files[i].folder = nil // it is closed
	}
}

func (s *shelf) problem(file string, err error) {
	if len(s.problems) < maxProblems {
		s.problems = append(s.problems, Problem{File: file, Err: err})
	}
}

// read reads what was found.
func (l *Library) read(ctx context.Context, s *scan) (*shelf, error) {
	next := &shelf{files: map[string]bool{}}
	next.problems = slices.Clone(s.problems)
	for i := range s.files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f := &s.files[i]
		doc, err := f.read(l.options.Limits)
		if err != nil {
			next.problem(f.file, err)
			continue
		}
		if len(next.passages)+len(doc.Passages) > l.options.Limits.Passages {
			next.problem(f.file, fmt.Errorf("too many passages: at most %d", l.options.Limits.Passages))
			continue
		}
		next.files[doc.File] = true
		next.passages = append(next.passages, doc.Passages...)
		next.objectives = append(next.objectives, doc.Objectives...)
	}
	var err error
	if next.index, err = newBM25(next.passages, l.glossary, l.frames); err != nil {
		return nil, err
	}
	return next, nil
}

// Problems are the files left out at the last reading.
func (l *Library) Problems() []Problem { return l.shelf.Load().problems }

// Generation counts how often the documents were taken up.
func (l *Library) Generation() int64 { return l.generation.Load() }

// Objectives are the service level objectives found, for package slo to read.
func (l *Library) Objectives() []Source { return l.shelf.Load().objectives }

// Size is how many files and passages there are.
func (l *Library) Size() (files, passages int) {
	s := l.shelf.Load()
	return len(s.files), len(s.passages)
}

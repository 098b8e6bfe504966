package knowledge

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Folder is where documents lie.
type Folder struct {
	// Name stands before the paths of its files; it may be empty.
	Name string
	// Path is a folder on disk. It is opened anew each time, as it may have been replaced. What links out of it is refused.
	Path string
	// FS is used instead of Path where it is given.
	FS fs.FS
}

// Limits bound what is read. A zero field takes its default.
type Limits struct {
	Files     int   // default 2,000
	FileBytes int64 // default 512 KiB
	Depth     int   // folders below a Folder; default 8
	Passages  int   // default 20,000
}

func (l Limits) withDefaults() Limits {
	if l.Files <= 0 {
		l.Files = 2000
	}
	if l.FileBytes <= 0 {
		l.FileBytes = 512 << 10
	}
	if l.Depth <= 0 {
		l.Depth = 8
	}
	if l.Passages <= 0 {
		l.Passages = 20_000
	}
	return l
}

// Problem is a file that was left out, and why.
type Problem struct {
	File string
	Err  error
}

func (p Problem) Error() string { return p.File + ": " + p.Err.Error() }

// maxProblems bounds how many are told one by one.
const maxProblems = 100

var (
	errOutside  = errors.New("links out of its folder; put a copy there")
	errTooLarge = errors.New("is too large")
	errTooMany  = errors.New("too many files")
	errTooDeep  = errors.New("lies too deep")
	errNoText   = errors.New("is not UTF-8 text")
)

// found is a file to be read.
type found struct {
	folder fs.FS
	name   string // in the folder
	file   string // with the folder's name
	size   int64
	at     time.Time
}

// scan is one look at all folders.
type scan struct {
	limits   Limits
	files    []found
	problems []Problem
	dropped  int // problems that are not listed
	closers  []io.Closer
}

func (s *scan) problem(file string, err error) {
	if len(s.problems) >= maxProblems {
		s.dropped++
		return
	}
	s.problems = append(s.problems, Problem{File: file, Err: err})
}

func (s *scan) close() {
	for _, c := range s.closers {
		_ = c.Close() // it was only read
	}
}

// look lists the files of all folders, without reading them.
func look(folders []Folder, limits Limits) *scan {
	s := &scan{limits: limits.withDefaults()}
	for _, f := range folders {
		tree := f.FS
		if tree == nil {
			root, err := os.OpenRoot(f.Path)
			if err != nil {
				s.problem(f.Path, fmt.Errorf("opening the folder: %w", err))
				continue
			}
			s.closers = append(s.closers, root)
			tree = root.FS()
		}
		s.walk(f, tree)
	}
	return s
}

func (s *scan) walk(f Folder, tree fs.FS) {
	_ = fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error { // errors are told file by file
		file := path.Join(f.Name, name)
		switch {
		case err != nil:
			s.problem(file, err)
			return fs.SkipDir
		case name == ".":
			return nil
		case strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			if strings.Count(name, "/")+1 > s.limits.Depth {
				s.problem(file, fmt.Errorf("%w: more than %d folders", errTooDeep, s.limits.Depth))
				return fs.SkipDir
			}
			return nil
		case !readable(name):
			return nil
		}
		return s.meet(f, tree, name)
	})
}

// meet takes up one file. Links are followed within the folder, to files only.
func (s *scan) meet(f Folder, tree fs.FS, name string) error {
	file := path.Join(f.Name, name)
	info, err := fs.Stat(tree, name)
	switch {
	case err != nil:
		if link, lerr := fs.Lstat(tree, name); lerr == nil && link.Mode()&fs.ModeSymlink != 0 {
			err = errOutside
		}
		s.problem(file, err)
	case !info.Mode().IsRegular():
	case info.Size() > s.limits.FileBytes:
		s.problem(file, fmt.Errorf("%w: %d bytes, at most %d", errTooLarge, info.Size(), s.limits.FileBytes))
	case len(s.files) >= s.limits.Files:
		s.problem(file, fmt.Errorf("%w: at most %d", errTooMany, s.limits.Files))
		return fs.SkipAll
	default:
		s.files = append(s.files, found{folder: tree, name: name, file: file, size: info.Size(), at: info.ModTime()})
	}
	return nil
}

func readable(name string) bool {
	return slices.Contains([]string{".md", ".markdown", ".txt", ".text", ".yaml", ".yml"}, strings.ToLower(path.Ext(name)))
}

// same tells whether nothing has changed since an earlier look.
func (s *scan) same(o *scan) bool {
	return o != nil && slices.EqualFunc(s.files, o.files, func(a, b found) bool {
		return a.file == b.file && a.size == b.size && a.at.Equal(b.at)
	}) && slices.EqualFunc(s.problems, o.problems, func(a, b Problem) bool { return a.Error() == b.Error() })
}

// read reads one file. Nil where it holds nothing of interest.
func (f *found) read(limits Limits) (*Document, error) {
	file, err := f.folder.Open(f.name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// It may have grown since it was looked at.
	raw, err := io.ReadAll(io.LimitReader(file, limits.FileBytes+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(raw)) > limits.FileBytes:
		return nil, fmt.Errorf("%w: at most %d bytes", errTooLarge, limits.FileBytes)
	}
	return parse(f.file, raw)
}

// parse reads a document by the ending of its name.
func parse(file string, raw []byte) (*Document, error) {
	if !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0 {
		return nil, errNoText
	}
	doc := &Document{File: file}
	switch strings.ToLower(path.Ext(file)) {
	case ".yaml", ".yml":
		doc.Objectives = objectives(file, raw)
		return doc, nil
	case ".txt", ".text":
		readPlain(doc, string(raw))
		return doc, nil
	}
	m, list, rest, err := readMatter(file, raw)
	if err != nil {
		return nil, err
	}
	if !written(rest) {
		return nil, errNotWritten
	}
	doc.Objectives = list
	readMarkdown(doc, m, rest)
	return doc, nil
}

// objectives are the documents of a YAML file that say of themselves that they are OpenSLO. Others are not ours to judge.
func objectives(file string, raw []byte) []Source {
	var out []Source
	line := 1
	for part := range bytes.SplitSeq(raw, []byte("\n---")) {
		var head struct {
			APIVersion string `yaml:"apiVersion"`
		}
		_ = yaml.Unmarshal(part, &head) // what cannot be read says nothing of itself, unless its text does
		if strings.HasPrefix(head.APIVersion, "openslo/") || head.APIVersion == "" && bytes.Contains(part, []byte("openslo/")) {
			out = append(out, Source{File: file, Line: line, YAML: part})
		}
		line += bytes.Count(part, []byte("\n")) + 1
	}
	return out
}

// Package jsonfields reads a few fields out of a JSON text by their paths and keeps nothing of the rest.
package jsonfields

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/scalar"
)

// maxDepth is how deep a text may be nested.
const maxDepth = 32

var errDepth = fmt.Errorf("nested deeper than %d", maxDepth)

// Find returns the numbers and texts at the paths, in their order; a path is names with dots between them, as in
// cookie.expires, and the number of an element for a list. What is not there, null, or no number or text is the zero
// Value. The whole text has to be JSON.
func Find(text []byte, paths []string) ([]scalar.Value, error) {
	f := finder{decoder: json.NewDecoder(bytes.NewReader(text)), paths: paths, found: make([]scalar.Value, len(paths))}
	f.decoder.UseNumber()
	if err := f.value("", 0); err != nil {
		return nil, err
	}
	if _, err := f.decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one value")
	}
	return f.found, nil
}

type finder struct {
	decoder *json.Decoder
	paths   []string
	found   []scalar.Value
}

// value reads the value at a path.
func (f *finder) value(path string, depth int) error {
	if depth > maxDepth {
		return errDepth
	}
	token, err := f.decoder.Token()
	if err != nil {
		return err
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return f.object(path, depth)
		}
		return f.list(path, depth)
	case json.Number:
		return f.keep(path, func() (scalar.Value, error) { return scalar.Parse(t.String()) })
	case string:
		return f.keep(path, func() (scalar.Value, error) { return scalar.Value{Text: t}, nil })
	}
	return nil
}

func (f *finder) keep(path string, value func() (scalar.Value, error)) error {
	for i := range f.paths {
		if f.paths[i] != path {
			continue
		}
		v, err := value()
		if err != nil {
			return err
		}
		f.found[i] = v
	}
	return nil
}

func (f *finder) object(path string, depth int) error {
	for f.decoder.More() {
		name, err := f.decoder.Token()
		if err != nil {
			return err
		}
		text, ok := name.(string)
		if !ok {
			return errors.New("a name is no text")
		}
		if err := f.inner(path, text, depth); err != nil {
			return err
		}
	}
	_, err := f.decoder.Token()
	return err
}

func (f *finder) list(path string, depth int) error {
	for i := 0; f.decoder.More(); i++ {
		if err := f.inner(path, fmt.Sprint(i), depth); err != nil {
			return err
		}
	}
	_, err := f.decoder.Token()
	return err
}

// inner reads what lies under a name, or passes over it if no path leads there.
func (f *finder) inner(path, name string, depth int) error {
	if path != "" {
		name = path + "." + name
	}
	for _, want := range f.paths {
		if want == name || strings.HasPrefix(want, name+".") {
			return f.value(name, depth+1)
		}
	}
	var skipped json.RawMessage
	return f.decoder.Decode(&skipped)
}

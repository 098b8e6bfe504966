// Package phpsession reads a few fields out of a session as PHP serializes it, in the form of session.serialize_handler
// php (name|value…), php_serialize (one array) or php_binary (length name value…). It walks over all other values without
// building anything of them: objects are never made.
package phpsession

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/scalar"
)

const (
	// maxDepth is how deep values may be nested, maxNumber how many characters a number may have.
	maxDepth  = 32
	maxNumber = 32
)

// ErrMalformed says that the text is not what PHP writes.
var ErrMalformed = errors.New("not a serialized PHP session")

var errDepth = fmt.Errorf("nested deeper than %d", maxDepth)

// Find returns the numbers and texts at the paths, in their order; a path is keys with dots between them, as in
// auth.user.id, properties of objects included. What is not there, null, or no number or text is the zero Value.
func Find(text []byte, paths []string) ([]scalar.Value, error) {
	r := &reader{text: string(text), paths: paths, found: make([]scalar.Value, len(paths))}
	if err := r.session(); err != nil {
		return nil, err
	}
	return r.found, nil
}

type reader struct {
	text  string
	at    int
	paths []string
	found []scalar.Value
}

func (r *reader) session() error {
	switch {
	case r.text == "":
		return nil
	case strings.HasPrefix(r.text, "a:"):
		if err := r.value("", true, 0); err != nil {
			return err
		}
		if r.at != len(r.text) {
			return ErrMalformed
		}
		return nil
	case r.text[0] < 0x20:
		return r.binary()
	}
	for r.at < len(r.text) {
		name, ok := r.until('|')
		if !ok {
			return ErrMalformed
		}
		if err := r.named(name); err != nil {
			return err
		}
	}
	return nil
}

// binary reads php_binary: names of at most 127 bytes after their length.
func (r *reader) binary() error {
	for r.at < len(r.text) {
		length := int(r.text[r.at])
		if length > 127 || r.at+1+length > len(r.text) {
			return ErrMalformed
		}
		name := r.text[r.at+1 : r.at+1+length]
		r.at += 1 + length
		if err := r.named(name); err != nil {
			return err
		}
	}
	return nil
}

// named reads the value of a variable of the session.
func (r *reader) named(name string) error { return r.value(name, r.leads(name), 0) }

// leads reports whether a path ends at or leads through here.
func (r *reader) leads(path string) bool {
	for _, want := range r.paths {
		if want == path || strings.HasPrefix(want, path+".") {
			return true
		}
	}
	return false
}

// value reads the value at a path, which no wanted path leads through unless leads.
func (r *reader) value(path string, leads bool, depth int) error {
	if depth > maxDepth {
		return errDepth
	}
	if r.at+1 >= len(r.text) {
		return ErrMalformed
	}
	kind := r.text[r.at]
	if kind == 'N' {
		return r.take("N;")
	}
	if err := r.take(string(kind) + ":"); err != nil {
		return err
	}
	switch kind {
	case 'i', 'd', 'b', 'r', 'R':
		number, ok := r.until(';')
		if !ok || len(number) > maxNumber {
			return ErrMalformed
		}
		if leads && (kind == 'i' || kind == 'd') {
			return r.keep(path, number)
		}
		return nil
	case 's', 'E':
		text, err := r.quoted()
		if err != nil {
			return err
		}
		if leads && kind == 's' {
			r.set(path, scalar.Value{Text: text})
		}
		return r.take(";")
	case 'a':
		return r.members(path, leads, depth)
	case 'O':
		if _, err := r.quoted(); err != nil {
			return err
		}
		if err := r.take(":"); err != nil {
			return err
		}
		return r.members(path, leads, depth)
	case 'C':
		return r.custom()
	}
	return ErrMalformed
}

// members reads the keys and values of an array or object: count:{key value …}.
func (r *reader) members(path string, leads bool, depth int) error {
	count, err := r.count(':')
	if err != nil {
		return err
	}
	if err := r.take("{"); err != nil {
		return err
	}
	for range count {
		key, err := r.key()
		if err != nil {
			return err
		}
		inner, innerLeads := "", false
		if leads {
			if inner = key; path != "" {
				inner = path + "." + key
			}
			innerLeads = r.leads(inner)
		}
		if err := r.value(inner, innerLeads, depth+1); err != nil {
			return err
		}
	}
	return r.take("}")
}

// key reads an array's key, or a property's name without what marks it as protected or private: NUL * or class NUL.
func (r *reader) key() (string, error) {
	if strings.HasPrefix(r.text[r.at:], "i:") {
		r.at += 2
		number, ok := r.until(';')
		if !ok || len(number) > maxNumber {
			return "", ErrMalformed
		}
		return number, nil
	}
	if err := r.take("s:"); err != nil {
		return "", err
	}
	key, err := r.quoted()
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(key, "\x00") {
		key = key[strings.LastIndexByte(key, 0)+1:]
	}
	return key, r.take(";")
}

// custom passes over an object that serializes itself: length:"class":length:{…}.
func (r *reader) custom() error {
	if _, err := r.quoted(); err != nil {
		return err
	}
	if err := r.take(":"); err != nil {
		return err
	}
	size, err := r.count(':')
	if err != nil || size > len(r.text)-r.at-2 {
		return ErrMalformed
	}
	if err := r.take("{"); err != nil {
		return err
	}
	r.at += size
	return r.take("}")
}

// quoted reads length:"text".
func (r *reader) quoted() (string, error) {
	size, err := r.count(':')
	if err != nil || size > len(r.text)-r.at-2 {
		return "", ErrMalformed
	}
	if err := r.take(`"`); err != nil {
		return "", err
	}
	text := r.text[r.at : r.at+size]
	r.at += size
	return text, r.take(`"`)
}

// count reads a number that cannot be larger than what is left of the text.
func (r *reader) count(end byte) (int, error) {
	digits, ok := r.until(end)
	if !ok || len(digits) > maxNumber {
		return 0, ErrMalformed
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || n > len(r.text)-r.at {
		return 0, ErrMalformed
	}
	return n, nil
}

func (r *reader) until(end byte) (string, bool) {
	n := strings.IndexByte(r.text[r.at:], end)
	if n < 0 {
		return "", false
	}
	text := r.text[r.at : r.at+n]
	r.at += n + 1
	return text, true
}

func (r *reader) take(text string) error {
	if !strings.HasPrefix(r.text[r.at:], text) {
		return ErrMalformed
	}
	r.at += len(text)
	return nil
}

func (r *reader) keep(path, number string) error {
	v, err := scalar.Parse(number)
	if err != nil || !v.IsNumber {
		return ErrMalformed
	}
	r.set(path, v)
	return nil
}

func (r *reader) set(path string, v scalar.Value) {
	for i := range r.paths {
		if r.paths[i] == path {
			v.Text = strings.Clone(v.Text)
			r.found[i] = v
		}
	}
}

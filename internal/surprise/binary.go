package surprise

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
)

// version is the first byte of an encoded Scorer. It changes with the layout of state.
const version = 1

var errFormat = errors.New("surprise: not a scorer of this version")

// stateSize is the length of an encoded state in bytes.
var stateSize = binary.Size(state{})

// AppendBinary appends the memory of the Scorer: a version byte and the fields in order, little endian, always of the same
// length. It never fails.
func (s *Scorer) AppendBinary(b []byte) ([]byte, error) {
	return binary.Append(append(b, version), binary.LittleEndian, &s.s)
}

// UnmarshalBinary restores what AppendBinary wrote. Data of another version or length, or with numbers no Scorer can come
// to, is refused and leaves the Scorer as it was.
func (s *Scorer) UnmarshalBinary(data []byte) error {
	if len(data) != 1+stateSize {
		return fmt.Errorf("%w: %d bytes, want %d", errFormat, len(data), 1+stateSize)
	}
	if data[0] != version {
		return fmt.Errorf("%w: version %d, want %d", errFormat, data[0], version)
	}
	var read state
	if _, err := binary.Decode(data[1:], binary.LittleEndian, &read); err != nil {
		return fmt.Errorf("%w: %w", errFormat, err)
	}
	if err := finite(reflect.ValueOf(&read).Elem()); err != nil {
		return err
	}
	if err := read.check(); err != nil {
		return err
	}
	s.s = read
	return nil
}

// finite refuses a state that holds a number which is not one.
func finite(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if err := finite(v.Field(i)); err != nil {
				return fmt.Errorf("%s: %w", v.Type().Field(i).Name, err)
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			if err := finite(v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Float32, reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.Abs(f) > 10*largest {
			return fmt.Errorf("%w: a number is %g", errFormat, f)
		}
	default:
	}
	return nil
}

// check refuses numbers that are of the wrong sign.
func (s *state) check() error {
	w := &s.Views
	sizes := []float64{s.Clock.Step, s.Profile.Usual, s.Rest.Bar, w.Stir, w.Usual, w.Size, w.Noise.All.Usual, w.Drift.Spread.Usual, w.Stirs.Spread.Usual, w.Away.Spread.Usual}
	sizes = append(sizes, w.Noise.Hour[:]...)
	for _, t := range []*tail{&w.Jump, &w.Drift.Up, &w.Drift.Down, &w.Stirs.Up, &w.Stirs.Down, &w.Away.Up, &w.Away.Down} {
		for _, n := range t.Bin {
			sizes = append(sizes, float64(n))
		}
		sizes = append(sizes, float64(t.Total), float64(t.Begin), float64(t.Peak))
	}
	for _, x := range sizes {
		if x < 0 {
			return fmt.Errorf("%w: a size or a count is %g", errFormat, x)
		}
	}
	return nil
}

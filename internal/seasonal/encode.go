package seasonal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// version is the first byte of an encoded Series. It changes with the layout of state.
const version = 1

var errFormat = errors.New("seasonal: not a series of this version")

// stateSize is the length of an encoded state in bytes.
var stateSize = binary.Size(state{})

// AppendBinary appends all that the series remembers: a version byte, the state in little endian, and that of its score.
// The length is always the same, below 8 KB. It never fails.
func (s *Series) AppendBinary(b []byte) ([]byte, error) {
	b, err := binary.Append(append(b, version), binary.LittleEndian, &s.s)
	if err != nil {
		return nil, fmt.Errorf("encoding the state of a series: %w", err)
	}
	return s.scorer.AppendBinary(b)
}

// Decode restores a series from what AppendBinary wrote. Data of another version or length, or with numbers that no series
// can come to, is refused.
func Decode(o *Options, b []byte) (*Series, error) {
	if len(b) < 1+stateSize {
		return nil, fmt.Errorf("%w: %d bytes are too few", errFormat, len(b))
	}
	if b[0] != version {
		return nil, fmt.Errorf("%w: version %d, want %d", errFormat, b[0], version)
	}
	s := New(o)
	if _, err := binary.Decode(b[1:], binary.LittleEndian, &s.s); err != nil {
		return nil, fmt.Errorf("%w: %w", errFormat, err)
	}
	if err := s.s.check(); err != nil {
		return nil, err
	}
	if err := s.scorer.UnmarshalBinary(b[1+stateSize:]); err != nil {
		return nil, fmt.Errorf("decoding the score of a series: %w", err)
	}
	return s, nil
}

// check refuses a state that would poison what is learnt after it.
func (s *state) check() error {
	switch {
	case s.Points == 0:
		return nil
	case s.Last <= 0 || s.First > s.Last/second:
		return fmt.Errorf("%w: last point at %d before the first at %d", errFormat, s.Last, s.First)
	case s.Bin != math.MinInt64 && s.Bin != floorDiv(s.Last/second, slotSeconds):
		return fmt.Errorf("%w: slot %d is not that of the latest point", errFormat, s.Bin)
	}
	p := &s.Profile
	values := []float64{
		s.Value, p.Scale.Base, p.Level, float64(p.Change), float64(p.Moved), float64(p.Errors), float64(s.Rough), float64(s.Step), float64(s.Grain),
		s.Open.Base, s.Open.Sum, s.Open.Damped, s.Hour.Sum, s.Hour.Seconds, float64(s.Hour.Off), float64(s.Hour.Outside),
		float64(s.Move.Sum), float64(s.Move.Last),
	}
	for i := range p.Spread {
		values = append(values, float64(p.Spread[i]), float64(p.Upper[i]), float64(p.Lower[i]))
	}
	for i := range s.Horizons {
		h := &s.Horizons[i]
		values = append(values, float64(h.Error), float64(h.Blend.Weight))
		for _, of := range [][]float32{h.Blend.XX[:], h.Blend.XY[:], h.Blend.Now[:], h.Blend.Earlier[:], h.Up[:], h.Down[:], h.Quantile[:]} {
			for _, v := range of {
				values = append(values, float64(v))
			}
		}
	}
	for _, v := range values {
		if !(math.Abs(v) < math.MaxFloat32) {
			return fmt.Errorf("%w: it holds %v", errFormat, v)
		}
	}
	if p.Scale.Bias < 0 || p.Scale.Bias > 0xfe-exponents {
		return fmt.Errorf("%w: exponents start at %d", errFormat, p.Scale.Bias)
	}
	return nil
}

package seasonal

import "math"

// brief is a number in 16 bits: sign, six bits of exponent over the bias of its scale, nine of the fraction. It holds
// what a slot or an hour was, less the base of the series, to one part in a thousand.
type brief uint16

const (
	unknown16    brief = 0xffff
	fractionBits       = 9
	float32Bits        = 23
	exponents          = 1<<6 - 2 // the highest exponent; one more would make the unknown
	middle             = 36       // the exponent given to the first deviation of a series
)

// scale is how values and briefs convert. The zero scale takes its base and bias from the first values it sees.
type scale struct {
	Base float64
	Bias int16
}

// fits tells whether a value can be written without loss of its size.
func (c *scale) fits(v float64) bool {
	return exponentOf(float32(v-c.Base))-int(c.Bias) <= exponents
}

func exponentOf(x float32) int { return int(math.Float32bits(x)>>float32Bits) & 0xff }

// put writes a value; what is too small becomes the base, what is too large the largest there is.
func (c *scale) put(v float64) brief {
	bits := math.Float32bits(float32(v - c.Base))
	sign := bits >> 31 << 15
	bits = bits&^(1<<31) + 1<<(float32Bits-fractionBits-1) // round to nearest; a carry rightly raises the exponent
	e := int(bits>>float32Bits) - int(c.Bias)
	switch {
	case v != v:
		return unknown16
	case e < 1:
		return brief(sign)
	case e > exponents:
		return brief(sign | exponents<<fractionBits | 1<<fractionBits - 1)
	}
	return brief(sign | uint32(e)<<fractionBits | bits>>(float32Bits-fractionBits)&(1<<fractionBits-1))
}

// get reads a value, NaN if there is none.
func (c *scale) get(b brief) float64 {
	if b == unknown16 {
		return math.NaN()
	}
	e := uint32(b>>fractionBits) & (1<<6 - 1)
	if e == 0 {
		return c.Base
	}
	bits := uint32(b)>>15<<31 | (e+uint32(c.Bias))<<float32Bits | uint32(b)&(1<<fractionBits-1)<<(float32Bits-fractionBits)
	return c.Base + float64(math.Float32frombits(bits))
}

// around returns a scale with this base in which a deviation of the given size is in the middle of the range.
func around(base, deviation float64) scale {
	e := exponentOf(float32(math.Abs(deviation)))
	return scale{Base: base, Bias: int16(max(0, min(e-middle, 0xfe-exponents)))}
}

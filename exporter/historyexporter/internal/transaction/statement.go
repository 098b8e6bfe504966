package transaction

import (
	"strings"

	sqllexer "github.com/DataDog/go-sqllexer"
)

// MaxStatement is the longest text of a statement that is looked at, and Cut the longest that is kept, in bytes.
const (
	MaxStatement = 8 << 10
	Cut          = 300
)

// Sanitizer takes the values out of SQL. It is not safe for concurrent use.
type Sanitizer struct {
	obfuscator *sqllexer.Obfuscator
	normalizer *sqllexer.Normalizer
	known      map[string]string
}

// NewSanitizer returns a sanitizer.
func NewSanitizer() *Sanitizer {
	return &Sanitizer{
		obfuscator: sqllexer.NewObfuscator(sqllexer.WithReplaceDigits(true), sqllexer.WithReplaceBoolean(true), sqllexer.WithReplaceNull(true)),
		normalizer: sqllexer.NewNormalizer(sqllexer.WithRemoveSpaceBetweenParentheses(true), sqllexer.WithUppercaseKeywords(true)),
		known:      map[string]string{},
	}
}

// maxKnown bounds the statements whose sanitised form is remembered.
const maxKnown = 4_096

// Statement returns a statement with its values as ?, its lists as (?) and its comments and spaces normalised.
func (s *Sanitizer) Statement(text string) string {
	if len(text) > MaxStatement {
		text = text[:MaxStatement]
	}
	if clean, ok := s.known[text]; ok {
		return clean
	}
	clean, _, err := sqllexer.ObfuscateAndNormalize(text, s.obfuscator, s.normalizer)
	if err != nil {
		clean = s.obfuscator.Obfuscate(text)
	}
	if len(clean) > Cut {
		clean = strings.ToValidUTF8(clean[:Cut-3], "") + "..."
	}
	if len(s.known) >= maxKnown {
		clear(s.known)
	}
	s.known[strings.Clone(text)] = clean
	return clean
}

package question

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func BenchmarkParse(b *testing.B) {
	parser, err := NewParser(shop)
	require.NoError(b, err)
	texts := paraphrases(b)
	took := make([]time.Duration, 0, 1<<16)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		if _, err := parser.Parse(texts[i%len(texts)].text, wednesday); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(float64(took[len(took)-1].Microseconds()), "max-µs")
}

// The longest text that is read, of nothing the vocabulary knows, is the most work there is.
func BenchmarkParse_LongestUnknown(b *testing.B) {
	parser, err := NewParser(shop)
	require.NoError(b, err)
	text := strings.Repeat("뷁 xyzzy ", MaxRunes/8)
	for b.Loop() {
		if _, err := parser.Parse(text, wednesday); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewParser(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewParser(shop); err != nil {
			b.Fatal(err)
		}
	}
}

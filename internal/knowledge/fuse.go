package knowledge

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Embedder turns texts into vectors that lie the closer, the more alike their meaning is.
type Embedder interface {
	// Embed gives one vector a text, all of one length.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// embedded is how many passages are sent to an Embedder at once.
const embedded = 64

var errVectors = errors.New("the endpoint gave other vectors than were asked for")

// embed gives the passages their vectors, of length one.
func embed(ctx context.Context, e Embedder, passages []Passage) ([][]float32, error) {
	out := make([][]float32, 0, len(passages))
	for from := 0; from < len(passages); from += embedded {
		to := min(from+embedded, len(passages))
		texts := make([]string, 0, to-from)
		for i := range passages[from:to] {
			p := &passages[from+i]
			texts = append(texts, p.Title+"\n"+p.Heading()+"\n"+p.Text())
		}
		vectors, err := e.Embed(ctx, texts)
		if err != nil {
			return nil, fmt.Errorf("embedding passages: %w", err)
		}
		if len(vectors) != len(texts) {
			return nil, errVectors
		}
		for _, v := range vectors {
			if len(v) == 0 || len(out) > 0 && len(v) != len(out[0]) {
				return nil, errVectors
			}
			out = append(out, unit(v))
		}
	}
	return out, nil
}

func unit(v []float32) []float32 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
		return make([]float32, len(v))
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(float64(x) / math.Sqrt(sum))
	}
	return out
}

// nearest ranks all passages by the cosine of their vectors with that of a text.
func nearest(vectors [][]float32, to []float32, limit int) []ranked {
	out := make([]ranked, 0, len(vectors))
	for i, v := range vectors {
		if len(v) != len(to) {
			continue
		}
		dot := 0.0
		for j := range v {
			dot += float64(v[j]) * float64(to[j])
		}
		out = append(out, ranked{passage: i, score: dot})
	}
	order(out)
	return out[:min(len(out), limit)]
}

// fuseBase is the constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).
const fuseBase = 60

// fuse joins rankings by the places that passages have in them, which unlike their scores can be compared.
func fuse(rankings ...[]ranked) []ranked {
	score := map[int]float64{}
	for _, ranking := range rankings {
		for place, r := range ranking {
			score[r.passage] += 1 / float64(fuseBase+place+1)
		}
	}
	out := make([]ranked, 0, len(score))
	for passage, s := range score {
		out = append(out, ranked{passage: passage, score: s})
	}
	order(out)
	return out
}

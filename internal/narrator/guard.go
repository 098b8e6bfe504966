package narrator

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/braidotel/braid/internal/pii"
)

// maxBody is the longest request and response.
const maxBody = 256 << 10

// Guard is the last door before the network: it looks at the exact bytes of a request's body and lets none with personal
// data through to a model that is not local, and cuts off a response that does not end.
type Guard struct {
	Next http.RoundTripper
	// Local lets personal data through.
	Local bool
}

// RoundTrip implements http.RoundTripper.
func (g *Guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
		if closed := r.Body.Close(); err == nil {
			err = closed
		}
		switch {
		case err != nil:
			return nil, fmt.Errorf("reading the request: %w", err)
		case len(raw) > maxBody:
			return nil, fmt.Errorf("the request is longer than %d bytes", maxBody)
		case !g.Local && len(pii.Find(string(raw))) > 0:
			return nil, ErrPersonal
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(raw))
		r.ContentLength = int64(len(raw))
	}
	response, err := g.Next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = &limited{Reader: io.LimitReader(response.Body, maxBody), Closer: response.Body}
	return response, nil
}

type limited struct {
	io.Reader
	io.Closer
}

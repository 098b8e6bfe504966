package promapi

import (
	"errors"
	"io"
	"net/http"
)

// maxAnswer bounds what a server may answer, in bytes.
const maxAnswer = 64 << 20

var errTooLarge = errors.New("the answer is larger than 64 MiB")

// bounded cuts off answers that are too large.
type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = &body{ReadCloser: response.Body, room: maxAnswer}
	}
	return response, err
}

type body struct {
	io.ReadCloser
	room int
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.room <= 0 {
		return 0, errTooLarge
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.room)])
	b.room -= n
	return n, err
}

package nestinglimiterextension

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"

	"go.opentelemetry.io/collector/extension/extensionmiddleware"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/braidotel/braid/extension/nestinglimiterextension/internal/nesting"
)

const (
	typeProtobuf = "application/x-protobuf"
	typeJSON     = "application/json"
)

// GetHTTPHandler implements extensionmiddleware.HTTPServer. The handler comes after decompression, and after the limit of how
// large a body may be.
func (l *limiter) GetHTTPHandler(context.Context) (extensionmiddleware.WrapHTTPHandlerFunc, error) {
	return func(_ context.Context, next http.Handler) (http.Handler, error) {
		return &handler{limiter: l, next: next}, nil
	}, nil
}

// lookers look at what receivers decode, by content type.
var lookers = map[string]func(data []byte, limit int) bool{typeProtobuf: nesting.ProtobufExceeds, typeJSON: nesting.JSONExceeds}

type handler struct {
	limiter *limiter
	next    http.Handler
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	contentType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	exceeds, decoded := lookers[contentType]
	if !decoded {
		h.next.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err == nil && exceeds(body, h.limiter.maxDepth) {
		h.answer(w, contentType, h.limiter.refuse(r.Context(), "http"))
		return
	}
	r.Body = &readBody{Reader: io.MultiReader(bytes.NewReader(body), &failed{err}), Closer: r.Body}
	h.next.ServeHTTP(w, r)
}

// answer answers as OTLP has it: with a Status in the request's own encoding.
func (*handler) answer(w http.ResponseWriter, contentType string, s *status.Status) {
	marshal := proto.Marshal
	if contentType == typeJSON {
		marshal = protojson.Marshal
	}
	body, _ := marshal(s.Proto()) // a code and a text
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write(body) // nobody is there to be told
}

// readBody is a body that has been read. Whoever reads it is told what went wrong then.
type readBody struct {
	io.Reader
	io.Closer
}

type failed struct{ err error }

func (f *failed) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

package peer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
)

// Model is an endpoint that speaks OpenAI's chat completions and repeats the examples that it is given, which is always a
// right answer.
type Model struct {
	server *httptest.Server
	calls  atomic.Int64
	full   atomic.Bool
}

// NewModel serves until Close.
func NewModel() *Model {
	m := &Model{}
	m.server = httptest.NewServer(http.HandlerFunc(m.complete))
	return m
}

// Address is the host:port of the endpoint.
func (m *Model) Address() string { return m.server.Listener.Addr().String() }

// Calls counts the requests that were answered.
func (m *Model) Calls() int64 { return m.calls.Load() }

// SetFull makes the model turn requests down with 429, or take them again.
func (m *Model) SetFull(full bool) { m.full.Store(full) }

// Close ends the endpoint.
func (m *Model) Close() {
	m.server.CloseClientConnections()
	m.server.Close()
}

func (m *Model) complete(w http.ResponseWriter, r *http.Request) {
	if m.full.Load() {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "too many requests", http.StatusTooManyRequests)
		return
	}
	text, err := answerTo(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	m.calls.Add(1)
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"choices":[{"message":{"role":"assistant","content":%s}}],"usage":{"prompt_tokens":400,"completion_tokens":60}}`, text)
}

// answerTo returns the sentences for the points of a request, as a JSON string.
func answerTo(r *http.Request) ([]byte, error) {
	var request struct {
		Messages []struct{ Role, Content string }
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20)).Decode(&request); err != nil {
		return nil, fmt.Errorf("reading the request: %w", err)
	}
	var asked struct {
		Points []struct{ ID, Example string }
	}
	for _, message := range request.Messages {
		if message.Role == "user" {
			if err := json.Unmarshal([]byte(message.Content), &asked); err != nil {
				return nil, fmt.Errorf("reading the points: %w", err)
			}
		}
	}
	type sentence struct {
		Point string `json:"point"`
		Text  string `json:"text"`
	}
	sentences := []sentence{}
	for _, point := range asked.Points {
		sentences = append(sentences, sentence{Point: point.ID, Text: point.Example})
	}
	content, err := json.Marshal(map[string]any{"sentences": sentences})
	if err != nil {
		return nil, err
	}
	return json.Marshal(string(content))
}

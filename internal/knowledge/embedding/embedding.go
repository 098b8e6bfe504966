// Package embedding asks an endpoint that speaks OpenAI's embeddings API for the vectors of texts.
package embedding

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Options say where to ask, and how.
type Options struct {
	// Endpoint is the base of the API, such as http://127.0.0.1:11434/v1. Required.
	Endpoint string
	// Model names the model. Required.
	Model string
	// Key is sent as a bearer token; none where it is empty.
	Key string
	// Timeout ends one request. Default 5 seconds.
	Timeout time.Duration
	// Client makes the requests. Default: one that follows no redirect.
	Client *http.Client
}

// Client is a knowledge.Embedder. It is safe for concurrent use.
type Client struct {
	options Options
	url     string
}

// maxAnswer bounds an answer, in bytes: 64 vectors of 4,096 numbers in JSON are below 8 MiB.
const maxAnswer = 16 << 20

// New checks the options; it asks nothing yet.
func New(o Options) (*Client, error) {
	at, err := url.Parse(o.Endpoint)
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return nil, fmt.Errorf("endpoint: %q is no URL such as http://127.0.0.1:11434/v1", o.Endpoint)
	}
	if o.Model == "" {
		return nil, errors.New("model: is empty")
	}
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	if o.Client == nil {
		o.Client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return &Client{options: o, url: strings.TrimRight(o.Endpoint, "/") + "/embeddings"}, nil
}

// Embed implements knowledge.Embedder.
func (c *Client) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	body, err := json.Marshal(map[string]any{"model": c.options.Model, "input": texts, "encoding_format": "float"})
	if err != nil {
		return nil, fmt.Errorf("writing the request: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("writing the request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	if c.options.Key != "" {
		request.Header.Set("Authorization", "Bearer "+c.options.Key)
	}
	response, err := c.options.Client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("asking for embeddings: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("asking for embeddings: the endpoint answered %s", response.Status)
	}
	var answer struct {
		Data []struct {
			Index     int       `json:"index"`
			Embedding []float32 `json:"embedding"`
		} `json:"data"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&answer); err != nil {
		return nil, fmt.Errorf("reading the embeddings: %w", err)
	}
	out := make([][]float32, len(texts))
	for _, d := range answer.Data {
		if d.Index < 0 || d.Index >= len(out) {
			return nil, fmt.Errorf("reading the embeddings: there is no text %d", d.Index)
		}
		out[d.Index] = d.Embedding
	}
	for i, v := range out {
		if len(v) == 0 {
			return nil, fmt.Errorf("reading the embeddings: text %d has none", i)
		}
	}
	return out, nil
}

// Package askclient is a client of the assistant's JSON API.
package askclient

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/query"
)

const (
	prefix      = "/api/v1"
	tokenHeader = "X-Braid-Token" //nolint:gosec // a name, not a token

	// timeout is longer than the assistant allows itself, so that its own words for being late arrive.
	timeout = 30 * time.Second
	// maxBody bounds what is read of an answer or a report.
	maxBody = 16 << 20
)

var errTooLarge = errors.New("the answer is larger than 16 MiB")

// Client asks one assistant. It is safe for concurrent use.
type Client struct {
	// URL is where the page is, such as http://127.0.0.1:4380.
	URL string
	// Authorization is the header's value; empty sends none.
	Authorization string
	// HTTP is what it asks with; nil is [http.DefaultClient].
	HTTP *http.Client
}

// Problem is what the assistant says to a request that it refuses (RFC 9457).
type Problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

func (p *Problem) Error() string {
	if p.Detail != "" {
		return p.Detail
	}
	return fmt.Sprintf("the assistant answers %d %s", p.Status, http.StatusText(p.Status))
}

// Ask returns the answer to a question as JSON, an answer.Answer.
func (c *Client) Ask(ctx context.Context, q query.Question) ([]byte, error) {
	return c.send(ctx, http.MethodPost, "/ask", q, "")
}

// Incident returns what is known of an incident as JSON, an answer.Answer.
func (c *Client) Incident(ctx context.Context, id string) ([]byte, error) {
	return c.send(ctx, http.MethodGet, "/incidents/"+url.PathEscape(id), nil, "")
}

// Approvals lists proposed actions by status, pending, decided or all, as JSON. There is no method that decides.
func (c *Client) Approvals(ctx context.Context, status, language string) ([]byte, error) {
	return c.send(ctx, http.MethodGet, "/approvals?"+url.Values{"status": {status}, "language": {language}}.Encode(), nil, "")
}

// WriteReport has a report written. It needs the operator's role.
func (c *Client) WriteReport(ctx context.Context, r query.ReportRequest) (query.Report, error) {
	var me struct {
		Token string `json:"csrf_token"`
	}
	var report query.Report
	body, err := c.send(ctx, http.MethodGet, "/me", nil, "")
	if err != nil {
		return report, err
	}
	if err := json.Unmarshal(body, &me); err != nil {
		return report, fmt.Errorf("reading who we are: %w", err)
	}
	if body, err = c.send(ctx, http.MethodPost, "/reports", r, me.Token); err != nil {
		return report, err
	}
	if err := json.Unmarshal(body, &report); err != nil {
		return report, fmt.Errorf("reading the report: %w", err)
	}
	return report, nil
}

// Report returns a report's text in "html" or "md".
func (c *Client) Report(ctx context.Context, id, format string) ([]byte, error) {
	return c.send(ctx, http.MethodGet, "/reports/"+url.PathEscape(id+"."+format), nil, "")
}

func (c *Client) send(ctx context.Context, method, path string, body any, token string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	path, search, asks := strings.Cut(path, "?")
	target, err := url.JoinPath(c.URL, prefix, path)
	if err != nil {
		return nil, fmt.Errorf("the assistant's URL %q: %w", c.URL, err)
	}
	if asks {
		target += "?" + search
	}
	var in io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		in = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, target, in)
	if err != nil {
		return nil, fmt.Errorf("the assistant's URL %q: %w", c.URL, err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set(tokenHeader, token)
	}
	if c.Authorization != "" {
		request.Header.Set("Authorization", c.Authorization)
	}
	response, err := cmp.Or(c.HTTP, http.DefaultClient).Do(request)
	if err != nil {
		return nil, fmt.Errorf("asking the assistant: %w", err)
	}
	defer response.Body.Close()
	return read(response)
}

func read(response *http.Response) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(body) > maxBody {
		return nil, errTooLarge
	}
	if response.StatusCode/100 == 2 {
		return body, nil
	}
	problem := &Problem{}
	if json.Unmarshal(body, problem) != nil {
		problem = &Problem{}
	}
	problem.Status = response.StatusCode
	return nil, problem
}

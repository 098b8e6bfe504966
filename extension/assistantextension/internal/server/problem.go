package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/query"
)

// Problem is an error as RFC 9457 has it. Code is what a program tells problems apart by, Field what to change.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Detail says what is wrong and what to do.
	Detail string `json:"detail"`
	Code   string `json:"code"`
	// Field is the parameter or member of the body that is wrong.
	Field string `json:"field,omitempty"`
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

func problem(status int, code, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// invalid names a field, what is wrong with it and what would be right.
func invalid(field, format string, args ...any) *Problem {
	p := problem(http.StatusBadRequest, "invalid", field+": "+fmt.Sprintf(format, args...))
	p.Field = field
	return p
}

// What is not there and what belongs to somebody else look the same.
var (
	errNotFound = problem(http.StatusNotFound, "not_found", "There is no such thing here; it may have been removed by retention.")
	errNoRoute  = problem(http.StatusNotFound, "not_found", "This is not part of the API; GET /api/v1/openapi.json lists what is.")
	errMethod   = problem(http.StatusMethodNotAllowed, "method", "This needs another method; the header Allow names it.")
	errNoRole   = problem(http.StatusForbidden, "forbidden", "You have no role here; ask for one in access::rules of the assistant extension.")
	errToken    = problem(http.StatusForbidden, "csrf",
		"The header "+tokenHeader+" is missing or old; GET /api/v1/me gives the present one as csrf_token.")
	errRate    = problem(http.StatusTooManyRequests, "rate", "Too many requests; wait as long as the header Retry-After says.")
	errStreams = problem(http.StatusTooManyRequests, "streams", "Too many live streams are open; close another page and try again.")
	errHost    = problem(http.StatusForbidden, "host",
		"The page is not reached under this name; add it to allowed_hosts of the assistant extension if it is yours.")
	errOrigin = problem(http.StatusForbidden, "origin", "Requests come from this page's own origin only.")
	errGuess  = problem(http.StatusTooManyRequests, "rate", "Too many failed log-ins from this address; wait a minute.")
)

// describe finds the problem behind an error of the query service, and whether it is one of ours to mend.
func describe(err error) (p *Problem, ours bool) {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p, false
	case errors.As(err, &tooLarge):
		return problem(http.StatusRequestEntityTooLarge, "too_large",
			fmt.Sprintf("The body has more than %d bytes; send less.", tooLarge.Limit)), false
	case errors.Is(err, query.ErrNotFound):
		return errNotFound, false
	case errors.Is(err, query.ErrForbidden):
		return refused(http.StatusForbidden, "forbidden", err), false
	case errors.Is(err, query.ErrConflict):
		return refused(http.StatusConflict, "conflict", err), false
	case errors.Is(err, query.ErrOutside):
		return problem(http.StatusBadGateway, "outside", "The system that this concerns did not answer, or refused; the collector's log says more."), true
	case errors.Is(err, query.ErrInvalid):
		return named(err), false
	case errors.Is(err, query.ErrUnavailable):
		return problem(http.StatusServiceUnavailable, "unavailable", "The history does not answer at the moment; try again."), true
	case errors.Is(err, context.DeadlineExceeded):
		return problem(http.StatusGatewayTimeout, "timeout",
			"The history took too long; ask about a shorter time, or raise request_timeout of the assistant extension."), true
	default:
		return problem(http.StatusInternalServerError, "failed", "Something went wrong here; the collector's log says what."), true
	}
}

// refused is the problem of a step that was refused; its code says why, where that is known.
func refused(status int, code string, err error) *Problem {
	if why, ok := errors.AsType[*action.RefusedError](err); ok {
		return problem(status, string(why.Code), why.Text)
	}
	return problem(status, code, err.Error())
}

// named is the problem of a request that the query service found invalid. Its text begins with the field.
func named(err error) *Problem {
	detail := strings.TrimPrefix(err.Error(), query.ErrInvalid.Error()+": ")
	p := problem(http.StatusBadRequest, "invalid", detail)
	if field, _, ok := strings.Cut(detail, ": "); ok && !strings.ContainsAny(field, " \t") {
		p.Field = field
	}
	return p
}

func outcomeOf(status int) Outcome {
	switch {
	case status == http.StatusNotFound:
		return OutcomeMissing
	case status == http.StatusServiceUnavailable || status == http.StatusBadGateway || status == http.StatusGatewayTimeout:
		return OutcomeUnavailable
	case status >= http.StatusInternalServerError:
		return OutcomeFailed
	case status == http.StatusConflict || status == http.StatusForbidden || status == http.StatusUnauthorized || status == http.StatusTooManyRequests:
		return OutcomeRefused
	default:
		return OutcomeInvalid
	}
}

// fail writes what went wrong.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, route string, err error) Outcome {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return OutcomeOK // the reader has gone
	}
	p, ours := describe(err)
	if ours {
		s.Logger.Warn("A request failed", zap.String("route", route), zap.Error(err))
	}
	if !broken(err) {
		writeProblem(w, p)
	}
	return outcomeOf(p.Status)
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	switch p.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		h.Set("Retry-After", "5")
	case http.StatusUnauthorized:
		// Lets a browser ask for name and password where the authenticator takes them.
		h.Set("WWW-Authenticate", `Basic realm="Braid", charset="UTF-8"`)
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a reader who has gone
}

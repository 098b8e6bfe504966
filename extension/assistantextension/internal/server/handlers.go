package server

import (
	"context"
	_ "embed"
	"net/http"
	"strings"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query"
)

// Me is who asks and what the page needs to know.
type Me struct {
	// Name is empty without authentication.
	Name   string `json:"name,omitempty"`
	Tenant string `json:"tenant,omitempty"`
	// View, Operate and Approve are the caller's roles.
	View    bool `json:"view"`
	Operate bool `json:"operate"`
	Approve bool `json:"approve"`
	// Token goes into the header X-Braid-Token of every write.
	Token string `json:"csrf_token"`
	// TimeZone is the IANA name of the zone of answers.
	TimeZone string `json:"time_zone"`
	// OTLPEndpoint is where OTLP over HTTP is received.
	OTLPEndpoint string `json:"otlp_endpoint"`
	Version      string `json:"version"`
}

// Decision is why an action is approved or denied.
type Decision struct {
	// Reason is needed either way.
	Reason string `json:"reason"`
	// Digest is the hash of the document that was read: without it nothing is approved.
	Digest string `json:"digest,omitempty"`
}

//go:embed openapi.json
var openAPI []byte

func (s *Server) ask(w http.ResponseWriter, r *http.Request, caller query.Caller) error {
	var question query.Question
	if err := decode(r, &question); err != nil {
		return err
	}
	if err := checkQuestion(&question); err != nil {
		return err
	}
	a, err := s.Service.Ask(r.Context(), caller, question)
	return respond(w, whole(a), err)
}

func (s *Server) examples(w http.ResponseWriter, r *http.Request, caller query.Caller) error {
	return withLanguage(w, r, func(ctx context.Context, lang string) ([]string, error) {
		list, err := s.Service.Examples(ctx, caller, lang)
		return orEmpty(list), err
	})
}

func (s *Server) now(w http.ResponseWriter, r *http.Request, caller query.Caller) error {
	return withLanguage(w, r, func(ctx context.Context, lang string) (any, error) {
		cards, err := s.Service.Now(ctx, caller, lang)
		return wholes(cards), err
	})
}

func (s *Server) arrivals(w http.ResponseWriter, r *http.Request, caller query.Caller) error {
	if err := newParams(r).err(); err != nil {
		return err
	}
	a, err := s.Service.Arrivals(r.Context(), caller)
	return respond(w, a, err)
}

func (s *Server) sessions(w http.ResponseWriter, r *http.Request, caller query.Caller) error {
	filter, err := sessionPage(r)
	if err != nil {
		return err
	}
	page, err := s.Service.Sessions(r.Context(), caller, filter)
	page.Sessions = orEmpty(page.Sessions)
	return respond(w, page, err)
}

func (s *Server) session(w http.ResponseWriter, r *http.Request, caller query.Caller) error {
	return withID(w, r, func(ctx context.Context, id string) (any, error) {
		d, err := s.Service.Session(ctx, caller, id)
		if d != nil {
			d.Events, d.Traces = orEmpty(d.Events), orEmpty(d.Traces)
		}
		return d, err
	})
}

func (s *Server) trace(w http.ResponseWriter, r *http.Request, caller query.Caller) error {
	return withID(w, r, func(ctx context.Context, id string) (any, error) {
		t, err := s.Service.Trace(ctx, caller, id)
		if t != nil {
			t.Steps = orEmpty(t.Steps)
		}
		return t, err
	})
}

func (s *Server) incidents(w http.ResponseWriter, r *http.Request, caller query.Caller) error {
	p := newParams(r)
	status, most := p.choice("status", "open", "resolved", "all"), p.limit()
	if err := p.err(); err != nil {
		return err
	}
	list, err := s.Service.Incidents(r.Context(), caller, status, most)
	return respond(w, orEmpty(list), err)
}

func (s *Server) incident(w http.ResponseWriter, r *http.Request, caller query.Caller) error {
	p := newParams(r)
	lang := p.language()
	if err := p.err(); err != nil {
		return err
	}
	return withID(w, r, func(ctx context.Context, id string) (any, error) {
		a, err := s.Service.Incident(ctx, caller, id, lang)
		return whole(a), err
	})
}

func (s *Server) reports(w http.ResponseWriter, r *http.Request, caller query.Caller) error {
	p := newParams(r)
	most := p.limit()
	if err := p.err(); err != nil {
		return err
	}
	list, err := s.Service.Reports(r.Context(), caller, most)
	return respond(w, orEmpty(list), err)
}

func (s *Server) writeReport(w http.ResponseWriter, r *http.Request, caller query.Caller) error {
	var request query.ReportRequest
	if err := decode(r, &request); err != nil {
		return err
	}
	if err := checkReport(&request); err != nil {
		return err
	}
	report, err := s.Service.WriteReport(r.Context(), caller, request)
	return respond(w, report, err)
}

// report serves a document. It is made here and its texts are escaped; its policy would stop a script all the same.
func (s *Server) report(w http.ResponseWriter, r *http.Request, caller query.Caller) error {
	name := r.PathValue("file")
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || name[dot:] != ".html" && name[dot:] != ".md" {
		return invalid("file", "must end in .html or .md")
	}
	id, format := name[:dot], name[dot+1:]
	if err := checkID(id); err != nil {
		return err
	}
	text, err := s.Service.Report(r.Context(), caller, id, format)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", reportPolicy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	if format == "md" {
		h.Set("Content-Type", "text/markdown; charset=utf-8")
		h.Set("Content-Disposition", `attachment; filename="report.md"`)
	} else {
		h.Set("Content-Type", "text/html; charset=utf-8")
	}
	_, _ = w.Write(text) //nolint:gosec // the document is made here, its texts escaped; reportPolicy stops the rest
	return nil
}

func (s *Server) approvals(w http.ResponseWriter, r *http.Request, caller query.Caller) error {
	p := newParams(r)
	filter := query.ApprovalFilter{Status: p.choice("status", "pending", "decided", "all"), Limit: p.limit(), Language: p.language()}
	if err := p.err(); err != nil {
		return err
	}
	list, err := s.Service.Approvals(r.Context(), caller, filter)
	return respond(w, orEmpty(list), err)
}

// propose files an action for others to decide; nothing is executed by it.
func (s *Server) propose(w http.ResponseWriter, r *http.Request, caller query.Caller) error {
	var request query.ProposalRequest
	if err := decode(r, &request); err != nil {
		return err
	}
	if err := checkProposal(&request); err != nil {
		return err
	}
	a, err := s.Service.Propose(r.Context(), caller, request)
	return respond(w, a, err)
}

func (s *Server) decide(w http.ResponseWriter, r *http.Request, caller query.Caller) error {
	decision := r.PathValue("decision")
	if decision != "approve" && decision != "deny" {
		return errNoRoute
	}
	p := newParams(r)
	lang := p.language()
	if err := p.err(); err != nil {
		return err
	}
	var body Decision
	if err := decode(r, &body); err != nil {
		return err
	}
	reason, err := checkReason(body.Reason)
	if err != nil {
		return err
	}
	if decision == "approve" && body.Digest == "" {
		return invalid("digest", "is missing; approve the hash of the document that was read")
	}
	if len(body.Digest) > maxText {
		return invalid("digest", "is longer than a hash")
	}
	return withID(w, r, func(ctx context.Context, id string) (any, error) {
		return s.Service.Decide(ctx, caller, query.Decision{ID: id, Approve: decision == "approve", Digest: body.Digest, Reason: reason, Language: lang})
	})
}

func (s *Server) me(w http.ResponseWriter, _ *http.Request, caller query.Caller) error {
	return respond(w, Me{
		Name: caller.Name, Tenant: caller.Tenant,
		View: caller.Roles.View, Operate: caller.Roles.Operate, Approve: caller.Roles.Approve,
		Token: s.tokens.of(caller), TimeZone: s.TimeZone, OTLPEndpoint: s.OTLPEndpoint, Version: s.Version,
	}, nil)
}

func (s *Server) document(w http.ResponseWriter, _ *http.Request, _ query.Caller) error {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(openAPI) // a reader who has gone
	return nil
}

func withLanguage[T any](w http.ResponseWriter, r *http.Request, get func(context.Context, string) (T, error)) error {
	p := newParams(r)
	lang := p.language()
	if err := p.err(); err != nil {
		return err
	}
	value, err := get(r.Context(), lang)
	return respond(w, value, err)
}

func withID(w http.ResponseWriter, r *http.Request, get func(context.Context, string) (any, error)) error {
	id := r.PathValue("id")
	if err := checkID(id); err != nil {
		return err
	}
	value, err := get(r.Context(), id)
	return respond(w, value, err)
}

// respond writes JSON, or hands on the error.
func respond(w http.ResponseWriter, value any, err error) error {
	if err != nil {
		return err
	}
	text, err := encode(value)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(append(text, '\n')) //nolint:gosec // JSON with its type and nosniff
	return nil
}

// whole is an answer whose lists are never null. The one it was made from may be shared and stays as it is.
func whole(a *answer.Answer) *answer.Answer {
	if a == nil {
		return nil
	}
	made := *a
	made.Headline, made.Facts = orEmpty(a.Headline), orEmpty(a.Facts)
	return &made
}

func wholes(list []*answer.Answer) []*answer.Answer {
	made := make([]*answer.Answer, len(list))
	for i, a := range list {
		made[i] = whole(a)
	}
	return made
}

// orEmpty makes a list that is never null.
func orEmpty[L ~[]T, T any](list L) L {
	if list == nil {
		return L{}
	}
	return list
}

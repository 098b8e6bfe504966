package server

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// policy lets nothing run, load or be framed that is not the page's own. Every text from telemetry is a text node; should
// one slip through as markup, nothing in it runs.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// reportPolicy is for a written report: a document without scripts that the page may show in a frame and print.
const reportPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; " +
	"base-uri 'none'; form-action 'none'; sandbox allow-same-origin allow-modals"

// Guard wraps everything, the authenticator included: security headers on every response, and no request under a foreign
// name or from a foreign page.
func (s *Server) Guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.secure(w.Header())
		switch {
		case !s.knownHost(r.Host):
			s.reject(w, r, ReasonHost, errHost)
		case cross.Check(r) != nil || foreign(r):
			s.reject(w, r, ReasonOrigin, errOrigin)
		case !s.Proxied && !s.failures.left(address(r)):
			s.reject(w, r, ReasonRate, errGuess)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// Refuse answers where the authenticator, or the reading of a body, failed before the request came to its route.
func (s *Server) Refuse(w http.ResponseWriter, r *http.Request, _ string, status int) {
	if status == http.StatusUnauthorized {
		s.failures.allow(address(r))
		s.reject(w, r, ReasonUnauthenticated, problem(status, "unauthenticated", "Log in first: the request carries no valid credentials."))
		return
	}
	s.reject(w, r, ReasonBody, problem(status, "invalid", "The body could not be read; send plain JSON without Content-Encoding."))
}

func (s *Server) reject(w http.ResponseWriter, r *http.Request, reason Reason, p *Problem) {
	s.Recorder.Rejected(r.Context(), reason)
	writeProblem(w, p)
}

func (s *Server) secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	if s.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// knownHost accepts the configured names, localhost and IP addresses. A page elsewhere whose name is made to resolve to
// this machine (DNS rebinding) comes with its own name.
func (s *Server) knownHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.ToLower(strings.Trim(name, "[]")), ".")
	if _, err := netip.ParseAddr(name); err == nil || name == "localhost" {
		return true
	}
	return slices.ContainsFunc(s.Hosts, func(known string) bool { return strings.EqualFold(known, name) })
}

// foreign reports whether a browser says that another site made the request. Following a link to the page is not that.
func foreign(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		return err != nil || !strings.EqualFold(u.Host, r.Host)
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "cross-site", "same-site":
		return r.Header.Get("Sec-Fetch-Mode") != "navigate" || strings.HasPrefix(r.URL.Path, prefix)
	default:
		return false
	}
}

// address is the IP address at the other end.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

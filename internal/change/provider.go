package change

import (
	"regexp"
	"slices"
	"strings"
)

var (
	hostPattern = regexp.MustCompile(`\b([a-z0-9][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)+\.?[a-z]{2,}|[a-z0-9-]+\.(?:com|net|org|io|dev|cloud|co))\b`)
	// theirs are answers that only the other side's trouble gives.
	theirs = regexp.MustCompile(`(?i)\b50[0234]\b|service ?unavailable|internal ?server ?error|internal ?error|bad gateway|gateway timeout|slow ?down|temporarily unavailable|outage`)
	late   = regexp.MustCompile(`(?i)time(d)? ?out|deadline|unreachable|connection (refused|reset)`)
)

// domains inside a cluster or a company are not providers.
var insideDomains = []string{".svc", ".local", ".internal", ".cluster", ".lan", ".corp", ".intra", ".consul", ".localdomain"}

// hostFacts are attributes that name the other side of a call.
var hostFacts = []string{"server.address", "net.peer.name", "peer.service", "upstream.host", "http.host", "url.full", "http.url", "network.peer.address", "host"}

// provider says how strongly the failing service's symptoms blame a host that is none of ours.
func (s *scene) provider() External {
	var out External
	for i := range s.said {
		symptom := s.said[i].Symptom
		if symptom.Service != s.trouble.Service || symptom.Kind == SymptomMetric {
			continue
		}
		host := s.stranger(symptom)
		if host == "" {
			continue
		}
		strength := 0.0
		switch text := s.said[i].text; {
		case theirs.MatchString(text):
			strength = 1
		case late.MatchString(text):
			strength = 0.6
		}
		if strength *= symptom.weight(); strength > out.Strength {
			out = External{Mechanism: "provider", Strength: strength, Text: host + " fails: " + symptom.describe()}
		}
	}
	return out
}

// stranger is a host named by a symptom that is no service of ours; empty if there is none.
func (s *scene) stranger(symptom *Symptom) string {
	for _, f := range symptom.Facts {
		if slices.Contains(hostFacts, f.Name) {
			if h := hostPattern.FindString(strings.ToLower(f.Value)); h != "" && !s.ours(h) {
				return h
			}
		}
	}
	for _, h := range hostPattern.FindAllString(strings.ToLower(symptom.Text), 8) {
		if !s.ours(h) && looksPublic(h) {
			return h
		}
	}
	return ""
}

func (s *scene) ours(host string) bool {
	for _, d := range insideDomains {
		if strings.HasSuffix(host, d) || strings.Contains(host, d+".") {
			return true
		}
	}
	label, _, _ := strings.Cut(host, ".")
	return slices.ContainsFunc(s.services, func(service string) bool {
		if service == s.trouble.Service { // nobody calls himself: login.example.com is another's, even for loginservice
			return false
		}
		return strings.EqualFold(label, service) || strings.Join(stem(label), "") == strings.Join(stem(service), "")
	})
}

// looksPublic tells api.stripe.com from java.lang.string and charge.go.
func looksPublic(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	return slices.Contains([]string{"com", "net", "org", "io", "dev", "cloud", "co", "kr", "jp", "eu", "uk", "de", "cn", "us", "ai", "app"}, last)
}

package change

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// slack is how much earlier than its cause a symptom may be stamped: metrics carry the minute they were scraped in.
const slack = 90 * time.Second

// arrival is when and where a commit was put to work.
type arrival struct {
	deployment Deployment
	factor     float64
	near       float64
	text       string
}

// applied are files that take effect without a deployment.
var applied = regexp.MustCompile(`(?i)(^|/)(config|configs|deploy|deployments|charts?|helm|k8s|kubernetes|manifests|terraform|infra|migrations?|envoy|nginx|istio|flags?)/|\.(tf|ya?ml|toml|ini|conf|properties|sql|env)$`)

// arrive finds the deployment that took a commit to where it could do harm: of all that hold it, the one nearest to the
// failing service.
func (s *scene) arrive(c *Commit, l *view) arrival {
	best := arrival{}
	for i := range l.deployments {
		d := &l.deployments[i]
		if !l.holds(s, d, c) {
			continue
		}
		near, what := s.near(d.Service)
		factor, text := s.when(d.Time)
		how := "deployed to"
		if d.Revision != c.Revision {
			near *= 0.9 // it rode along
			how = "went along to"
		}
		if a := (arrival{deployment: *d, factor: factor, near: near, text: fmt.Sprintf("%s %s (%s) %s", how, d.Service, what, text)}); a.near*a.factor > best.near*best.factor {
			best = a
		}
	}
	if best.deployment.Service != "" {
		return best
	}
	switch {
	case c.Time.IsZero():
		return arrival{factor: 0.4, near: 1, text: "not known when it was put to work"}
	case c.Time.After(s.onset.Add(slack)):
		return arrival{factor: 0, near: 1, text: "committed after the first symptom"}
	}
	for _, f := range c.Files[:min(len(c.Files), maxFiles)] {
		if applied.MatchString(f) {
			return arrival{factor: 0.7, near: 1, text: f + " may have taken effect without a deployment"}
		}
	}
	return arrival{factor: 0.35, near: 1, text: "no deployment of it is known"}
}

// when weighs the time between a change and the first symptom.
func (s *scene) when(at time.Time) (float64, string) {
	lead := s.onset.Sub(at)
	switch {
	case lead < -slack:
		return 0.03, "only after the first symptom"
	case lead < time.Hour:
		return 1, fmt.Sprintf("%s before the first symptom", max(lead, 0).Round(time.Second))
	}
	return max(0.6, 1-0.02*lead.Hours()), fmt.Sprintf("%s before the first symptom", lead.Round(time.Minute))
}

// view is the record at one time, made ready for looking up.
type view struct {
	deployments []Deployment
	flags       []Flag
	commits     []*suspect
	made        map[string]time.Time // revision -> when it was committed
}

// holds says whether a deployment contains a commit that concerns its service, and was the first to.
func (v *view) holds(s *scene, d *Deployment, c *Commit) bool {
	if sameRevision(d.Revision, c.Revision) {
		return true
	}
	head, known := v.made[d.Revision]
	if !known {
		head = d.Time
	}
	if c.Time.IsZero() || c.Time.After(head) {
		return false
	}
	if !v.concerns(s, d.Service, c) {
		return false
	}
	for i := range v.deployments { // an earlier deployment of this service may have brought it already
		e := &v.deployments[i]
		if e.Service == d.Service && e.Time.Before(d.Time) {
			if made, known := v.made[e.Revision]; known && !made.Before(c.Time) || !known && !e.Time.Before(c.Time) {
				return false
			}
		}
	}
	return true
}

// concerns says whether a commit touches files of a service or files that are shared.
func (v *view) concerns(s *scene, service string, c *Commit) bool {
	for _, f := range c.Files[:min(len(c.Files), maxFiles)] {
		if owner := s.owner(f); owner == "" || owner == service {
			return true
		}
	}
	return len(c.Files) == 0
}

// sameRevision compares revisions, one of which may be shortened.
func sameRevision(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= 7 && strings.HasPrefix(b, a) || a == b && a != ""
}

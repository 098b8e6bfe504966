package change

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

const (
	// convict is the least score that blames a commit. Mechanism and place alone reach it when both are clear.
	convict = 1.25
	// alone is the least score that blames a commit where no other has half of it.
	alone = 0.9
	// against is what a cause from outside takes off.
	against = 2.0
	// unread is the most that a deployment of unknown content can score: only its time and place speak.
	unread = 2.2
	// prompt is how soon after a deployment of unknown content, or a flag, trouble must begin.
	prompt = 10 * time.Minute
	// weak is the most that wording alone gives a mechanism.
	weak = 0.4 * mostMechanism
	// anywhere is the least weight of the place of a commit that the failure names.
	anywhere = 0.6
)

// Judge says which change explains a trouble best, or that none does.
func (l *Ledger) Judge(t Trouble) Verdict {
	v := l.view()
	s := newScene(&t, v.deployments)
	seen := sight(s)
	outside := s.external(&seen)
	rarity := rarities(v.commits)
	speaks := newTroubleTerms(s)
	verdict := Verdict{External: outside}
	for _, x := range v.commits {
		if c := s.weigh(x, v, &seen, speaks, rarity, outside); c.Score > 0 {
			verdict.Candidates = append(verdict.Candidates, c)
		}
	}
	verdict.Candidates = append(verdict.Candidates, s.unread(v, outside)...)
	slices.SortStableFunc(verdict.Candidates, func(a, b Candidate) int { return cmp.Compare(b.Score, a.Score) })
	verdict.Candidates = verdict.Candidates[:min(len(verdict.Candidates), MaxCandidates)]
	if m := seen.best(); m >= 0 {
		verdict.Mechanism = mechanisms[m].id
	}
	if convicts(verdict.Candidates, outside) {
		best := &verdict.Candidates[0]
		verdict.Revision, verdict.Deployment, verdict.External = best.Revision, best.Deployment, External{}
		if best.Mechanism != "" {
			verdict.Mechanism = best.Mechanism
		}
		return verdict
	}
	if outside.Mechanism != "" {
		verdict.Mechanism = outside.Mechanism
	} else {
		verdict.Flag = s.flag(v, speaks)
	}
	return verdict
}

// convicts says whether the first candidate is to blame: by enough evidence, or by some where nothing else comes near and
// nothing speaks for a cause from outside.
func convicts(c []Candidate, outside External) bool {
	switch {
	case len(c) == 0:
		return false
	case c[0].Score >= convict:
		return true
	}
	return c[0].Score >= alone && c[0].matches() && outside.Strength < 0.3 && (len(c) == 1 || c[0].Score >= 2*c[1].Score)
}

// matches says whether more than time and place speaks against a candidate.
func (c *Candidate) matches() bool {
	sum := 0.0
	for _, e := range c.Evidence {
		switch e.Kind {
		case EvidenceFrame, EvidenceWords, EvidenceName, EvidenceNumber, EvidenceMechanism:
			sum += e.Weight
		case EvidenceChance, EvidencePlace, EvidenceTime, EvidenceHarmless, EvidenceExternal:
		}
	}
	return sum >= 0.4
}

// weigh scores one commit.
func (s *scene) weigh(x *suspect, v *view, seen *sighting, speaks *troubleTerms, rarity func(string) float64, outside External) Candidate {
	c := Candidate{Revision: x.commit.Revision, Message: clip(x.commit.Message, 200)}
	place, why := s.belongs(x.commit)
	at := s.arrive(x.commit, v)
	sum := 0.0
	add := func(e Evidence, ok bool) {
		if ok {
			c.Evidence = append(c.Evidence, e)
			sum += e.Weight
		}
	}
	add(x.frame(s))
	spoken, ok := x.wordsOf(speaks, rarity)
	if x.eases(seen) {
		spoken.Weight *= 0.4
	}
	add(spoken, ok)
	add(x.name(s, rarity))
	add(x.number(s, seen))
	cause, id := x.causes(seen, speaks)
	if cause.Weight <= weak && place < 0.95 {
		cause.Weight *= 0.7 // shared files speak of everything
	}
	add(cause, id != "")
	c.Mechanism = id
	add(x.circumstance(place, at, s, seen))
	if x.harmless != "" {
		c.Evidence = append(c.Evidence, Evidence{EvidenceHarmless, 0.1, "changes only " + x.harmless})
		sum *= 0.1
	}
	c.Deployment, c.Service = at.deployment, at.deployment.Service
	place = min(place, at.near)
	if c.proven() {
		place = max(place, anywhere)
	}
	c.Evidence = append(c.Evidence, Evidence{EvidencePlace, place, why}, Evidence{EvidenceTime, at.factor, at.text})
	c.Score = sum * place * at.factor
	if outside.Strength > 0 {
		off := against * outside.Strength
		c.Evidence = append(c.Evidence, Evidence{EvidenceExternal, -off, outside.Text})
		c.Score -= off
	}
	return c
}

// proven says whether the failure names what the commit touched: then calls nobody saw must lead there.
func (c *Candidate) proven() bool {
	for _, e := range c.Evidence {
		if (e.Kind == EvidenceName || e.Kind == EvidenceFrame) && e.Weight >= 1.5 {
			return true
		}
	}
	return false
}

// rarities tells how rare a term is among the commits: 1 in one only, 0 in all.
func rarities(all []*suspect) func(string) float64 {
	count := map[string]int{}
	for _, s := range all {
		for t := range s.terms {
			count[t]++
		}
	}
	n := float64(len(all))
	return func(t string) float64 {
		if n < 2 {
			return 1
		}
		return max(0, math.Log((n+1)/float64(max(1, count[t])))/math.Log(n+1))
	}
}

// unread gives the deployments of the failing service whose commits nobody told.
func (s *scene) unread(v *view, outside External) []Candidate {
	var out []Candidate
	for i := range v.deployments {
		d := &v.deployments[i]
		if _, known := v.made[d.Revision]; known || d.Service != s.trouble.Service {
			continue
		}
		lead := s.onset.Sub(d.Time)
		if lead < -slack || lead > prompt {
			continue
		}
		score := unread*(1-0.5*max(0, lead.Seconds())/prompt.Seconds()) - against*outside.Strength
		if score <= 0 {
			continue
		}
		_, text := s.when(d.Time)
		out = append(out, Candidate{Revision: cmp.Or(d.Revision, d.Version), Service: d.Service, Deployment: *d, Score: score,
			Evidence: []Evidence{{EvidenceTime, score, "deployed to the failing service " + text + "; what it changed is not known"}}})
	}
	return out
}

// flag gives the flag that was switched just before, for the failing service or a caller, and has to do with it.
func (s *scene) flag(v *view, speaks *troubleTerms) *Flag {
	var best *Flag
	most := 0.0
	for i := range v.flags {
		f := &v.flags[i]
		lead := s.onset.Sub(f.Time)
		near, _ := s.near(f.Service)
		if lead < -slack || lead > prompt || near < 0.8 {
			continue
		}
		words := 0.0
		for _, t := range terms(f.Key) {
			words += speaks.weight(t)
		}
		if score := near * words; score > most {
			best, most = f, score
		}
	}
	if best == nil {
		return nil
	}
	found := *best
	return &found
}

// external finds the cause from outside that the symptoms of the failing service speak for most.
func (s *scene) external(seen *sighting) External {
	var out External
	for m := range mechanisms {
		if mechanisms[m].external && seen.strength[m] > out.Strength {
			out = External{Mechanism: mechanisms[m].id, Strength: seen.strength[m], Text: seen.text[m]}
		}
	}
	if p := s.provider(); p.Strength > out.Strength {
		out = p
	}
	if load := s.trouble.Load; load >= 2 {
		if w := min(1, math.Log2(load)/1.5); w > out.Strength {
			out = External{Mechanism: "traffic", Strength: w, Text: fmt.Sprintf("users send %.1f times as many requests", load)}
		}
	}
	return out
}

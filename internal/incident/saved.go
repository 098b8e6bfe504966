package incident

import (
	"slices"
	"time"
)

// Saved is an incident as it is kept over a restart. What users did before it is counted on, not counted anew: the
// numbers of users and sessions after it are the greater of both times.
type Saved struct {
	Incident Incident
	LastSign time.Time
	LastTold time.Time
}

// Save returns the incidents that were told of and may go on.
func (l *Ledger) Save() []Saved {
	var out []Saved
	for _, c := range l.cases {
		if c.told {
			out = append(out, Saved{Incident: c.Incident, LastSign: c.lastSign, LastTold: c.lastTold})
		}
	}
	return out
}

// Restore takes an incident up again. It goes on with the alerts it had, with a disturbance of its services, or ends.
func (l *Ledger) Restore(s Saved) {
	c := &kase{Incident: s.Incident, told: true, lastSign: s.LastSign, lastTold: s.LastTold, cost: NewCost(s.LastSign), base: s.Incident.Impact}
	c.AlertIDs = slices.Clone(s.Incident.AlertIDs)
	l.cases = append(l.cases, c)
}

// in is an impact that concerns these regions too.
func (i Impact) in(regions []string) Impact {
	for _, r := range regions {
		if !slices.Contains(i.Regions, r) && len(i.Regions) < impactRegions {
			i.Regions = append(i.Regions, r)
		}
	}
	return i
}

// onTopOf is the impact since a restart and that before it.
func (i Impact) onTopOf(base Impact) Impact {
	i.Users, i.Sessions = max(i.Users, base.Users), max(i.Sessions, base.Sessions)
	i.Failed += base.Failed
	i.Business += base.Business
	i.Lost += base.Lost
	i.AtRisk = max(i.AtRisk, base.AtRisk)
	i = i.in(base.Regions)
	if len(i.Customers) == 0 {
		i.Customers = base.Customers
	}
	if i.Currency == "" {
		i.Currency = base.Currency
	}
	return i
}

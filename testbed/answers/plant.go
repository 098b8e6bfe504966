package answers

import (
	"encoding/binary"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/simulate"
)

// Versions of the payment service: the one before, and the one since Deployed.
const (
	versioned  = "shop-payment"
	oldVersion = "2.4.0"
	newVersion = "2.4.1"
)

// images stamps the payment service's spans with its version, which changes.
type images map[*simulate.Resource][2]*simulate.Resource

func (im *images) stamp(b *simulate.Batch) {
	if *im == nil {
		*im = images{}
	}
	for i := range b.Spans {
		s := &b.Spans[i]
		if attr(s.Resource.Attrs, "service.name") != versioned {
			continue
		}
		both, known := (*im)[s.Resource]
		if !known {
			for j, version := range []string{oldVersion, newVersion} {
				both[j] = &simulate.Resource{Attrs: append(slices.Clone(s.Resource.Attrs), simulate.Attr{Key: "service.version", Value: version})}
			}
			(*im)[s.Resource] = both
		}
		if s.Start < Deployed.UnixNano() {
			s.Resource = both[0]
		} else {
			s.Resource = both[1]
		}
	}
}

// Vital is what one page view felt like: seconds until its largest content stood, milliseconds to react, and shift.
type Vital struct {
	At            time.Time
	Page          string
	LCP, INP, CLS float64
}

// pages measures the pages that browsers load, as a page's own script would: a histogram a page and vital, ever growing.
type pages struct {
	seen   []Vital
	counts map[[2]string]*vitalCount
	since  time.Time
	told   time.Time
}

type vitalCount struct {
	sum     float64
	buckets []uint64
}

// vitalBounds are the bounds of the histograms: 5 % apart around what is measured.
var vitalBounds = map[string][]float64{"lcp": spaced(400, 9_000), "inp": spaced(20, 900), "cls": spaced(0.005, 1)}

func spaced(from, to float64) (out []float64) {
	for v := from; v < to; v *= 1.05 {
		out = append(out, v)
	}
	return out
}

var vitalUnits = map[string]string{"lcp": "ms", "inp": "ms", "cls": "1"}

// measure adds the histograms to a batch, every 15 seconds.
func (p *pages) measure(b *simulate.Batch) {
	if p.counts == nil || b.Time.Sub(p.told) > time.Hour { // another day: scripts began anew
		p.counts, p.since = map[[2]string]*vitalCount{}, b.Time.Add(-time.Second)
	}
	for i := range b.Spans {
		s := &b.Spans[i]
		if attr(s.Resource.Attrs, "service.name") == "shop-browser" && attr(s.Attrs, "http.request.method") == "GET" {
			p.view(s)
		}
	}
	if b.Time.Sub(p.told) < 15*time.Second {
		return
	}
	p.told = b.Time
	for _, key := range slices.SortedFunc(maps.Keys(p.counts), func(x, y [2]string) int { return strings.Compare(x[0]+" "+x[1], y[0]+" "+y[1]) }) {
		c := p.counts[key]
		b.Points = append(b.Points, simulate.Point{
			Resource: browser, Scope: "vitals", Name: "browser.web_vital." + key[1], Unit: vitalUnits[key[1]], Kind: simulate.Histogram,
			Start: p.since.UnixNano(), Time: b.Time.UnixNano(), Value: c.sum, Bounds: vitalBounds[key[1]], Buckets: slices.Clone(c.buckets),
			Attrs: []simulate.Attr{{Key: "url.path", Value: key[0]}},
		})
	}
}

var browser = &simulate.Resource{Attrs: []simulate.Attr{{Key: "service.name", Value: "shop-browser"}}}

// view makes up what a page view felt like: slower where the answer was, and different from view to view.
func (p *pages) view(s *simulate.Span) {
	u, err := url.Parse(attr(s.Attrs, "url.full"))
	if err != nil {
		return
	}
	page := u.Path
	if strings.HasPrefix(page, "/product/") {
		page = "/product"
	}
	chance := float64(binary.LittleEndian.Uint16(s.ID[:])) / (1 << 16)
	took := float64(s.End-s.Start) / float64(time.Millisecond)
	v := Vital{At: time.Unix(0, s.End), Page: page, LCP: 900 + 8*took + 1500*chance, INP: 60 + took/2 + 100*chance, CLS: 0.02 + 0.15*chance*chance}
	p.seen = append(p.seen, v)
	for vital, x := range map[string]float64{"lcp": v.LCP, "inp": v.INP, "cls": v.CLS} {
		c := p.counts[[2]string{page, vital}]
		if c == nil {
			c = &vitalCount{buckets: make([]uint64, len(vitalBounds[vital])+1)}
			p.counts[[2]string{page, vital}] = c
		}
		c.sum += x
		at, _ := slices.BinarySearch(vitalBounds[vital], x)
		c.buckets[at]++
	}
}

// Incident is one that is told of something planted: what a connector would say of it, with what the trouble really cost.
type Incident struct {
	ID, Service, Cause string
	Start, End         time.Time // End is zero while it lasts
	Severity           int
	Users, Alerts      int
}

// incidents tell the planted fault and leak, which last, and the flood, which is over.
func (w *World) incidents() (out []Incident) {
	for _, p := range w.Planted {
		switch p.Kind {
		case simulate.Fault:
			out = append(out, Incident{ID: "inc-1", Service: p.Target["service.name"], Cause: "database", Start: p.Start, Severity: 17, Users: w.Toll.Users, Alerts: 46})
		case simulate.MemoryRamp:
			out = append(out, Incident{ID: "inc-2", Service: p.Target["service.name"], Cause: "memory", Start: p.Start, Severity: 13, Alerts: 7})
		case simulate.LoginFlood:
			out = append(out, Incident{ID: "inc-3", Service: "shop-was", Cause: "load", Start: p.Start, End: p.End, Severity: 13, Alerts: 3})
		default:
		}
	}
	return out
}

// Pending is the action that waits for approval: to roll the payment service back.
var Pending = action.Proposal{
	ID: "act-1", Environment: "production", Service: versioned,
	Arguments: action.Rollback{
		Workload: action.Workload{Namespace: "shop", Type: action.Deployment, Name: versioned}, Container: "app",
		From: "registry.example.com/shop-payment:" + newVersion, To: "registry.example.com/shop-payment:" + oldVersion,
	},
	Proposer: action.Proposer{By: action.ByPerson, Name: "lee"}, Reason: "errors since 2.4.1", Mode: action.Review, Approvers: 1,
	Proposed: Now.Add(-5 * time.Minute), Expires: Now.Add(time.Hour),
}

// decisions are records that no simulated telemetry brings: incidents and an action.
func (w *World) decisions() (*history.Batch, error) {
	b := &history.Batch{}
	for _, i := range w.incidents() {
		status := "open"
		if !i.End.IsZero() {
			status = "resolved"
		}
		b.Events = append(b.Events, history.Event{
			Kind: history.KindIncident, ID: i.ID, At: i.Start, Until: i.End, Revised: Now, Severity: i.Severity, Title: i.Service + ": " + i.Cause, Service: i.Service,
			Attributes: map[string]any{
				"braid.incident.status": status, "braid.incident.cause.service": i.Service, "braid.incident.cause.kind": i.Cause,
				"braid.incident.users": i.Users, "braid.incident.alerts": i.Alerts,
			},
		})
	}
	text, digest, err := Pending.Encode(action.DefaultLimits())
	b.Actions = []history.Action{{
		ID: Pending.ID, Name: string(Pending.Arguments.Kind()), Arguments: string(text), Digest: digest, Reason: Pending.Reason, Proposer: Pending.Proposer.Name,
		Proposed: Pending.Proposed, Expires: Pending.Expires, State: history.ActionProposed,
	}}
	return b, err
}

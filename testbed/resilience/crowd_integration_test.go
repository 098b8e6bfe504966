//go:build integration

package resilience

import (
	"encoding/binary"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// crowdPause is how many rounds a visitor of the crowd stays away at a time: less than the idle time, so that none leaves.
const crowdPause = 150

// addCrowd adds a sender's share of visitors that stay: each shows a page when it comes, and again after each pause.
func (in *input) addCrowd(drafts []*draft, sender, visitors int) {
	come := min(visitors, (visitors*len(drafts)+crowdPause-1)/crowdPause)
	in.visits += come
	for round, d := range drafts {
		at := epoch.Add(time.Duration(round)*step + time.Duration(sender)*time.Millisecond)
		for n := range visitors {
			if n*crowdPause/visitors == round%crowdPause {
				d.stays(sender*1_000_000+n, at)
			}
		}
	}
}

// stays adds the page of a visitor of the crowd.
func (d *draft) stays(visitor int, at time.Time) {
	var trace pcommon.TraceID
	binary.BigEndian.PutUint64(trace[:8], uint64(len(d.in.spans))+1)
	binary.BigEndian.PutUint64(trace[8:], uint64(at.UnixNano()))
	span := d.span(d.app, trace, "GET /product/{id}", ptrace.SpanKindServer, at, 30*time.Millisecond)
	describeHTTP(span, "GET", "/product/{id}", 200)
	span.Attributes().PutStr("http.route", "/product/{id}")
	span.Attributes().PutStr("session.id", fmt.Sprintf("stays-%08d", visitor))
	if visitor%3 == 0 {
		span.Attributes().PutStr("user.id", fmt.Sprintf("customer-%d", visitor))
	}
}

// assembled is the part of the input after which the whole crowd is there.
func (in *input) assembled() float64 {
	if *stayers == 0 {
		return 0
	}
	return min(1, crowdPause/float64(in.rounds))
}

package replicas

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// Takeover is what followed the end of the process that served a shard.
type Takeover struct {
	Shard     int
	Stopped   bool          // asked to end (SIGTERM), else killed
	Ended     time.Duration // until the process was gone
	Served    time.Duration // until another was healthy
	Delivered time.Duration // until the backend had a span of the shard that was made afterwards
}

// Result is what a run has shown.
type Result struct {
	For          time.Duration
	Acknowledged uint64 // spans
	Lost         uint64 // of them
	Again        uint64 // spans that came twice or more
	Mistaken     uint64 // spans that carry another session than their own, or none
	Unstamped    uint64 // of those that arrived, never with their own

	Visits     int
	NotBegun   int // visits without session.start
	BegunTwice int // with several that differ
	NotEnded   int // without session.end
	EndedTwice int
	Miscounted int // visits whose end tells another number of requests than were made
	Nobodys    int // events of sessions that there were not
	ToldAgain  int // events that came again as they were

	Counted    int // sketches of distinct visits that had to come out
	CountedOff int // sketches whose registers are not those of everything that was sent

	Takeovers []Takeover
	Failovers []time.Duration
	Revived   int // processes that ended by themselves

	GatewayCPU, BalancerCPU                   float64 // seconds, of all gateways and of the balancer
	ServingBytes, WaitingBytes, BalancerBytes uint64  // resident, of the largest of each
	StoreCPU                                  float64 // seconds, of the Redis servers that were not killed
	StoreBytes                                uint64  // of the Redis masters' data when traffic ended
}

// requestsPerPage is how many of a page's spans count as requests of the session.
const requestsPerPage = 1

// judge holds what has arrived against what was sent.
func (r *Result) judge(s *sink, made *sent, o *Options) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Lost, r.Again, r.Mistaken, r.Visits = made.spans-s.arrived, s.again, s.mistaken, len(made.visits)
	r.Unstamped = s.arrived - s.own
	for name, events := range s.events {
		for visit, t := range events {
			r.ToldAgain += t.times - len(t.versions)
			if _, ok := made.visits[visit]; !ok {
				r.Nobodys++
			} else if len(t.versions) > 1 && name == eventStart {
				r.BegunTwice++
			} else if len(t.versions) > 1 {
				r.EndedTwice++
			}
		}
	}
	var deviations []string
	r.Counted = len(made.counts.buckets)
	r.CountedOff, deviations = s.counts.against(made.counts)
	for _, deviation := range deviations {
		o.Log("%s", deviation)
	}
	for visit, pages := range made.visits {
		if s.events[eventStart][visit] == nil {
			r.NotBegun++
		}
		end := s.events[eventEnd][visit]
		switch {
		case o.Idle == 0:
		case end == nil:
			r.NotEnded++
		case end.requests != int64(pages*requestsPerPage):
			r.Miscounted++
			if r.Miscounted <= 5 {
				o.Log("visit %d: %d requests told of, %d pages", visit, end.requests, pages)
			}
		}
	}
}

// Faults is how much of what was promised was not kept.
func (r *Result) Faults() int {
	return int(r.Lost) + int(r.Mistaken) + r.NotBegun + r.BegunTwice + r.NotEnded + r.EndedTwice + r.Miscounted + r.Nobodys +
		r.CountedOff
}

// Spread is the median and the longest of some durations.
func Spread(all []time.Duration) (median, longest time.Duration) {
	if len(all) == 0 {
		return 0, 0
	}
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2].Round(time.Millisecond), all[len(all)-1].Round(time.Millisecond)
}

// Print writes the result as a table.
func (r *Result) Print(w io.Writer) error {
	var stopped, served, delivered []time.Duration
	for _, k := range r.Takeovers {
		served, delivered = append(served, k.Served), append(delivered, k.Delivered)
		if k.Stopped {
			stopped = append(stopped, k.Ended)
		}
	}
	stoppedMedian, stoppedLongest := Spread(stopped)
	servedMedian, servedLongest := Spread(served)
	deliveredMedian, deliveredLongest := Spread(delivered)
	failoverMedian, failoverLongest := Spread(r.Failovers)
	perSpan := func(cpu float64) string { return fmt.Sprintf("%.1f µs", cpu/float64(max(1, r.Acknowledged))*1e6) }
	rows := [][2]string{
		{"time", r.For.Round(time.Second).String()},
		{"spans acknowledged", fmt.Sprintf("%d (%.0f a second)", r.Acknowledged, float64(r.Acknowledged)/r.For.Seconds())},
		{"of them lost", fmt.Sprint(r.Lost)},
		{"delivered again", fmt.Sprint(r.Again)},
		{"with another session than their own", fmt.Sprint(r.Mistaken)},
		{"sessions", fmt.Sprint(r.Visits)},
		{"without a start, without an end", fmt.Sprintf("%d, %d", r.NotBegun, r.NotEnded)},
		{"begun twice, ended twice", fmt.Sprintf("%d, %d", r.BegunTwice, r.EndedTwice)},
		{"requests miscounted", fmt.Sprint(r.Miscounted)},
		{"sessions that there were not", fmt.Sprint(r.Nobodys)},
		{"events delivered again", fmt.Sprint(r.ToldAgain)},
		{"counts of distinct visits, by service and in all; not as those of everything that was sent", fmt.Sprintf("%d; %d", r.Counted, r.CountedOff)},
		{"replicas killed with -9; stopped with SIGTERM", fmt.Sprintf("%d; %d", len(r.Takeovers)-len(stopped), len(stopped))},
		{"until a stopped one had ended: median, longest", fmt.Sprintf("%v, %v", stoppedMedian, stoppedLongest)},
		{"replicas that ended by themselves, having lost their shard", fmt.Sprint(r.Revived)},
		{"until another served: median, longest", fmt.Sprintf("%v, %v", servedMedian, servedLongest)},
		{"until the backend had a new span: median, longest", fmt.Sprintf("%v, %v", deliveredMedian, deliveredLongest)},
		{"failovers of the Redis Cluster: number, median, longest", fmt.Sprintf("%d, %v, %v", len(r.Failovers), failoverMedian, failoverLongest)},
		{"CPU of the gateways, a span", perSpan(r.GatewayCPU)},
		{"CPU of the balancer, a span", perSpan(r.BalancerCPU)},
		{"CPU of Redis, all six servers, a span", perSpan(r.StoreCPU)},
		{"memory of Redis, three masters", fmt.Sprintf("%.1f MiB", float64(r.StoreBytes)/(1<<20))},
		{"memory: gateway that serves, that waits, balancer", fmt.Sprintf("%d, %d, %d MiB", r.ServingBytes>>20, r.WaitingBytes>>20, r.BalancerBytes>>20)},
	}
	if _, err := fmt.Fprintf(w, "| what | result |\n|---|---|\n"); err != nil {
		return err
	}
	for _, row := range rows {
		if _, err := fmt.Fprintf(w, "| %s | %s |\n", row[0], row[1]); err != nil {
			return err
		}
	}
	return nil
}

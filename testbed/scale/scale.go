// Package scale says how many processes, and what they cost, a number of daily users takes: from what one process was
// measured to need for a span and for a session, and from what users do.
package scale

import (
	"fmt"
	"io"
	"math"
	"time"
)

// Measured is what `eval replicas` and the benchmarks of testbed/RESULTS.md found.
type Measured struct {
	GatewaySeconds  float64 // processor time of a gateway for a span: correlated, counted, stored, exported
	BalancerSeconds float64 // processor time of a balancer for a span: received, joined, stored, sent on
	RedisSeconds    float64 // processor time of all Redis servers for a span
	IdleBytes       float64 // resident memory of a process that does nothing, or waits
	SessionBytes    float64 // memory of an open session in a gateway, the garbage of its heap included
	StoredBytes     float64 // memory of an open session on a Redis master
	SpanBytes       float64 // memory of a gateway for each span a second
	StoredSpanBytes float64 // memory of Redis for each span a second: the journals of the last minutes and the queue
}

// Use is what users do.
type Use struct {
	VisitsPerDay  float64 // of a user
	PagesPerVisit float64
	SpansPerPage  float64
	Visit, Idle   time.Duration // a session is open for both
	Busiest       float64       // the busiest hour, as a multiple of the average one
}

// Machine is what processes run on and what that costs.
type Machine struct {
	CoresPerProcess float64
	Utilisation     float64 // of them at the busiest hour
	SessionsPerUnit float64 // most sessions of one gateway: limits::sessions
	CoreHour        float64 // price
	GiBHour         float64 // price of memory
}

// Row is what a number of daily users takes.
type Row struct {
	Users     float64
	SpansPeak float64 // a second, in the busiest hour
	Sessions  float64 // open at once
	Gateways  int     // shards; as many processes wait
	Balancers int
	Masters   int     // of Redis, each with a replica
	Cores     float64 // busy in the busiest hour
	GiB       float64
	PerMonth  float64 // price
}

const (
	hoursPerMonth  = 730
	secondsPerDay  = 86400
	redisCore      = 0.5      // of the one core that a Redis master uses for commands
	redisMaxMemory = 16 << 30 // of one master, so that a copy for a new replica takes seconds
)

// Defaults are a public service's: three visits in two days, fifteen pages of ten spans each, half an hour until a session
// ends, and a busiest hour thrice the average.
func Defaults() (Measured, Use, Machine) {
	return Measured{
			GatewaySeconds: 22.4e-6, BalancerSeconds: 17.9e-6, RedisSeconds: 6.4e-6,
			IdleBytes: 135 << 20, SessionBytes: 1000, StoredBytes: 500, SpanBytes: 24 << 10, StoredSpanBytes: 40 << 10,
		}, Use{
			VisitsPerDay: 1.5, PagesPerVisit: 15, SpansPerPage: 10, Visit: 8 * time.Minute, Idle: 30 * time.Minute, Busiest: 3,
		}, Machine{
			CoresPerProcess: 2, Utilisation: 0.5, SessionsPerUnit: 200_000, CoreHour: 0.04, GiBHour: 0.005,
		}
}

// Plan says what a number of daily users takes. One process alone, with files instead of Redis and nothing in front, does
// where one is enough and may be away while it starts again: redundant asks for more from the start.
func Plan(users float64, m Measured, u Use, on Machine, redundant bool) Row {
	visits := users * u.VisitsPerDay / secondsPerDay * u.Busiest // a second
	row := Row{Users: users, SpansPeak: visits * u.PagesPerVisit * u.SpansPerPage}
	row.Sessions = visits * (u.Visit + u.Idle).Seconds()
	capacity := on.CoresPerProcess * on.Utilisation
	gatewayCores := row.SpansPeak * m.GatewaySeconds
	row.Gateways = atLeast(1, gatewayCores/capacity, row.Sessions/on.SessionsPerUnit)
	row.Cores = gatewayCores
	memory := row.Sessions*m.SessionBytes + row.SpansPeak*m.SpanBytes + float64(row.Gateways)*m.IdleBytes
	if row.Gateways > 1 || redundant {
		balancerCores, redisCores := row.SpansPeak*m.BalancerSeconds, row.SpansPeak*m.RedisSeconds
		row.Gateways = max(2, row.Gateways)
		row.Balancers = atLeast(2, balancerCores/capacity)
		stored := row.Sessions*m.StoredBytes + row.SpansPeak*m.StoredSpanBytes
		row.Masters = atLeast(3, redisCores/2/redisCore, stored/redisMaxMemory)
		row.Cores += balancerCores + redisCores
		memory = row.Sessions*m.SessionBytes + 2*row.SpansPeak*m.SpanBytes + 2*stored +
			float64(2*row.Gateways+row.Balancers)*m.IdleBytes
	}
	row.GiB = memory / (1 << 30)
	row.PerMonth = hoursPerMonth * (row.Cores/on.Utilisation*on.CoreHour + row.GiB*on.GiBHour)
	return row
}

// Full is the plan of as many daily users as a number of gateways serves, each with one that waits.
func Full(gateways int, m Measured, u Use, on Machine) Row {
	perUser := Plan(1, m, u, on, true)
	users := min(on.CoresPerProcess*on.Utilisation/(perUser.SpansPeak*m.GatewaySeconds), on.SessionsPerUnit/perUser.Sessions)
	return Plan(math.Floor(users*float64(gateways)), m, u, on, true)
}

// atLeast is the greatest of some needs, in whole units.
func atLeast(least int, needs ...float64) int {
	for _, need := range needs {
		least = max(least, int(math.Ceil(need)))
	}
	return least
}

// Print writes what 10³ to 10⁸ daily users take, and what 2, 10 and 100 gateways serve and cost.
func Print(w io.Writer, m Measured, u Use, on Machine) error {
	if err := printUsers(w, m, u, on); err != nil {
		return err
	}
	return printGateways(w, m, u, on)
}

func printGateways(w io.Writer, m Measured, u Use, on Machine) error {
	if _, err := fmt.Fprintln(w, "\n| gateways (as many wait) | spans/s | daily users | balancers | Redis masters (as many replicas) | "+
		"cores busy | memory | a month | a month and gateway |\n|---|---|---|---|---|---|---|---|---|"); err != nil {
		return err
	}
	for _, gateways := range []int{2, 10, 100} {
		row := Full(gateways, m, u, on)
		if _, err := fmt.Fprintf(w, "| %d | %.0f | %.2g | %d | %d | %.2f | %.1f GiB | %.2f | %.2f |\n", row.Gateways, row.SpansPeak, row.Users,
			row.Balancers, row.Masters, row.Cores, row.GiB, row.PerMonth, row.PerMonth/float64(gateways)); err != nil {
			return err
		}
	}
	return nil
}

// printUsers has one process alone where that is enough, and redundant plans.
func printUsers(w io.Writer, m Measured, u Use, on Machine) error {
	if _, err := fmt.Fprintln(w, "| daily users | spans/s, busiest hour | sessions open | gateways (as many wait) | balancers | "+
		"Redis masters (as many replicas) | cores busy | memory | a month | a month and a million users |\n"+
		"|---|---|---|---|---|---|---|---|---|---|"); err != nil {
		return err
	}
	for _, redundant := range []bool{false, true} {
		for power := 3; power <= 8; power++ {
			users := math.Pow10(power)
			row := Plan(users, m, u, on, redundant)
			if row.Balancers > 0 != redundant {
				continue
			}
			name := fmt.Sprintf("10^%d", power)
			if !redundant {
				name += ", one process"
			}
			if _, err := fmt.Fprintf(w, "| %s | %.0f | %.0f | %d | %d | %d | %.2f | %.1f GiB | %.2f | %.2f |\n", name, row.SpansPeak, row.Sessions,
				row.Gateways, row.Balancers, row.Masters, row.Cores, row.GiB, row.PerMonth, row.PerMonth/users*1e6); err != nil {
				return err
			}
		}
	}
	return nil
}

package simulate

// Toll is what the planted troubles cost so far: the truth that an estimate of it can be held against.
type Toll struct {
	Visits int     // in which an order failed
	Users  int     // logged in whose order failed
	Orders int     // that failed
	Value  float64 // of them, KRW
}

// toll counts what a Toll sums up.
type toll struct {
	visits map[uint64]struct{}
	users  map[string]struct{}
	orders int
	value  float64
}

func newToll() toll { return toll{visits: map[uint64]struct{}{}, users: map[string]struct{}{}} }

func (t *toll) add(x *exchange) {
	t.visits[x.v.number] = struct{}{}
	if x.v.loggedInAs != "" {
		t.users[x.v.loggedInAs] = struct{}{}
	}
	t.orders++
	t.value += x.amount
}

// Toll returns what failures have cost so far.
func (g *Generator) Toll() Toll {
	return Toll{Visits: len(g.toll.visits), Users: len(g.toll.users), Orders: g.toll.orders, Value: g.toll.value}
}

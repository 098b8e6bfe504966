package session

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/identity"
)

// record is what a journal would keep: the latest value of a kind and key.
type record struct {
	kind       RecordKind
	key, value []byte
}

// journal keeps the latest records, as the component's does.
type journal map[string]record

func (j journal) put(kind RecordKind, key, value []byte) uint64 {
	name := string(byte(kind)) + string(key)
	if len(value) == 0 {
		delete(j, name)
	} else {
		j[name] = record{kind, bytes.Clone(key), bytes.Clone(value)}
	}
	return 1
}

func (j journal) sorted() []record {
	return slices.SortedFunc(maps.Values(j), func(a, b record) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), bytes.Compare(a.key, b.key))
	})
}

// restored builds a table from the journal alone.
func (j journal) restored(tb testing.TB, cfg Config) *Table {
	tb.Helper()
	table := NewTable(cfg)
	table.Track(true)
	linked := false
	for _, r := range j.sorted() {
		if r.kind > RecordSession && !linked {
			table.Relink()
			linked = true
		}
		require.NoError(tb, table.Restore(1, r.kind, r.key, r.value, time.Time{}))
	}
	if !linked {
		table.Relink()
	}
	return table
}

// step is one item of a stream, by what it shows; made anew each time it is played, for tables keep what they learn.
type step struct {
	kind     Kind
	trace    int
	at, took time.Duration
	child    bool
	evidence identity.Evidence
	act      Act
	page     string
	place    string
}

// stream makes a random day at a shop: visits with and without a browser, cookies that change, log-ins and log-outs,
// floods, pauses that end visits, items out of order within the lateness, second copies.
func stream(seed uint64, n int) []step {
	random := rand.New(rand.NewPCG(seed, 1))
	steps := make([]step, 0, 3*n)
	now := time.Duration(0)
	for i := range n {
		now += time.Duration(random.IntN(20_000)) * time.Millisecond
		if random.IntN(60) == 0 {
			now += 40 * time.Minute
		}
		who := random.IntN(6)
		cookie := identity.Token{Name: "JSESSIONID", Value: fmt.Sprintf("J%d.%d", who, now/time.Hour)}
		web := step{
			kind: KindServer, trace: i, at: now, took: time.Duration(random.IntN(500)) * time.Millisecond,
			place: "nginx", page: fmt.Sprint("/", random.IntN(5)),
			evidence: identity.Evidence{Presented: cookie, SessionSource: identity.SourceCookie, Credentials: true, Client: fmt.Sprint("192.0.2.", who)},
		}
		if random.IntN(3) > 0 {
			web.evidence.User = fmt.Sprint("user", who/2)
		}
		switch random.IntN(12) {
		case 0:
			web.act = ActLogout
		case 1:
			web.act = ActLogin
		case 2:
			web.act |= ActError
		case 3, 4, 5, 6:
			web.evidence.Presented, web.evidence.User, web.act = identity.Token{}, "", ActLogin|ActRefused
			web.evidence.Client = "192.0.2.99"
		}
		if who > 0 && web.act&ActRefused == 0 && random.IntN(3) > 0 {
			steps = append(steps, step{
				kind: KindClient, trace: i, at: now, took: time.Second, place: "browser",
				evidence: identity.Evidence{Session: fmt.Sprint("S", who), SessionSource: identity.SourceAttribute},
			})
			web.child = true
		}
		steps = append(steps, web, step{kind: KindInternal, trace: i, at: now, child: true, place: "was"})
		if random.IntN(10) == 0 {
			steps = append(steps, web) // a second copy
		}
	}
	return steps
}

// shuffled puts steps out of order, none by more than the lateness.
func shuffled(steps []step, seed uint64, lateness time.Duration) []step {
	random := rand.New(rand.NewPCG(seed, 2))
	type arriving struct {
		step
		arrives time.Duration
	}
	arrivals := make([]arriving, len(steps))
	for i, s := range steps {
		arrivals[i] = arriving{s, s.at + s.took + time.Duration(random.Int64N(int64(lateness)))}
	}
	slices.SortStableFunc(arrivals, func(a, b arriving) int { return cmp.Compare(a.arrives, b.arrives) })
	out := make([]step, len(steps))
	for i := range arrivals {
		out[i] = arrivals[i].step
	}
	return out
}

// play gives a step to a table and appends what happens.
func play(table *Table, i int, st *step, events []string) []string {
	it := Item{
		Trace: numbered(st.trace + 1), Kind: st.kind, Start: began.Add(st.at), End: began.Add(st.at + st.took),
		Span: SpanID{byte(st.kind) + 1, byte(st.trace >> 8), byte(st.trace)}, Act: st.act, Page: st.page,
		Place: table.Place(PlaceKey{Service: st.place}),
	}
	if st.child {
		it.Parent = SpanID{9}
	}
	evidence := st.evidence
	it.Evidence = &evidence
	table.Learn(&it, time.Time{})
	if table.Resolve(&it, &Identity{}) && table.cfg.Wait > 0 {
		table.Hold(&it, i)
	}
	table.Advance(time.Time{})
	return taken(table, events)
}

func taken(table *Table, events []string) []string {
	told, _ := table.Take()
	for i := range told {
		events = append(events, describe(&told[i])+" "+told[i].Session.User+told[i].Session.Previous)
	}
	return events
}

func finish(table *Table, events []string) []string {
	table.Finish(time.Time{})
	return taken(table, events)
}

func TestCheckpoint_CutAnywhere_RestoresTheUndisturbedTable(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed_", seed), func(t *testing.T) {
			t.Parallel()
			cfg := testConfig()
			cfg.Wait, cfg.FloodAttempts, cfg.LongAfter = 0, 8, time.Hour
			cfg.PromoteAfter = 0 // how long a cookie of nobody has been known is not kept
			steps := shuffled(stream(seed, 600), seed, cfg.Lateness)

			undisturbed := NewTable(cfg)
			var want []string
			for i := range steps {
				want = play(undisturbed, i, &steps[i], want)
			}
			want = finish(undisturbed, want)

			random := rand.New(rand.NewPCG(seed, 3))
			table, kept := NewTable(cfg), journal{}
			table.Track(true)
			var got []string
			for i := range steps {
				got = play(table, i, &steps[i], got)
				table.Checkpoint(kept.put)
				if random.IntN(40) == 0 {
					table = kept.restored(t, cfg)
					require.Empty(t, taken(table, nil), "restoring tells nothing")
				}
			}
			got = finish(table, got)
			// Looks at log-ins that are due at the same time may be taken in another order.
			slices.Sort(want)
			slices.Sort(got)
			require.Equal(t, want, got)
			assert.Equal(t, undisturbed.Stats().Started, table.Stats().Started)
			assert.Equal(t, undisturbed.Stats().Ended, table.Stats().Ended)
			assert.Equal(t, undisturbed.Stats().Durations, table.Stats().Durations)
		})
	}
}

func TestOrder_WithinTheLateness_ChangesNoSession(t *testing.T) {
	t.Parallel()
	for _, wait := range []time.Duration{0, 2 * time.Second} {
		for seed := range uint64(8) {
			cfg := testConfig()
			cfg.Wait = wait
			visits := make([]step, 0, 2000)
			random := rand.New(rand.NewPCG(seed, 4))
			now := time.Duration(0)
			for i := range 1000 {
				now += time.Duration(random.IntN(120_000)) * time.Millisecond
				visits = append(visits, step{
					kind: KindServer, trace: i, at: now,
					evidence: identity.Evidence{Session: fmt.Sprint("client", random.IntN(40)), SessionSource: identity.SourceAttribute},
				})
				if random.IntN(5) == 0 {
					visits = append(visits, visits[len(visits)-1])
				}
			}
			sessions := func(steps []step) []string {
				table := NewTable(cfg)
				var events []string
				for i := range steps {
					events = play(table, i, &steps[i], events)
				}
				events = finish(table, events)
				events = slices.DeleteFunc(events, func(e string) bool { return e[:4] != "end " })
				slices.Sort(events)
				return events
			}
			want := sessions(visits)
			require.Greater(t, len(want), 100)
			for order := range uint64(3) {
				require.Equal(t, want, sessions(shuffled(visits, order, cfg.Lateness)), "seed %d, order %d", seed, order)
			}
		}
	}
}

func TestCheckpoint_Keep_PutsWhatLivesInADroppedSegmentAgain(t *testing.T) {
	t.Parallel()
	table, first := NewTable(testConfig()), journal{}
	table.Track(true)
	steps := stream(1, 200)
	var events []string
	for i := range steps {
		events = play(table, i, &steps[i], events)
	}
	table.Checkpoint(first.put)
	second := journal{}
	table.Checkpoint(second.put)
	require.Empty(t, second, "nothing has changed")
	for _, r := range first {
		table.Keep(1, r.kind, r.key, r.value)
	}
	table.Checkpoint(second.put)
	counted := func(r record) bool { return r.kind == RecordCounted } // their chunks are numbered anew
	assert.Equal(t, slices.DeleteFunc(first.sorted(), counted), slices.DeleteFunc(second.sorted(), counted))
	for _, r := range first {
		table.Keep(99, r.kind, r.key, nil)
	}
	third := journal{}
	table.Checkpoint(third.put)
	assert.Empty(t, third, "a segment that holds nothing alive keeps nothing")
}

// sample is a journal with records of every kind.
func sample(tb testing.TB) []record {
	tb.Helper()
	cfg := testConfig()
	cfg.Lateness = time.Hour
	table, kept := NewTable(cfg), journal{}
	table.Track(true)
	steps := stream(7, 80)
	for i := range steps {
		play(table, i, &steps[i], nil)
	}
	table.Checkpoint(kept.put)
	records := kept.sorted()
	kinds := map[RecordKind]bool{}
	for _, r := range records {
		kinds[r.kind] = true
	}
	require.Len(tb, kinds, 5)
	return records
}

// damaged restores records, some damaged, and lives on for a while: it must neither panic nor hang.
func damaged(tb testing.TB, records []record) {
	tb.Helper()
	table := NewTable(testConfig())
	linked := false
	for _, r := range records {
		if r.kind > RecordSession && !linked {
			table.Relink()
			linked = true
		}
		_ = table.Restore(1, r.kind, r.key, r.value, time.Time{}) // refused or taken for what it is not
	}
	table.Relink()
	steps := stream(8, 20)
	for i := range steps {
		play(table, i, &steps[i], nil)
	}
	table.Finish(time.Time{})
	require.Zero(tb, table.Open())
}

func TestRestore_TornRecords_AreRefused(t *testing.T) {
	t.Parallel()
	records := sample(t)
	for i, r := range records {
		if r.kind == RecordCounted || i%7 != 0 && r.kind != RecordTotals {
			continue // a shorter list of hashes is a list of hashes
		}
		for cut := range r.value {
			torn := slices.Clone(records)
			torn[i].value = r.value[:cut]
			table := NewTable(testConfig())
			require.Error(t, table.Restore(1, r.kind, r.key, torn[i].value, time.Time{}), "kind %d cut at %d of %d", r.kind, cut, len(r.value))
			require.Zero(t, table.Open())
		}
	}
	require.Error(t, NewTable(testConfig()).Restore(1, 99, nil, nil, time.Time{}))
}

func TestRestore_FlippedBits_NeverPanicOrHang(t *testing.T) {
	t.Parallel()
	records := sample(t)
	random := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		flipped := slices.Clone(records)
		for range 1 + random.IntN(5) {
			r := &flipped[random.IntN(len(flipped))]
			r.value = bytes.Clone(r.value)
			r.value[random.IntN(len(r.value))] ^= 1 << random.IntN(8)
		}
		damaged(t, flipped)
	}
}

func FuzzRestore(f *testing.F) {
	records := sample(f)
	for _, r := range records {
		f.Add(byte(r.kind), r.key, r.value)
	}
	f.Fuzz(func(t *testing.T, kind byte, key, value []byte) {
		if len(value) > 1<<12 {
			return
		}
		mixed := append(slices.Clone(records), record{RecordKind(kind), key, value})
		slices.SortStableFunc(mixed, func(a, b record) int { return cmp.Compare(a.kind, b.kind) })
		damaged(t, mixed)
	})
}

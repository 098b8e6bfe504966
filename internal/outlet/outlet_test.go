package outlet

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumererror"
)

var errBusy = errors.New("busy")

// next is the consumer after an outlet, and the ear that the outlet reports to.
type next struct {
	mu      sync.Mutex
	err     error
	refuse  int // calls; negative: until told otherwise
	calls   [][]int
	reports map[string]int
	done    []int // parcels
}

func (n *next) send(_ context.Context, data []int) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.refuse != 0 {
		n.refuse--
		return n.err
	}
	n.calls = append(n.calls, data)
	return nil
}

func (n *next) report(items int, result string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.reports == nil {
		n.reports = map[string]int{}
	}
	n.reports[result] += items
}

func (n *next) recover() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.refuse = 0
}

// outlet returns an outlet to n with a limit of ten items.
func (n *next) outlet(change func(*Options[[]int])) *Outlet[[]int] {
	options := Options[[]int]{Limit: 10, LastChance: 5 * time.Second, Send: n.send, Report: n.report}
	change(&options)
	return New(options)
}

func joining(o *Options[[]int]) {
	o.Limit, o.Join = 2000, func(parts [][]int) []int { return slices.Concat(parts...) }
}

func growing(o *Options[[]int]) { o.Overflow = Grow }

func parcel(number, items int) Parcel[[]int] { return Parcel[[]int]{Data: []int{number}, Items: items} }

// owed is a parcel that a journal knows.
func (n *next) owed(number, items int) Parcel[[]int] {
	p := parcel(number, items)
	p.Done = func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.done = append(n.done, number)
	}
	return p
}

func TestOutlet_TroubleDownstream_RetriesUnlessPermanent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err   error
		want  map[string]int
		calls int
	}{
		"passes":    {errBusy, map[string]int{Retried: 21, Sent: 7}, 1},
		"permanent": {consumererror.NewPermanent(errBusy), map[string]int{Lost: 7}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := &next{refuse: 3, err: c.err}
				o := n.outlet(growing)
				o.Start()
				o.Put(n.owed(1, 7))
				time.Sleep(FirstRetry + 2*FirstRetry + 4*FirstRetry)
				synctest.Wait()
				assert.Equal(t, c.want, n.reports)
				assert.Equal(t, []int{1}, n.done)
				assert.Len(t, n.calls, c.calls)
				o.Flush(t.Context())
			})
		})
	}
}

func TestPut_SlowConsumer_DoesNotWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		n := &next{}
		o := n.outlet(func(o *Options[[]int]) {
			o.Overflow = Grow
			o.Send = func(ctx context.Context, data []int) error {
				<-release
				return n.send(ctx, data)
			}
		})
		o.Start()
		for i := range 100 {
			o.Put(parcel(i, 1))
		}
		close(release)
		o.Flush(t.Context())
		require.Len(t, n.calls, 100)
		for i, data := range n.calls {
			assert.Equal(t, []int{i}, data)
		}
	})
}

func TestPut_Full_DropOldestKeepsTheNewest(t *testing.T) {
	t.Parallel()
	n := &next{}
	o := n.outlet(func(o *Options[[]int]) { o.Overflow = DropOldest })
	for i := range 5 {
		o.Put(n.owed(i, 4))
	}
	assert.Equal(t, map[string]int{Lost: 12}, n.reports)
	assert.Equal(t, []int{0, 1, 2}, n.done, "given up for good")
	o.Flush(t.Context())
	assert.Equal(t, map[string]int{Lost: 12, Sent: 8}, n.reports)
	assert.Equal(t, [][]int{{3}, {4}}, n.calls)

	o = n.outlet(func(o *Options[[]int]) { o.Overflow = DropOldest })
	o.Put(parcel(5, 100))
	o.Flush(t.Context())
	assert.Equal(t, map[string]int{Lost: 12, Sent: 108}, n.reports, "one parcel always fits")
}

func TestPut_Full_RefuseKeepsTheOldest(t *testing.T) {
	t.Parallel()
	n := &next{}
	o := n.outlet(func(*Options[[]int]) {})
	for i := range 12 {
		o.Put(parcel(i, 1))
	}
	o.Put(n.owed(12, 1))
	assert.Equal(t, map[string]int{Lost: 2}, n.reports, "what is owed is not lost")
	assert.Empty(t, n.done, "and stays owed")
	o.Flush(t.Context())
	assert.Equal(t, map[string]int{Lost: 2, Sent: 10}, n.reports)
}

func TestPut_AfterFlush_IsRefused(t *testing.T) {
	t.Parallel()
	for _, overflow := range []Overflow{Refuse, DropOldest, Grow} {
		n := &next{}
		o := n.outlet(func(o *Options[[]int]) { o.Overflow = overflow })
		o.Start()
		o.Flush(t.Context())
		o.Put(parcel(1, 3))
		o.Put(n.owed(2, 3))
		assert.Equal(t, map[string]int{Lost: 3}, n.reports)
		assert.Empty(t, n.done)
	}
}

func TestJoin_ManyParcels_LeaveInFewCallsInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := &next{refuse: 2, err: errBusy}
		o := n.outlet(joining)
		var want []int
		for i := range maxJoined + 2 {
			o.Put(n.owed(i, 1))
			want = append(want, i)
		}
		o.Start()
		o.Put(n.owed(maxJoined+2, 1))
		time.Sleep(time.Second)
		synctest.Wait()
		want = append(want, maxJoined+2)
		require.Len(t, n.calls, 2)
		assert.Len(t, n.calls[0], maxJoined)
		assert.Equal(t, want, slices.Concat(n.calls...))
		assert.Equal(t, want, n.done)
		assert.Equal(t, map[string]int{Retried: 2 * maxJoined, Sent: maxJoined + 3}, n.reports)
		o.Flush(t.Context())
	})
}

func TestWait_Refused_ReturnsWhenAllIsSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := &next{refuse: -1, err: errBusy}
		o := n.outlet(growing)
		for i := range 20 {
			o.Put(parcel(i, 1))
		}
		require.NoError(t, o.Wait(t.Context()), "nothing leaves before Start")
		assert.True(t, o.Crowded())
		o.Start()
		o.Put(parcel(20, 1))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, o.Wait(ctx), context.DeadlineExceeded)

		n.recover()
		require.NoError(t, o.Wait(t.Context()))
		assert.Len(t, n.calls, 21, "none was dropped")
		o.Flush(t.Context())
	})
}

// What comes round to the outlet's own consumer must not wait for itself.
func TestWait_InsideSend_Returns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var o *Outlet[[]int]
		o = New(Options[[]int]{
			Limit: 10, Send: func(ctx context.Context, _ []int) error { return o.Wait(ctx) }, Report: func(int, string) {},
		})
		o.Start()
		o.Put(parcel(1, 1))
		require.NoError(t, o.Wait(t.Context()))
		o.Flush(t.Context())
	})
}

func TestWait_Flushed_Returns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := &next{refuse: -1, err: errBusy}
		o := n.outlet(growing)
		o.Start()
		for i := range 20 {
			o.Put(parcel(i, 1))
		}
		returned := make(chan error)
		go func() { returned <- o.Wait(t.Context()) }()
		synctest.Wait()
		o.Flush(t.Context())
		assert.NoError(t, <-returned)
	})
}

func TestFlush_NextRefuses_GivesUpInTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(*Options[[]int])
		limit   time.Duration
		retried int
	}{
		"last_chance": {growing, 5*time.Second + LastRetry, 0},
		"once":        {func(o *Options[[]int]) { o.LastChance = 0 }, 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := &next{refuse: -1, err: errBusy}
				o := n.outlet(c.change)
				o.Put(parcel(1, 2))
				o.Put(n.owed(2, 3))
				began := time.Now()
				o.Flush(t.Context())
				assert.LessOrEqual(t, time.Since(began), c.limit)
				assert.Equal(t, 2, n.reports[Lost], "what is owed is sent after the restart")
				assert.Empty(t, n.done)
				if c.retried > 0 {
					assert.Equal(t, c.retried, n.reports[Retried], "the first parcel, once")
				}
			})
		})
	}
}

func TestFlush_WhileRetrying_SendsTheRestInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := &next{refuse: -1, err: errBusy}
		o := n.outlet(joining)
		o.Start()
		o.Put(parcel(0, 1))
		synctest.Wait()
		o.Put(parcel(1, 1))
		n.recover()
		o.Flush(t.Context())
		assert.Equal(t, [][]int{{0, 1}}, n.calls)
		assert.Equal(t, 2, n.reports[Sent])
		o.Flush(t.Context())
	})
}

func TestPut_ManyAtOnce_EachOnce(t *testing.T) {
	t.Parallel()
	n := &next{}
	o := n.outlet(joining)
	o.Start()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 400 {
				o.Put(n.owed(i, 1))
				_ = o.Crowded()
			}
		})
	}
	wg.Wait()
	o.Flush(t.Context())
	assert.Equal(t, map[string]int{Sent: 1600}, n.reports)
	assert.Len(t, n.done, 1600)
}

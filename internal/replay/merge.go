package replay

import (
	"container/heap"
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/braidotel/braid/internal/otlpsend"
)

// lookahead is how many lines of a file are decoded ahead of the merge.
const lookahead = 8

// Options of a replay. The zero value replays everything as it is.
type Options struct {
	// From and To keep only events in [From, To), in the files' own time; zero does not bound.
	From, To time.Time
	// Shift moves every time stamp.
	Shift time.Duration
	// BadLine is called with each line that cannot be decoded, and the replay goes on; nil ends it with the error.
	BadLine func(*LineError)
}

// Batches yields the batches of all files in order of time. It ends with the first error.
func Batches(ctx context.Context, files []string, options Options) iter.Seq2[Batch, error] {
	return merged(ctx, files, options, func(b *Batch) (Batch, error) { return *b, nil })
}

// Requests is [Batches], marshalled for sending, each with its time. Marshalling is part of the parallel work.
func Requests(ctx context.Context, files []string, options Options) iter.Seq2[otlpsend.Request, error] {
	return merged(ctx, files, options, (*Batch).Request)
}

// job is one line on its way through a worker. The fields after done are set when done is closed.
type job[T any] struct {
	line   *[]byte // pooled
	number int
	done   chan struct{}
	latest time.Time
	items  int
	result T
	err    error
}

// queue is one file's lines in their order.
type queue[T any] struct {
	file  *file
	order int
	jobs  chan *job[T]
	head  *job[T]
}

// merger shares the decoding of all files among a few workers.
type merger[T any] struct {
	options Options
	finish  func(*Batch) (T, error)
	work    chan *job[T]
	buffers sync.Pool
}

func merged[T any](ctx context.Context, files []string, options Options, finish func(*Batch) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		queues, err := openAll[T](files)
		if err != nil {
			yield(zero, err)
			return
		}
		m := &merger[T]{options: options, finish: finish, work: make(chan *job[T])}
		ctx, cancel := context.WithCancel(ctx)
		wait := m.start(ctx, queues)
		defer wait()
		defer cancel()
		for j, err := range m.inOrder(ctx, queues) {
			if err != nil {
				yield(zero, err)
				return
			}
			if j.items > 0 && !yield(j.result, nil) {
				return
			}
		}
	}
}

func openAll[T any](files []string) ([]*queue[T], error) {
	var queues []*queue[T]
	for i, name := range files {
		f, err := open(name)
		if err != nil {
			for _, q := range queues {
				err = errors.Join(err, q.file.close())
			}
			return nil, err
		}
		queues = append(queues, &queue[T]{file: f, order: i, jobs: make(chan *job[T], lookahead)})
	}
	return queues, nil
}

// start begins reading and decoding; the function it returns waits until all of it has ended.
func (m *merger[T]) start(ctx context.Context, queues []*queue[T]) (wait func()) {
	var readers, workers sync.WaitGroup
	for _, q := range queues {
		readers.Go(func() { m.read(ctx, q) })
	}
	for range runtime.GOMAXPROCS(0) {
		workers.Go(m.decode)
	}
	workers.Go(func() {
		readers.Wait()
		close(m.work)
	})
	return workers.Wait
}

// read queues a file's lines and offers them to the workers. A line is always offered once queued: whoever takes it from
// the queue may rely on done.
func (m *merger[T]) read(ctx context.Context, q *queue[T]) {
	defer close(q.jobs)
	defer func() { _ = q.file.close() }() // opened for reading: nothing can be lost
	for line := q.file.next(); line != nil; line = q.file.next() {
		buffer, _ := m.buffers.Get().(*[]byte)
		if buffer == nil {
			buffer = new([]byte)
		}
		*buffer = append((*buffer)[:0], line...)
		j := &job[T]{line: buffer, number: q.file.number, done: make(chan struct{})}
		select {
		case q.jobs <- j:
			m.work <- j
		case <-ctx.Done():
			return
		}
	}
}

func (m *merger[T]) decode() {
	for j := range m.work {
		m.decodeOne(j)
		close(j.done)
	}
}

func (m *merger[T]) decodeOne(j *job[T]) {
	b, err := Decode(*j.line)
	m.buffers.Put(j.line)
	j.line = nil
	if err != nil {
		j.err = err
		return
	}
	b.Trim(m.options.From, m.options.To)
	b.Shift(m.options.Shift)
	j.latest, j.items = b.Latest, b.Items
	if b.Items > 0 {
		j.result, j.err = m.finish(&b)
	}
}

// inOrder yields decoded lines, always the earliest of those the files would give next.
func (m *merger[T]) inOrder(ctx context.Context, queues []*queue[T]) iter.Seq2[*job[T], error] {
	return func(yield func(*job[T], error) bool) {
		var heads byTime[T]
		for _, q := range queues {
			if ok, err := m.advance(ctx, q); err != nil {
				yield(nil, err)
				return
			} else if ok {
				heads = append(heads, q)
			}
		}
		heap.Init(&heads)
		for len(heads) > 0 {
			q := heads[0]
			if !yield(q.head, nil) {
				return
			}
			ok, err := m.advance(ctx, q)
			switch {
			case err != nil:
				yield(nil, err)
				return
			case ok:
				heap.Fix(&heads, 0)
			default:
				heap.Pop(&heads)
			}
		}
	}
}

// advance waits for the file's next good line; ok is false at its end.
func (m *merger[T]) advance(ctx context.Context, q *queue[T]) (ok bool, err error) {
	for j := range q.jobs {
		<-j.done
		if j.err == nil {
			q.head = j
			return true, nil
		}
		bad := &LineError{File: q.file.name, Line: j.number, Err: j.err}
		if m.options.BadLine == nil {
			return false, bad
		}
		m.options.BadLine(bad)
	}
	if err := context.Cause(ctx); err != nil {
		return false, err
	}
	return false, q.file.failure
}

// byTime orders files by their head's time, equal ones as they were named.
type byTime[T any] []*queue[T]

func (h byTime[T]) Len() int { return len(h) }
func (h byTime[T]) Less(i, j int) bool {
	if c := compare(h[i].head.latest, h[j].head.latest); c != 0 {
		return c < 0
	}
	return h[i].order < h[j].order
}
func (h byTime[T]) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *byTime[T]) Push(x any)   { *h = append(*h, x.(*queue[T])) }
func (h *byTime[T]) Pop() any {
	last := len(*h) - 1
	q := (*h)[last]
	*h = slices.Delete(*h, last, last+1)
	return q
}

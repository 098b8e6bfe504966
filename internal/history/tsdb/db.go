package tsdb

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/tsdbutil"
	"github.com/prometheus/prometheus/util/compression"

	"github.com/braidotel/braid/internal/history"
)

// Options configure a DB. Zero values take the defaults.
type Options struct {
	// Retention is how long raw samples are kept. Default 31 days.
	Retention time.Duration
	// MaxBytes bounds the raw samples' blocks on disk; the oldest go first. Default 8 GiB.
	MaxBytes int64
	// Rollups are the intervals that are kept for longer views, ascending. Default DefaultRollups.
	Rollups []Rollup
	// OutOfOrder is how far behind the newest sample others may be. Default Retention, and never more: so a month can be
	// replayed beside live data.
	OutOfOrder time.Duration
	// MaxSkew is how far ahead of the clock a sample may be; one wrong clock must not make everybody else late.
	// Default 10 minutes.
	MaxSkew time.Duration
	// MaxSeries bounds the series written to lately; samples of further ones are refused. Default 200,000: some 6 KiB each.
	MaxSeries int
	// MaxQuerySamples bounds what one query loads. Default 20 million.
	MaxQuerySamples int
	// QueryTimeout ends queries. Default 20 seconds.
	QueryTimeout time.Duration
	// Promote are the resource attributes that become labels. Default DefaultPromoted.
	Promote []string
	Logger  *slog.Logger
}

// Rollup is an interval for which aggregates are kept.
type Rollup struct {
	Interval  time.Duration // divides two hours
	Retention time.Duration
}

// DefaultRollups keep a minute for a month and a half, five for half a year, an hour for more than two years.
func DefaultRollups() []Rollup {
	const day = 24 * time.Hour
	return []Rollup{{time.Minute, 45 * day}, {5 * time.Minute, 180 * day}, {time.Hour, 800 * day}}
}

// DefaultPromoted are the resource attributes that services, hosts, pods and regions are joined on.
func DefaultPromoted() []string {
	return []string{
		"service.name", "service.namespace", "host.name", "k8s.namespace.name", "k8s.pod.name", "k8s.node.name",
		"deployment.environment.name", "cloud.region", "braid.region", "braid.tenant",
	}
}

func (o *Options) setDefaults() {
	def(&o.Retention, 31*24*time.Hour)
	def(&o.MaxBytes, 8<<30)
	def(&o.OutOfOrder, o.Retention)
	o.OutOfOrder = min(o.OutOfOrder, o.Retention)
	def(&o.MaxSkew, 10*time.Minute)
	def(&o.MaxSeries, 200_000)
	def(&o.MaxQuerySamples, 20_000_000)
	def(&o.QueryTimeout, 20*time.Second)
	if o.Rollups == nil {
		o.Rollups = DefaultRollups()
	}
	if o.Promote == nil {
		o.Promote = DefaultPromoted()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Logger = quiet(o.Logger)
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// DB is an embedded time series database. It is safe for concurrent use.
type DB struct {
	dir       string
	options   Options
	locker    *tsdbutil.DirLocker
	raw       *tsdb.DB
	gate      *gate
	compactor compactor
	tiers     []*tier
	engine    *promql.Engine
	convert   converter
	deltas    *deltas

	rolling sync.Mutex  // held while rolling up
	damaged atomic.Bool // a block could not be read since the last look

	mu    sync.Mutex // guards the rest
	roll  rollState
	fresh map[int64]bool // stale windows that were written to since they were last looked at
}

// tier is a rollup's own database. Nothing is appended to it: blocks are put into its directory.
type tier struct {
	Rollup
	db *tsdb.DB
}

const (
	window  = 2 * time.Hour // what is rolled up at once, and the raw database's smallest block
	windowM = int64(window / time.Millisecond)
)

// Open opens or creates the database in a directory. Its errors have history.ErrUnavailable in their chain.
func Open(dir string, o Options) (_ *DB, err error) {
	o.setDefaults()
	for _, r := range o.Rollups {
		if r.Interval < time.Second || window%r.Interval != 0 {
			return nil, fmt.Errorf("rollup interval %s: must divide %s", r.Interval, window)
		}
	}
	d := &DB{dir: dir, options: o, fresh: map[int64]bool{}, convert: newConverter(o.Promote), deltas: newDeltas(o.MaxSeries)}
	defer func() {
		if err != nil {
			_ = d.Close()
			err = fmt.Errorf("opening %s: %w: %w", dir, history.ErrUnavailable, err)
		}
	}()
	if err := os.MkdirAll(dir, 0o750); err != nil { //nolint:gosec // the configured directory
		return nil, err
	}
	for _, step := range []func() error{d.lock, d.room, d.readRollState, d.openRaw} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	for _, r := range o.Rollups {
		tierDir := filepath.Join(dir, "rollup-"+r.Interval.String())
		if err := d.setBlocksAside(tierDir); err != nil {
			return nil, err
		}
		db, err := tsdb.Open(tierDir, o.Logger, nil, tierOptions(r), nil)
		if err != nil {
			return nil, err
		}
		d.tiers = append(d.tiers, &tier{Rollup: r, db: db})
	}
	d.engine = promql.NewEngine(promql.EngineOpts{
		Logger: o.Logger, MaxSamples: o.MaxQuerySamples, Timeout: o.QueryTimeout, LookbackDelta: lookback,
		EnableAtModifier: true, EnableNegativeOffset: true, Parser: parser.NewParser(parser.Options{}),
		NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
	})
	return d, nil
}

func (d *DB) rawOptions() *tsdb.Options {
	o := tsdb.DefaultOptions()
	o.RetentionDuration = d.options.Retention.Milliseconds()
	o.MaxBytes = d.options.MaxBytes
	o.MinBlockDuration = windowM
	// A block is deleted whole: a tenth of the retention at most, as Prometheus has it.
	o.MaxBlockDuration = max(windowM, min(31*24*time.Hour, d.options.Retention/10).Milliseconds())
	o.OutOfOrderTimeWindow = d.options.OutOfOrder.Milliseconds()
	o.NoLockfile = true
	o.EnableSTAsZeroSample = true // a counter's first value counts from when it began
	o.WALCompression = compression.Snappy
	o.WALSegmentSize = 16 << 20
	o.StripeSize = 2048
	o.HeadChunksWriteBufferSize = 1 << 20
	o.BlockReloadInterval = 5 * time.Second // until then a block that was set aside is still asked
	return o
}

func tierOptions(r Rollup) *tsdb.Options {
	o := tsdb.DefaultOptions()
	o.RetentionDuration = r.Retention.Milliseconds()
	o.MinBlockDuration = windowM
	o.MaxBlockDuration = max(windowM, min(31*24*time.Hour, r.Retention/10).Milliseconds())
	o.NoLockfile = true
	o.WALSegmentSize = -1 // nothing is appended
	o.StripeSize = 64
	o.HeadChunksWriteBufferSize = 64 << 10
	o.EnableOverlappingCompaction = true
	o.BlockReloadInterval = time.Second // its shortest: rolling up waits for it
	return o
}

// Series is the number of series written to lately.
func (d *DB) Series() int { return int(d.raw.Head().NumSeries()) }

// Bytes is the size on disk of all blocks.
func (d *DB) Bytes() int64 {
	var n int64
	for _, b := range d.raw.Blocks() {
		n += b.Size()
	}
	for _, t := range d.tiers {
		for _, b := range t.db.Blocks() {
			n += b.Size()
		}
	}
	return n
}

// Close closes the database. Everything acknowledged is in its write-ahead log.
func (d *DB) Close() error {
	var errs []error
	if d.raw != nil {
		errs = append(errs, d.raw.Close())
	}
	for _, t := range d.tiers {
		errs = append(errs, t.db.Close())
	}
	if d.engine != nil {
		errs = append(errs, d.engine.Close())
	}
	if d.locker != nil {
		errs = append(errs, d.locker.Release())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("closing %s: %w", d.dir, err)
	}
	return nil
}

// span is what a database holds: the times of its first and last sample, or an empty interval.
func span(db *tsdb.DB) (from, to int64) {
	from, to = math.MaxInt64, math.MinInt64
	for _, b := range db.Blocks() {
		m := b.Meta()
		from, to = min(from, m.MinTime), max(to, m.MaxTime-1)
	}
	h := db.Head()
	if h.NumSeries() > 0 && h.MinTime() <= h.MaxTime() {
		from, to = min(from, h.MinTime()), max(to, h.MaxTime())
	}
	if h.NumSeries() > 0 && h.MinOOOTime() <= h.MaxOOOTime() && h.MaxOOOTime() > 0 {
		from, to = min(from, h.MinOOOTime()), max(to, h.MaxOOOTime())
	}
	return from, to
}

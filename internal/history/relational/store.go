package relational

import (
	"context"
	"time"

	"github.com/braidotel/braid/internal/history"
)

// Limits bound what one key may gather. Zero takes the default.
type Limits struct {
	// TracesPerOperation is the most traces kept of one operation of one service in an hour, slow and failed apart.
	TracesPerOperation int
	// SpansPerTrace is the most spans kept of one trace.
	SpansPerTrace int
	// FramesPerSketch is the most different frames kept of one bucket of one key.
	FramesPerSketch int
}

// Store is a history.Store on a DB.
type Store struct {
	db     DB
	limits Limits
}

var _ history.Store = (*Store)(nil)

// New returns a store on a database whose tables exist.
func New(db DB, limits Limits) *Store {
	orDefault := func(n *int, d int) {
		if *n <= 0 {
			*n = d
		}
	}
	orDefault(&limits.TracesPerOperation, 20)
	orDefault(&limits.SpansPerTrace, 2_000)
	orDefault(&limits.FramesPerSketch, 32)
	return &Store{db: db, limits: limits}
}

// Close implements history.Store.
func (s *Store) Close() error { return s.db.Close() }

// pruneStep is how many rows are deleted in one transaction, so that writers wait for milliseconds.
const pruneStep = 2_000

// Prune implements history.Store. Spans go with their trace.
func (s *Store) Prune(ctx context.Context, r history.Retention, now time.Time) (int64, error) {
	var pruned int64
	for _, kind := range history.Kinds() {
		keep := r[kind]
		if keep <= 0 {
			continue
		}
		newest, err := s.newest(ctx, kind)
		if err != nil {
			return pruned, err
		}
		before := min(newest, nanos(now)) - int64(keep)
		for {
			n, err := s.db.Apply(ctx, pruneStatements(kind, before))
			if err != nil {
				return pruned, err
			}
			pruned += n
			if n == 0 {
				break
			}
		}
	}
	return pruned, nil
}

// newest is the time of a kind's newest record. Age counts from there: recorded data that is replayed years later is not
// old on arrival, and a store that nothing is written to keeps what it has.
func (s *Store) newest(ctx context.Context, kind history.Kind) (int64, error) {
	query, args := "", []any(nil)
	switch kind {
	case history.KindSession:
		query = "SELECT COALESCE(max(last), 0) FROM sessions"
	case history.KindSketch:
		query = "SELECT COALESCE(max(started), 0) FROM sketches"
	case history.KindTrace:
		query = "SELECT COALESCE(max(at), 0) FROM traces"
	case history.KindReport:
		query = "SELECT COALESCE(max(at), 0) FROM reports"
	case history.KindApproval:
		query = "SELECT COALESCE(max(proposed), 0) FROM actions"
	case history.KindAudit:
		query = "SELECT COALESCE(max(at), 0) FROM audits"
	default:
		query, args = "SELECT COALESCE(max(at), 0) FROM events WHERE kind = $1", []any{string(kind)}
	}
	var at int64
	err := s.db.Query(ctx, query, args, func(scan func(...any) error) error { return scan(&at) })
	return at, err
}

func pruneStatements(kind history.Kind, before int64) []Statement {
	chunk := func(sql string, args ...any) []Statement {
		return []Statement{{sql, append(args, int64(pruneStep))}}
	}
	switch kind {
	case history.KindSession:
		return chunk(`DELETE FROM sessions WHERE (tenant, id) IN (SELECT tenant, id FROM sessions WHERE last < $1 LIMIT $2)`, before)
	case history.KindSketch:
		return chunk(`DELETE FROM sketches WHERE (tenant, identity, key, tier, started, hash) IN
 (SELECT tenant, identity, key, tier, started, hash FROM sketches WHERE started < $1 LIMIT $2)`, before)
	case history.KindTrace:
		const old = `(SELECT tenant, id FROM traces WHERE at < $1 ORDER BY tenant, id LIMIT $2)`
		return []Statement{
			{`DELETE FROM spans WHERE (tenant, trace) IN ` + old, []any{before, int64(100)}},
			{`DELETE FROM traces WHERE (tenant, id) IN ` + old, []any{before, int64(100)}},
		}
	case history.KindReport:
		return chunk(`DELETE FROM reports WHERE (tenant, id) IN (SELECT tenant, id FROM reports WHERE at < $1 LIMIT $2)`, before)
	case history.KindApproval:
		return chunk(`DELETE FROM actions WHERE (tenant, id) IN (SELECT tenant, id FROM actions WHERE proposed < $1 LIMIT $2)`, before)
	case history.KindAudit:
		return chunk(`DELETE FROM audits WHERE (tenant, id) IN (SELECT tenant, id FROM audits WHERE at < $1 LIMIT $2)`, before)
	default:
		return chunk(`DELETE FROM events WHERE (tenant, kind, id) IN
 (SELECT tenant, kind, id FROM events WHERE kind = $1 AND at < $2 AND until < $2 LIMIT $3)`, string(kind), before)
	}
}

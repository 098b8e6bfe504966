package server

import (
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/action/desk"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/relational"
	"github.com/braidotel/braid/internal/history/sqlite"
	"github.com/braidotel/braid/internal/query"
)

// office is the API over the real service, with a cluster that counts what is done to it.
type office struct {
	*bench
	engine *query.Engine
	now    atomic.Int64
	done   atomic.Int32
}

type provider struct {
	history.Provider
	records history.Store
}

func (p provider) Records() history.Store { return p.records }

func (provider) Metrics(history.Tenant) history.Metrics { return noFigures{} }

type noFigures struct{ history.Metrics }

func (noFigures) Query(context.Context, string, time.Time) (history.Result, error) {
	return history.Result{}, nil
}

func (noFigures) LabelNames(context.Context, []string, history.Window) ([]string, error) {
	return nil, nil
}

func (noFigures) LabelValues(context.Context, string, []string, history.Window) ([]string, error) {
	return nil, nil
}

func (noFigures) Series(context.Context, []string, history.Window, int) (history.Page[map[string]string], error) {
	return history.Page[map[string]string]{}, nil
}

// Resolve, Execute and Look make the office a cluster in which everything has three replicas.
func (*office) Resolve(_ context.Context, _ string, s *action.Service, r action.Order) (action.Arguments, error) {
	return action.Scale{Workload: s.Workload, From: 3, To: r.To(3)}, nil
}

func (o *office) Execute(context.Context, *action.Proposal) (string, error) {
	o.done.Add(1)
	return "done", nil
}

func (*office) Look(context.Context, *action.Proposal) (string, error) { return "", nil }

func newOffice(t *testing.T, change func(*action.Policy)) *office {
	t.Helper()
	db, _, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "records.db"), sqlite.Options{NoSync: true})
	require.NoError(t, err)
	store := relational.New(db, relational.Limits{})
	o := &office{}
	o.now.Store(time.Date(2026, 11, 18, 3, 0, 0, 0, time.UTC).UnixNano())
	policy := action.DefaultPolicy()
	if change != nil {
		change(&policy)
	}
	var services []action.Service
	for _, tenant := range []string{"shop", "bank"} {
		services = append(services, action.Service{Name: "payment", Tenant: tenant, Workload: action.Workload{Namespace: tenant, Type: action.Deployment, Name: "payment"}})
	}
	o.engine, err = query.New(query.Options{
		Provider: provider{records: store}, Clock: func() time.Time { return time.Unix(0, o.now.Load()) },
		Deadline: time.Minute, // on a busy machine
		Actions:  desk.Options{Policy: policy, Services: services, Executors: map[action.Kind]action.Executor{action.ScaleWorkload: o}},
	})
	require.NoError(t, err)
	o.bench = newBench(t, everything, func(options *Options) {
		options.Service = o.engine
		options.Caller = func(ctx context.Context) (query.Caller, error) {
			if c, ok := ctx.Value(askerKey{}).(query.Caller); ok {
				return c, nil
			}
			return query.Caller{}, query.ErrForbidden
		}
	})
	// Who asks stands in a header, as an authenticator would read it from the credentials.
	inner := o.http.Config.Handler
	o.http.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := people[r.Header.Get("X-Test-Person")]; ok {
			r = r.WithContext(context.WithValue(r.Context(), askerKey{}, c))
		}
		inner.ServeHTTP(w, r)
	})
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return o
}

type askerKey struct{}

var people = map[string]query.Caller{
	"lee":   {Name: "lee", Tenant: "shop", Roles: query.Roles{View: true, Operate: true, Approve: true}},
	"kim":   {Name: "kim", Tenant: "shop", Roles: query.Roles{View: true, Approve: true}},
	"park":  {Name: "park", Tenant: "shop", Roles: query.Roles{View: true, Approve: true}},
	"view":  {Name: "view", Tenant: "shop", Roles: query.Roles{View: true}},
	"other": {Name: "kim", Tenant: "bank", Roles: query.Roles{View: true, Operate: true, Approve: true}},
}

// as sends a request as a person, with their token unless the headers say otherwise.
func (o *office) as(person, path, body string, headers ...string) (int, query.Approval, Problem) {
	o.t.Helper()
	response := o.call(http.MethodPost, prefix+path, body, append([]string{"X-Test-Person", person, tokenHeader, o.server.tokens.of(people[person])}, headers...)...)
	var a query.Approval
	var p Problem
	into := any(&a)
	if response.StatusCode != http.StatusOK {
		into = &p
	}
	require.NoError(o.t, json.NewDecoder(response.Body).Decode(into))
	return response.StatusCode, a, p
}

func (o *office) proposed() query.Approval {
	o.t.Helper()
	status, a, p := o.as("lee", "/approvals", `{"text":"payment 서비스의 Pod를 2배로 늘려줘","language":"ko"}`)
	require.Equal(o.t, http.StatusOK, status, p.Detail)
	return a
}

func (o *office) work() {
	o.t.Helper()
	require.NoError(o.t, o.engine.Work(o.t.Context()))
}

func verdict(digest string) string { return `{"reason":"agreed","digest":"` + digest + `"}` }

// S7: every way to have an action executed that is not one approval of exactly these bytes by another person in time.
func TestApprovals_RefusedCases_ExecuteNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		person  string
		digest  string
		headers []string
		later   time.Duration
		before  func(*office, query.Approval)
		status  int
		code    string
	}{
		"self-approval":       {person: "lee", status: 403, code: "self"},
		"without the role":    {person: "view", status: 403, code: "forbidden"},
		"nobody":              {person: "", status: 403, code: "forbidden"},
		"of another tenant":   {person: "other", status: 404, code: "not_found"},
		"another hash":        {person: "kim", digest: action.Digest(nil), status: 409, code: "digest"},
		"expired":             {person: "kim", later: 10 * time.Minute, status: 409, code: "expired"},
		"denied before":       {person: "kim", before: func(o *office, a query.Approval) { o.as("park", "/approvals/"+a.ID+"/deny", verdict(a.Digest)) }, status: 409, code: "decided"},
		"cross-site":          {person: "kim", headers: []string{"Origin", "https://evil.example"}, status: 403, code: "origin"},
		"cross-site, no name": {person: "kim", headers: []string{"Sec-Fetch-Site", "cross-site"}, status: 403, code: "origin"},
		"without a token":     {person: "kim", headers: []string{tokenHeader, ""}, status: 403, code: "csrf"},
		"a form":              {person: "kim", headers: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 415, code: "media_type"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, nil)
			a := o.proposed()
			if c.before != nil {
				c.before(o, a)
			}
			o.now.Add(int64(c.later))
			digest := a.Digest
			if c.digest != "" {
				digest = c.digest
			}
			status, _, p := o.as(c.person, "/approvals/"+a.ID+"/approve", verdict(digest), c.headers...)
			assert.Equal(t, c.status, status, p.Detail)
			assert.Equal(t, c.code, p.Code)
			o.work()
			assert.Zero(t, o.done.Load())
		})
	}
}

// The same approval sent again, also after it was executed, is refused.
func TestApprovals_Replayed_ExecuteOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t, nil)
	a := o.proposed()
	status, _, p := o.as("kim", "/approvals/"+a.ID+"/approve", verdict(a.Digest))
	require.Equal(t, http.StatusOK, status, p.Detail)
	for range 3 {
		status, _, p = o.as("kim", "/approvals/"+a.ID+"/approve", verdict(a.Digest))
		assert.Equal(t, http.StatusConflict, status)
		assert.Equal(t, "decided", p.Code)
		o.work()
	}
	assert.Equal(t, int32(1), o.done.Load())
	again := o.proposed()
	assert.NotEqual(t, a.Digest, again.Digest, "the same wish is another proposal")
	status, _, p = o.as("kim", "/approvals/"+again.ID+"/approve", verdict(a.Digest))
	assert.Equal(t, http.StatusConflict, status)
	assert.Equal(t, "digest", p.Code)
}

func TestApprovals_HundredClicks_ExecuteOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t, nil)
	a := o.proposed()
	var won atomic.Int32
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			if status, _, _ := o.as([]string{"kim", "park"}[i%2], "/approvals/"+a.ID+"/approve", verdict(a.Digest)); status == http.StatusOK {
				won.Add(1)
			}
			if i%10 == 0 {
				assert.NoError(t, o.engine.Work(context.Background()))
			}
		})
	}
	all.Wait()
	o.work()
	assert.Equal(t, int32(1), won.Load())
	assert.Equal(t, int32(1), o.done.Load())
}

func TestApprovals_TwoApproversAtOnce_AreBothNeeded(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(p *action.Policy) { p.TwoApprovers = []action.Kind{action.ScaleWorkload} })
	a := o.proposed()
	assert.Equal(t, 2, a.Approvers)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { o.as("kim", "/approvals/"+a.ID+"/approve", verdict(a.Digest)) })
	}
	all.Wait()
	o.work()
	assert.Zero(t, o.done.Load(), "one person, however often")
	status, got, p := o.as("park", "/approvals/"+a.ID+"/approve", verdict(a.Digest))
	require.Equal(t, http.StatusOK, status, p.Detail)
	assert.Equal(t, "approved", got.Status)
	assert.Equal(t, "kim, park", got.DecidedBy)
	o.work()
	assert.Equal(t, int32(1), o.done.Load())
}

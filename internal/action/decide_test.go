package action

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func filed(t testing.TB, p *Proposal) *Record {
	t.Helper()
	text, digest, err := p.Encode(DefaultLimits())
	require.NoError(t, err)
	return &Record{ID: p.ID, Tenant: p.Tenant, Bytes: text, Digest: digest, Proposer: p.Proposer.Name, Expires: p.Expires, State: Proposed}
}

func review() *Policy { p := DefaultPolicy(); return &p }

var kim = Person{Name: "kim", Approve: true}

func TestApprove_Refused_SaysWhy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		person Person
		change func(*Record, *Policy)
		digest string
		at     time.Time
		want   Code
	}{
		"without the role":       {person: Person{Name: "kim"}, want: CodeRole},
		"the proposer":           {person: Person{Name: "lee", Approve: true}, want: CodeSelf},
		"nobody in particular":   {person: Person{Approve: true}, want: CodeNameless},
		"at the last moment":     {at: noon.Add(10 * time.Minute), want: CodeExpired},
		"without a hash":         {digest: "-", want: CodeDigest},
		"with another hash":      {digest: Digest([]byte("x")), want: CodeDigest},
		"approved before":        {change: func(r *Record, _ *Policy) { r.State = Approved }, want: CodeDecided},
		"denied before":          {change: func(r *Record, _ *Policy) { r.State = Denied }, want: CodeDecided},
		"executing":              {change: func(r *Record, _ *Policy) { r.State = Executing }, want: CodeDecided},
		"executed":               {change: func(r *Record, _ *Policy) { r.State = Succeeded }, want: CodeDecided},
		"bytes altered":          {change: func(r *Record, _ *Policy) { r.Bytes[len(r.Bytes)/2] ^= 1 }, want: CodeAltered},
		"bytes and hash altered": {change: alter, want: CodeAltered},
		"filed for another":      {change: func(r *Record, _ *Policy) { r.Tenant = "bank" }, want: CodeAltered},
		"filed under another id": {change: func(r *Record, _ *Policy) { r.ID = "a2" }, want: CodeAltered},
		"another proposer":       {change: func(r *Record, _ *Policy) { r.Proposer = "park" }, want: CodeAltered},
		"made to last":           {change: func(r *Record, _ *Policy) { r.Expires = r.Expires.Add(time.Hour) }, want: CodeAltered},
		"not allowed any more":   {change: func(_ *Record, p *Policy) { p.Mode = ReadOnly }, want: CodeReadOnly},
		"too many by now":        {change: func(_ *Record, p *Policy) { p.Limits.Replicas = 5 }, want: CodeLimit},
		"first of two again":     {change: func(r *Record, _ *Policy) { r.State, r.Trail = Seconded, []Step{{State: Seconded, By: "kim"}} }, want: CodeTwice},
	} {
		r, policy := filed(t, double()), review()
		seen := r.Digest
		if c.change != nil {
			c.change(r, policy)
		}
		if name == "bytes and hash altered" {
			seen = r.Digest
		}
		if c.digest != "" {
			seen = c.digest
		}
		if c.person == (Person{}) {
			c.person = kim
		}
		if c.at.IsZero() {
			c.at = noon.Add(time.Minute)
		}
		_, err := r.Approve(c.person, seen, policy, c.at)
		var refused *RefusedError
		require.ErrorAs(t, err, &refused, name)
		assert.Equal(t, c.want, refused.Code, name)
	}
}

// alter is what somebody does who can write the store: bytes that are not canonical for what they claim, with their hash.
func alter(r *Record, _ *Policy) {
	r.Bytes = []byte(string(r.Bytes[:len(r.Bytes)-1]) + `,"x":1}`)
	r.Digest = Digest(r.Bytes)
}

func TestApprove_TwoPeople_AreTwo(t *testing.T) {
	t.Parallel()
	policy := review()
	policy.TwoApprovers = []Kind{ScaleWorkload}
	r := filed(t, double())
	at := noon.Add(time.Minute)
	state, err := r.Approve(kim, r.Digest, policy, at)
	require.NoError(t, err)
	require.Equal(t, Seconded, state, "also where the policy became stricter after the proposal")
	r.State, r.Trail = state, []Step{{State: Seconded, By: "kim", Digest: r.Digest}}
	state, err = r.Approve(Person{Name: "park", Approve: true}, r.Digest, policy, at)
	require.NoError(t, err)
	assert.Equal(t, Approved, state)
	state, err = r.Deny(kim, at)
	require.NoError(t, err)
	assert.Equal(t, Denied, state, "the first of two may still change their mind")
}

func TestDeny_Anybody_ButNotTooLate(t *testing.T) {
	t.Parallel()
	r := filed(t, double())
	_, err := r.Deny(Person{Name: "kim"}, noon)
	assert.Error(t, err)
	state, err := r.Deny(Person{Name: "lee", Approve: true}, noon)
	require.NoError(t, err)
	assert.Equal(t, Denied, state)
	_, err = r.Deny(kim, noon.Add(time.Hour))
	assert.Error(t, err)
}

func TestClaim_OnlyWhatWasApproved(t *testing.T) {
	t.Parallel()
	approved := func() (*Record, *Policy) {
		r := filed(t, double())
		r.State, r.Trail = Approved, []Step{{State: Approved, By: "kim", Digest: r.Digest}}
		return r, review()
	}
	r, policy := approved()
	p, err := r.Claim(policy, noon.Add(time.Minute))
	require.NoError(t, err)
	assert.Equal(t, double().Arguments, p.Arguments)

	for name, c := range map[string]struct {
		change func(*Record, *Policy)
		at     time.Duration
		want   Code
	}{
		"proposed only":        {func(r *Record, _ *Policy) { r.State = Proposed }, 0, CodeDecided},
		"seconded only":        {func(r *Record, _ *Policy) { r.State = Seconded }, 0, CodeDecided},
		"executing already":    {func(r *Record, _ *Policy) { r.State = Executing }, 0, CodeDecided},
		"executed already":     {func(r *Record, _ *Policy) { r.State = Succeeded }, 0, CodeDecided},
		"unknown outcome":      {func(r *Record, _ *Policy) { r.State = Unknown }, 0, CodeDecided},
		"too late":             {func(*Record, *Policy) {}, 10 * time.Minute, CodeExpired},
		"bytes altered":        {func(r *Record, _ *Policy) { r.Bytes[9] ^= 1 }, 0, CodeAltered},
		"other bytes approved": {func(r *Record, _ *Policy) { r.Trail[0].Digest = Digest(nil) }, 0, CodeDigest},
		"nobody on record":     {func(r *Record, _ *Policy) { r.Trail = nil }, 0, CodeAltered},
		"proposer on record":   {func(r *Record, _ *Policy) { r.Trail[0].By = "lee" }, 0, CodeAltered},
		"two needed by now":    {func(_ *Record, p *Policy) { p.TwoApprovers = Kinds() }, 0, CodeAltered},
		"read only by now":     {func(_ *Record, p *Policy) { p.Mode = ReadOnly }, 0, CodeReadOnly},
	} {
		r, policy := approved()
		c.change(r, policy)
		_, err := r.Claim(policy, noon.Add(c.at))
		var refused *RefusedError
		require.ErrorAs(t, err, &refused, name)
		assert.Equal(t, c.want, refused.Code, name)
	}
}

func TestUnattended_FindingsOnly_WhereAutonomous(t *testing.T) {
	t.Parallel()
	policy := review()
	policy.Environments = map[string]Environment{"production": {Modes: map[Kind]Mode{ScaleWorkload: Autonomous}}}
	require.NoError(t, policy.Validate())
	p := double()
	p.Mode = Autonomous
	assert.False(t, p.Unattended(policy), "a person proposed it")
	p.Proposer = Proposer{ByFinding, "inc-1"}
	assert.False(t, p.Unattended(policy), "one signal")
	p.Evidence = append(p.Evidence, Evidence{Source: FromTraces, Text: "latency 3 s"})
	assert.True(t, p.Unattended(policy))
	r := filed(t, p)
	r.State, r.Trail = Approved, []Step{{State: Approved, Digest: r.Digest, Unattended: true}}
	_, err := r.Claim(policy, noon)
	require.NoError(t, err)
	_, err = r.Claim(review(), noon)
	assert.Error(t, err, "the policy is another one now")
	p.Arguments = Restart{Workload{"shop", Deployment, "payment"}}
	assert.False(t, p.Unattended(policy), "another action")
}

// No sequence of steps comes to Executing twice.
func TestStates_Steps_LeadForwardOnly(t *testing.T) {
	t.Parallel()
	var walk func(s State, executed, depth int)
	walk = func(s State, executed, depth int) {
		require.Less(t, depth, len(States()), "a circle")
		if s == Executing {
			executed++
		}
		require.LessOrEqual(t, executed, 1)
		for _, next := range States() {
			if s.Leads(next) {
				walk(next, executed, depth+1)
			}
		}
	}
	walk(Proposed, 0, 0)
	for _, s := range States() {
		assert.Equal(t, s == Approved, s.Leads(Executing), s)
	}
}

func TestValidate_Policies_NameTheField(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*Policy){
		"mode: autonomous":                    func(p *Policy) { p.Mode = Autonomous },
		"mode: \"\"":                          func(p *Policy) { p.Mode = "" },
		"expiry":                              func(p *Policy) { p.Expiry = time.Second },
		"limits::replicas":                    func(p *Policy) { p.Limits.Replicas = 0 },
		"limits::factor":                      func(p *Policy) { p.Limits.Factor = 0 },
		"limits::silence":                     func(p *Policy) { p.Limits.Silence = 0 },
		"two_approvers":                       func(p *Policy) { p.TwoApprovers = []Kind{"x"} },
		"environments::e::mode: autonomous":   func(p *Policy) { p.Environments = map[string]Environment{"e": {Mode: Autonomous}} },
		"environments::e::modes: \"x\"":       func(p *Policy) { p.Environments = map[string]Environment{"e": {Modes: map[Kind]Mode{"x": Review}}} },
		"environments::e::modes::end_session": func(p *Policy) { p.Environments = map[string]Environment{"e": {Modes: map[Kind]Mode{EndSession: "x"}}} },
		"autonomous needs nobody": func(p *Policy) {
			p.Environments = map[string]Environment{"e": {Modes: map[Kind]Mode{EndSession: Autonomous}, TwoApprovers: []Kind{EndSession}}}
		},
	} {
		p := review()
		change(p)
		assert.ErrorContains(t, p.Validate(), want)
	}
	assert.NoError(t, review().Validate())
	p := review()
	p.Environments = map[string]Environment{"dev": {Mode: ReadOnly, Modes: map[Kind]Mode{RestartWorkload: Autonomous}}}
	assert.Equal(t, ReadOnly, p.ModeOf(ScaleWorkload, "dev"))
	assert.Equal(t, Autonomous, p.ModeOf(RestartWorkload, "dev"))
	assert.Equal(t, Review, p.ModeOf(RestartWorkload, "elsewhere"))
}

func TestSuggest_Findings_NeedTwoSignalsAndAKnownCause(t *testing.T) {
	t.Parallel()
	two := []Evidence{{Source: FromTraces, Text: "x"}, {Source: FromMetrics, Text: "y"}}
	for cause, want := range map[string]Kind{"traffic": ScaleWorkload, "cpu": ScaleWorkload, "memory": RestartWorkload, "dead": RestartWorkload, "deploy": RollBack} {
		r, ok := Suggest(&Finding{Service: "payment", Cause: cause, Previous: "1.2", Evidence: two})
		assert.True(t, ok, cause)
		assert.Equal(t, want, r.Action)
		_, ok = Suggest(&Finding{Service: "payment", Cause: cause, Previous: "1.2", Evidence: []Evidence{two[0], two[0]}})
		assert.False(t, ok, "%s: the same signal twice", cause)
	}
	for _, f := range []Finding{{Service: "payment", Cause: "network", Evidence: two}, {Cause: "cpu", Evidence: two}, {Service: "payment", Cause: "deploy", Evidence: two}} {
		_, ok := Suggest(&f)
		assert.False(t, ok)
	}
}

func TestTo_RelativeNumbers_AreMadeExact(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		r          Order
		from, want int
	}{
		{Order{Replicas: 5}, 3, 5}, {Order{Factor: 2}, 3, 6}, {Order{Factor: 1.5}, 3, 5}, {Order{Factor: 0.5}, 3, 1}, {Order{Factor: 2}, 0, 2},
		{Order{Add: 2}, 3, 5}, {Order{Add: -2}, 3, 1}, {Order{}, 3, 0}, {Order{Factor: 1e300}, 3, 0},
	} {
		assert.Equal(t, c.want, c.r.To(c.from), c.r)
	}
}

// Where nobody has a name, a person's proposal waits for ever, and a finding's may be approved: nobody approves their own.
func TestApprove_Nameless_FindingsOnly(t *testing.T) {
	t.Parallel()
	p := double()
	p.Proposer = Proposer{ByFinding, "inc-1"}
	p.Evidence = append(p.Evidence, Evidence{Source: FromTraces, Text: "latency 3 s"})
	r := filed(t, p)
	state, err := r.Approve(Person{Approve: true}, r.Digest, review(), noon)
	require.NoError(t, err)
	assert.Equal(t, Approved, state)
	r.State, r.Trail = Approved, []Step{{State: Approved, Digest: r.Digest}}
	_, err = r.Claim(review(), noon)
	require.NoError(t, err)
	two := review()
	two.TwoApprovers = Kinds()
	_, err = r.Claim(two, noon)
	require.Error(t, err)
	r.State = Proposed
	_, err = r.Approve(Person{Approve: true}, r.Digest, two, noon)
	require.Error(t, err, "nobody knows whether they are two")
}

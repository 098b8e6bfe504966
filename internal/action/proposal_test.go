package action

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 18, 3, 0, 0, 0, time.UTC)

// double is a proposal by a person to double the pods of payment.
func double() *Proposal {
	p95 := 812.4
	return &Proposal{
		ID: "a1", Tenant: "shop", Environment: "production", Service: "payment",
		Arguments: Scale{Workload{"shop", Deployment, "payment"}, 3, 6},
		Proposer:  Proposer{ByPerson, "lee"}, Reason: "결제가 느립니다",
		Evidence: []Evidence{{FromMetrics, "cpu 93 %, expected 41 %", "inc-1"}},
		Measures: []Measure{{"latency_p95", "ms", &p95}, {"error_rate", "%", nil}},
		Mode:     Review, Approvers: 1, Proposed: noon, Expires: noon.Add(10 * time.Minute),
	}
}

// every is one of each action.
var every = []Arguments{
	Scale{Workload{"shop", Deployment, "payment"}, 3, 6},
	Scale{Workload{"shop", StatefulSet, "db"}, 3, 2},
	Restart{Workload{"shop", StatefulSet, "db"}},
	Rollback{Workload{"shop", Deployment, "payment"}, "app", 0, "registry.test:5000/pay:2.4.1", "registry.test:5000/pay:2.4.0"},
	End{"s-12"},
	Silence{"payment", 30},
	Call{"drain-node", map[string]string{"node": "web-01"}},
}

func TestEncode_EachAction_ReadsBackAsItWas(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, a := range every {
		p := double()
		p.Arguments = a
		text, digest, err := p.Encode(DefaultLimits())
		require.NoError(t, err, a.Kind())
		assert.False(t, seen[digest], "two actions have one hash")
		seen[digest] = true
		got, err := Decode(text)
		require.NoError(t, err)
		assert.Equal(t, p, got)
		again, same, err := got.Encode(DefaultLimits())
		require.NoError(t, err)
		assert.Equal(t, string(text), string(again))
		assert.Equal(t, digest, same)
		for _, language := range []string{English, Korean} {
			s := ShownIn(a, language)
			assert.NotEmpty(t, s.Change)
			assert.NotEmpty(t, s.Effect)
			assert.NotEmpty(t, s.Blast)
			quoted, err := json.Marshal(s.Change)
			require.NoError(t, err)
			assert.Contains(t, string(text), string(quoted), "what is read is in the bytes")
		}
	}
}

// The bytes are those that RFC 8785 gives, so that anybody can make and hash them with other tools.
func TestEncode_Bytes_AreCanonical(t *testing.T) {
	t.Parallel()
	text, digest, err := double().Encode(DefaultLimits())
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(text), `{"action":"scale_workload","approvers":1,"arguments":{"from":3,"name":"payment","namespace":"shop","to":6,"type":"Deployment"},"environment":"production","evidence":[{`), string(text))
	assert.Contains(t, string(text), `"value":812.4`)
	assert.NotContains(t, string(text), "\n")
	if sum, err := exec.LookPath("sha256sum"); err == nil {
		cmd := exec.CommandContext(t.Context(), sum)
		cmd.Stdin = strings.NewReader(string(text))
		out, err := cmd.Output()
		require.NoError(t, err)
		assert.Equal(t, digest, strings.Fields(string(out))[0])
	}
}

func TestDecode_AnyByteChanged_IsRefusedOrAnotherHash(t *testing.T) {
	t.Parallel()
	text, digest, err := double().Encode(DefaultLimits())
	require.NoError(t, err)
	for i := range text {
		changed := []byte(string(text))
		changed[i] ^= 1
		assert.NotEqual(t, digest, Digest(changed))
	}
}

func TestDecode_OtherLayouts_AreRefused(t *testing.T) {
	t.Parallel()
	text, _, err := double().Encode(DefaultLimits())
	require.NoError(t, err)
	for name, change := range map[string][2]string{
		"unknown member":        {`{"action"`, `{"aaa":1,"action"`},
		"member twice":          {`{"action":"scale_workload"`, `{"action":"scale_workload","action":"scale_workload"`},
		"another order":         {`"from":3,"name":"payment"`, `"name":"payment","from":3`},
		"a space":               {`"from":3`, `"from": 3`},
		"another number format": {`"from":3`, `"from":3.0`},
		"prose that lies":       {`from 3 to 6`, `from 3 to 4`},
		"target that lies":      {`"target":"Deployment shop/payment"`, `"target":"Deployment shop/other"`},
		"unknown action":        {`"action":"scale_workload"`, `"action":"delete_namespace"`},
		"argument of another":   {`"to":6`, `"to":6,"session":"x"`},
		"another format":        {`braid.action/1`, `braid.action/2`},
		"escaped letters":       {`"payment"`, `"\u0070ayment"`},
		"more behind":           {`"shop"}`, `"shop"} {}`},
	} {
		changed := strings.Replace(string(text), change[0], change[1], 1)
		require.NotEqual(t, string(text), changed, name)
		_, err := Decode([]byte(changed))
		assert.Error(t, err, name)
	}
	_, err = Decode(make([]byte, MaxBytes+1))
	assert.Error(t, err)
}

func TestCheck_BadProposals_NameTheField(t *testing.T) {
	t.Parallel()
	work := Workload{"shop", Deployment, "payment"}
	for name, c := range map[string]struct {
		change func(*Proposal)
		field  string
	}{
		"no arguments":        {func(p *Proposal) { p.Arguments = nil }, "action"},
		"no id":               {func(p *Proposal) { p.ID = "" }, "id"},
		"hidden direction":    {func(p *Proposal) { p.Service = "a\u202eb" }, "service"},
		"no proposer":         {func(p *Proposal) { p.Proposer.By = "" }, "proposer"},
		"no reason":           {func(p *Proposal) { p.Reason = "" }, "reason"},
		"hidden in evidence":  {func(p *Proposal) { p.Evidence[0].Text = "a\x00" }, "evidence"},
		"unknown source":      {func(p *Proposal) { p.Evidence[0].Source = "rumour" }, "evidence"},
		"too much evidence":   {func(p *Proposal) { p.Evidence = make([]Evidence, MaxEvidence+1) }, "evidence"},
		"nameless measure":    {func(p *Proposal) { p.Measures[0].Metric = "" }, "measures"},
		"no approver":         {func(p *Proposal) { p.Approvers = 0 }, "approvers"},
		"read only":           {func(p *Proposal) { p.Mode = ReadOnly }, "mode"},
		"expired at birth":    {func(p *Proposal) { p.Expires = p.Proposed }, "expires"},
		"one signal":          {func(p *Proposal) { p.Proposer = Proposer{ByFinding, "inc-1"} }, "evidence"},
		"to none":             {func(p *Proposal) { p.Arguments = Scale{work, 3, 0} }, "replicas"},
		"as it is":            {func(p *Proposal) { p.Arguments = Scale{work, 3, 3} }, "replicas"},
		"too many":            {func(p *Proposal) { p.Arguments = Scale{work, 40, 51} }, "replicas"},
		"too much at once":    {func(p *Proposal) { p.Arguments = Scale{work, 3, 10} }, "replicas"},
		"from below nothing":  {func(p *Proposal) { p.Arguments = Scale{work, -1, 1} }, "from"},
		"path as namespace":   {func(p *Proposal) { p.Arguments = Restart{Workload{"../kube", Deployment, "x"}} }, "namespace"},
		"a pod":               {func(p *Proposal) { p.Arguments = Restart{Workload{"shop", "Pod", "x"}} }, "type"},
		"path as name":        {func(p *Proposal) { p.Arguments = Restart{Workload{"shop", Deployment, "x/scale"}} }, "name"},
		"set rolled back":     {func(p *Proposal) { p.Arguments = Rollback{Workload{"shop", StatefulSet, "x"}, "a", 0, "r:1", "r:2"} }, "type"},
		"another repository":  {func(p *Proposal) { p.Arguments = Rollback{work, "a", 0, "r:1", "evil.test/r:1"} }, "image"},
		"image by digest":     {func(p *Proposal) { p.Arguments = Rollback{work, "a", 0, "r@sha256:aa", "r:1"} }, "image"},
		"same version":        {func(p *Proposal) { p.Arguments = Rollback{work, "a", 0, "r:1", "r:1"} }, "version"},
		"container elsewhere": {func(p *Proposal) { p.Arguments = Rollback{work, "a", 64, "r:1", "r:2"} }, "index"},
		"odd container":       {func(p *Proposal) { p.Arguments = Rollback{work, "A/b", 0, "r:1", "r:2"} }, "container"},
		"no session":          {func(p *Proposal) { p.Arguments = End{} }, "session"},
		"silent for ever":     {func(p *Proposal) { p.Arguments = Silence{"payment", 25 * 60} }, "minutes"},
		"silence of nobody":   {func(p *Proposal) { p.Arguments = Silence{"", 5} }, "service"},
		"URL as webhook":      {func(p *Proposal) { p.Arguments = Call{Webhook: "http://x"} }, "webhook"},
		"hidden parameter":    {func(p *Proposal) { p.Arguments = Call{"x", map[string]string{"a": "\u200b"}} }, "parameters"},
	} {
		p := double()
		c.change(p)
		_, _, err := p.Encode(DefaultLimits())
		var wrong *InvalidError
		require.ErrorAs(t, err, &wrong, name)
		assert.Equal(t, c.field, wrong.Field, name)
	}
}

func TestClean_Text_FitsAProposal(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"a\x00b\u202ec\nd", strings.Repeat("가", 400), "\xff\xfe", " x "} {
		assert.True(t, clean(Clean(s)), "%q", s)
	}
}

func FuzzDecode(f *testing.F) {
	for _, a := range every {
		p := double()
		p.Arguments = a
		text, _, err := p.Encode(DefaultLimits())
		require.NoError(f, err)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Decode(text)
		if err != nil {
			return
		}
		again, err := p.Canonical()
		require.NoError(t, err)
		require.Equal(t, string(text), string(again))
	})
}

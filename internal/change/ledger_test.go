package change

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestLedger_MoreThanItsLimit_KeepsTheNewest(t *testing.T) {
	l := NewLedger(3)
	for i := range 10 {
		at := noon.Add(time.Duration(i) * time.Minute)
		for range 2 { // told twice
			l.Commit(Commit{Revision: fmt.Sprintf("revision%d", i), Time: at})
			l.Deploy(Deployment{Revision: fmt.Sprintf("revision%d", i), Time: at, Service: "a"})
			l.Switch(Flag{Key: fmt.Sprintf("flag%d", i), Time: at})
		}
	}
	assert.Len(t, l.commits, 3)
	assert.Len(t, l.deployments, 3)
	assert.Len(t, l.flags, 3)
	assert.Len(t, l.revisions, 3)
	assert.Equal(t, "revision9", l.commits[2].commit.Revision)
	assert.Equal(t, uint64(21), l.Forgotten())
}

func TestJudge_DeploymentOfUnknownContent_IsBlamedOnlyWhenPrompt(t *testing.T) {
	trouble := Trouble{Service: "cart", Onset: noon, Symptoms: []Symptom{{Service: "cart", Kind: SymptomLog, Since: noon, Text: "panic: nil pointer"}}}
	for _, c := range []struct {
		name    string
		service string
		lead    time.Duration
		blamed  bool
	}{
		{"just before", "cart", 2 * time.Minute, true},
		{"elsewhere", "mail", 2 * time.Minute, false},
		{"after", "cart", -5 * time.Minute, false},
		{"hours before", "cart", 3 * time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := NewLedger(0)
			l.Deploy(Deployment{Time: noon.Add(-c.lead), Service: c.service, Version: "v7", Revision: "0123456789"})
			assert.Equal(t, c.blamed, l.Judge(trouble).Revision != "")
		})
	}
}

func TestJudge_CauseFromOutside_AcquitsWhatWasDeployed(t *testing.T) {
	l := NewLedger(0)
	l.Deploy(Deployment{Time: noon.Add(-2 * time.Minute), Service: "pay", Revision: "0123456789"})
	v := l.Judge(Trouble{Service: "pay", Onset: noon, Symptoms: []Symptom{{Service: "pay", Kind: SymptomLog, Since: noon, Text: "POST https://api.stripe.com/v1/charges returned 503"}}})
	assert.Empty(t, v.Revision)
	assert.Equal(t, "provider", v.External.Mechanism)
}

func TestJudge_WhatCameAfter_IsNeverBlamed(t *testing.T) {
	c := Commit{Revision: "0123456789", Time: noon.Add(-time.Hour), Files: []string{"services/cart/pool.go"}, Patch: "-const maxConns = 50\n+const maxConns = 5"}
	trouble := Trouble{Service: "cartservice", Onset: noon, Symptoms: []Symptom{{Service: "cartservice", Kind: SymptomLog, Since: noon, Text: "connection pool exhausted"}}}
	for lead, want := range map[time.Duration]string{5 * time.Minute: c.Revision, -5 * time.Minute: ""} {
		l := NewLedger(0)
		l.Commit(c)
		l.Deploy(Deployment{Time: noon.Add(-lead), Service: "cartservice", Revision: c.Revision})
		v := l.Judge(trouble)
		assert.Equal(t, want, v.Revision)
		require.NotEmpty(t, v.Candidates)
		assert.NotEmpty(t, v.Candidates[0].Evidence)
	}
}

func TestDecodeCommits_NoRevision_NamesTheCommit(t *testing.T) {
	_, err := DecodeCommits([]byte(`[{"sha":"a"},{"message":"m"}]`))
	assert.EqualError(t, err, "reading commits: commit 2 has no sha: name its revision")
	_, err = DecodeCommits([]byte(`{`))
	assert.ErrorContains(t, err, "reading commits")
}

func TestProvider_Hosts_OursAndTheirs(t *testing.T) {
	for text, want := range map[string]string{
		"POST https://api.stripe.com/v1/charges returned 503":                 "provider",
		"POST https://pricing.prod.svc.cluster.local:8443/quote returned 503": "",
		"at com.shop.Cart.java:71 returned 503":                               "",
		"services/payment/charge.go:118 internal error":                       "",
	} {
		trouble := Trouble{Service: "pay", Onset: noon, Symptoms: []Symptom{{Service: "pay", Kind: SymptomLog, Since: noon, Text: text}}}
		assert.Equal(t, want, newScene(&trouble, nil).provider().Mechanism, text)
	}
}

package query

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/change"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/wording"
)

// blaming is a deployment of payment, and an incident since that is laid to what is told.
func blaming(laid map[string]any) *history.Batch {
	attributes := map[string]any{
		"braid.incident.status": "open", "braid.incident.cause": "payment: waiting for its database", "braid.incident.cause.service": "payment",
		"braid.incident.cause.kind": "database", "braid.incident.services": []string{"payment"}, "braid.incident.checks": []string{"look"},
	}
	for k, v := range laid {
		attributes["braid.incident.change."+k] = v
	}
	return &history.Batch{Events: []history.Event{
		{Kind: history.KindDeployment, ID: "v", At: now.Add(-30 * time.Minute), Revised: now, Service: "payment", Title: "payment 2.1", Attributes: map[string]any{"service.version": "2.1"}},
		{Kind: history.KindIncident, ID: "i", At: now.Add(-20 * time.Minute), Revised: now, Severity: 17, Title: "payment: waiting for its database", Service: "payment", Attributes: attributes},
	}}
}

func TestAsk_DeployRegression_SaysWhetherAnIncidentIsLaidToTheDeployment(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		laid map[string]any
		want string
	}{
		"to it":                {map[string]any{"kind": "commit", "revision": "c0ffee", "service": "payment", "version": "2.1", "mechanism": "pool"}, "This deployment is to blame for an incident: payment: waiting for its database (a pool runs dry)."},
		"to another":           {map[string]any{"kind": "deployment", "revision": "decaf", "service": "cart", "version": "9"}, "An incident since is laid to something else: payment: waiting for its database."},
		"to something outside": {map[string]any{"kind": "external", "mechanism": "provider"}, "An incident since is laid to something else: payment: waiting for its database."},
		"to no change":         {map[string]any{"kind": "none"}, "An incident since is laid to something else: payment: waiting for its database."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open1(t)
			s.figures[""] = busy("payment")
			require.NoError(t, s.records.Write(t.Context(), blaming(tt.laid)))
			a, err := over(t, s).Ask(t.Context(), anyone, Question{Text: every["deploy_regression"][1]})
			require.NoError(t, err)
			var said []string
			for _, text := range texts(a) {
				said = append(said, text.String())
			}
			assert.Contains(t, said, tt.want)
		})
	}
}

func TestIncident_Korean_SpeaksOfCauseChangeAndAdviceInKorean(t *testing.T) {
	t.Parallel()
	s := open1(t)
	s.figures[""] = busy("payment")
	require.NoError(t, s.records.Write(t.Context(), blaming(map[string]any{"kind": "commit", "revision": "c0ffee", "service": "payment", "version": "2.1", "mechanism": "pool"})))
	a, err := over(t, s).Incident(t.Context(), anyone, "i", "ko")
	require.NoError(t, err)
	var said []string
	for _, text := range texts(a) {
		said = append(said, text.String())
	}
	all := strings.Join(said, "\n")
	for _, want := range []string{"payment: 데이터베이스 대기", "payment에 배포된 2.1이 원인으로 지목되었습니다 (풀 고갈).", "데이터베이스의 느린 문장, 락, 연결 확인", "락을 잡고 있는 세션 종료"} {
		assert.Contains(t, all, want)
	}
	assert.NotContains(t, all, "waiting for")
}

func TestMechanisms_All_HaveANameInBothLanguages(t *testing.T) {
	t.Parallel()
	book, err := wording.Load()
	require.NoError(t, err)
	for _, id := range change.Mechanisms() {
		assert.Contains(t, book, "mechanism."+id)
	}
}

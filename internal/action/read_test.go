package action

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

var shop = []Service{
	{Name: "payment", Aliases: []string{"결제"}, Environment: "production", Workload: Workload{"shop", Deployment, "payment"}, Container: "app"},
	{Name: "payment-api", Environment: "production", Workload: Workload{"shop", Deployment, "payment-api"}, Container: "app"},
	{Name: "checkout2", Environment: "production", Workload: Workload{"shop", StatefulSet, "checkout2"}},
}

func TestReadOrder_Sentences_BecomeRequestsOrNothing(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Order{
		"이 서비스의 Pod를 2배로 늘려줘":                {Action: ScaleWorkload, Factor: 2},
		"payment 서비스의 Pod를 2배로 늘려줘":          {Action: ScaleWorkload, Service: "payment", Factor: 2},
		"결제 파드를 두 배로 늘려 줘":                   {Action: ScaleWorkload, Service: "payment", Factor: 2},
		"payment 파드를 5개로 늘려줘":                {Action: ScaleWorkload, Service: "payment", Replicas: 5},
		"payment 레플리카 3개 추가해줘":               {Action: ScaleWorkload, Service: "payment", Add: 3},
		"payment 레플리카를 2개 줄여줘":               {Action: ScaleWorkload, Service: "payment", Add: -2},
		"checkout2 레플리카를 절반으로 줄여줘":           {Action: ScaleWorkload, Service: "checkout2", Factor: 0.5},
		"scale payment to 5 replicas":        {Action: ScaleWorkload, Service: "payment", Replicas: 5},
		"please scale payment-api to 5":      {Action: ScaleWorkload, Service: "payment-api", Replicas: 5},
		"double the pods of payment":         {Action: ScaleWorkload, Service: "payment", Factor: 2},
		"add 2 pods to checkout2":            {Action: ScaleWorkload, Service: "checkout2", Add: 2},
		"scale out payment":                  {Action: ScaleWorkload, Service: "payment"},
		"reduce replicas of payment by 1":    {Action: ScaleWorkload, Service: "payment", Add: -1},
		"restart checkout2":                  {Action: RestartWorkload, Service: "checkout2"},
		"checkout2 재시작해줘":                    {Action: RestartWorkload, Service: "checkout2"},
		"payment 2.4.0 버전으로 롤백해줘":            {Action: RollBack, Service: "payment", Version: "2.4.0"},
		"roll back payment to v2.4.0":        {Action: RollBack, Service: "payment", Version: "v2.4.0"},
		"롤백해줘":                               {Action: RollBack},
		"세션 s-12 강제 종료해줘":                    {Action: EndSession, Session: "s-12"},
		"end session s-12":                   {Action: EndSession, Session: "s-12"},
		"payment 알림 30분 꺼줘":                  {Action: SilenceAlerts, Service: "payment", Minutes: 30},
		"silence payment alerts for 2 hours": {Action: SilenceAlerts, Service: "payment", Minutes: 120},
		"call webhook drain-node":            {Action: CallWebhook, Webhook: "drain-node"},
	} {
		got, ok := ReadOrder(text, shop)
		assert.True(t, ok, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{
		"", "서버를 더 늘려야 할까?", "왜 payment Pod를 늘렸어?", "do not restart payment", "payment 재시작하지 마", "who restarted payment?",
		"payment 롤백하고 재시작해줘", "restart payment and silence its alerts", "지금 누가 접속해 있어?", "payment 재시작했어?", "delete namespace shop",
	} {
		_, ok := ReadOrder(text, shop)
		assert.False(t, ok, text)
	}
}

func TestReadOrder_TwoServices_NamesNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"restart payment and checkout2", "restart checkout2, payment-api", "restart nothing-known", "restart payments"} {
		got, ok := ReadOrder(text, shop)
		assert.True(t, ok, text)
		assert.Equal(t, "service", got.Missing(), text)
	}
}

func FuzzReadOrder(f *testing.F) {
	for _, text := range []string{"이 서비스의 Pod를 2배로 늘려줘", "scale payment to 99999999999999999999", "결제 재시작\x00", "세션 \u202e1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, ok := ReadOrder(text, shop)
		if ok && !r.Action.Known() {
			t.Fatalf("%q orders %q", text, r.Action)
		}
		_ = r.To(3)
	})
}

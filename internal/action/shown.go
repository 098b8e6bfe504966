package action

import "fmt"

// Shown is what a person reads of an action before deciding, in one language. It follows from the arguments alone.
type Shown struct {
	// Change is what will be otherwise, Effect what that is for, Blast what it may break and how to undo it.
	Change string `json:"change"`
	Effect string `json:"effect"`
	Blast  string `json:"blast_radius"`
}

// Languages that actions are shown in.
const (
	English = "en"
	Korean  = "ko"
)

// ShownIn is what to read in a language; English where it is none of those.
func ShownIn(a Arguments, language string) Shown {
	all := shown(a)
	if s, ok := all[language]; ok {
		return s
	}
	return all[English]
}

func shown(a Arguments) map[string]Shown {
	en, ko := Shown{}, Shown{}
	switch a := a.(type) {
	case Scale:
		en, ko = shownScale(a)
	case Restart:
		en = Shown{
			fmt.Sprintf("Replace the pods of %s one after the other", a.Target()),
			"Frees what a long-running process has gathered: memory, connections, locks.",
			"Its pods restart; with one replica, or without readiness probes, requests fail for a moment. What they hold in memory is lost. It cannot be undone.",
		}
		ko = Shown{
			fmt.Sprintf("%s의 Pod를 하나씩 새로 띄웁니다", a.Target()),
			"오래 돈 프로세스가 쌓아 둔 메모리, 연결, 잠금을 비웁니다.",
			"Pod가 다시 시작합니다. 레플리카가 하나뿐이거나 준비 상태 검사가 없으면 잠깐 요청이 실패합니다. 메모리에 둔 것은 사라지며 되돌릴 수 없습니다.",
		}
	case Rollback:
		en = Shown{
			fmt.Sprintf("Set the image of container %s of %s from %s to %s", a.Container, a.Workload, a.From, a.To),
			"Runs the earlier release again.",
			"All pods are replaced, one after the other. Only the image goes back: configuration, secrets and database changes of the release stay. Setting the image again undoes it.",
		}
		ko = Shown{
			fmt.Sprintf("%s의 컨테이너 %s 이미지를 %s에서 %s(으)로 바꿉니다", a.Workload, a.Container, a.From, a.To),
			"이전 릴리스를 다시 실행합니다.",
			"모든 Pod가 하나씩 교체됩니다. 이미지만 되돌아가고 설정, 시크릿, 데이터베이스 변경은 그대로입니다. 이미지를 다시 바꾸면 되돌릴 수 있습니다.",
		}
	case End:
		en = Shown{
			"End the user session " + a.Session,
			"Whoever uses it has to log in again.",
			"One session. What the user has not saved is lost.",
		}
		ko = Shown{
			"사용자 세션 " + a.Session + " 종료",
			"그 세션의 사용자는 다시 로그인해야 합니다.",
			"세션 하나. 저장하지 않은 내용은 사라집니다.",
		}
	case Silence:
		en = Shown{
			fmt.Sprintf("Send nobody the alerts of %s for %d minutes", a.Service, a.Minutes),
			"Work on it is not interrupted. Alerts are still recorded and shown.",
			"A new problem of the service is told to nobody meanwhile. Ending the silence in Alertmanager undoes it.",
		}
		ko = Shown{
			fmt.Sprintf("%s의 알림을 %d분 동안 아무에게도 보내지 않습니다", a.Service, a.Minutes),
			"작업이 방해받지 않습니다. 알림은 그대로 기록되고 화면에 보입니다.",
			"그동안 이 서비스에 새 문제가 생겨도 알려지지 않습니다. Alertmanager에서 해제하면 되돌릴 수 있습니다.",
		}
	case Call:
		en = Shown{
			fmt.Sprintf("Call the webhook %s with the parameters below", a.Webhook),
			"What the organisation's own automation does behind it.",
			"Known to the webhook's owner, not to Braid.",
		}
		ko = Shown{
			fmt.Sprintf("아래 매개변수로 웹훅 %s 호출", a.Webhook),
			"그 뒤에 있는 조직의 자동화가 하는 일입니다.",
			"영향 범위는 Braid가 아니라 웹훅 담당자가 압니다.",
		}
	}
	return map[string]Shown{English: en, Korean: ko}
}

func shownScale(a Scale) (en, ko Shown) {
	en.Change = fmt.Sprintf("Set the replicas of %s from %d to %d", a.Target(), a.From, a.To)
	ko.Change = fmt.Sprintf("%s의 레플리카를 %d개에서 %d개로 바꿉니다", a.Target(), a.From, a.To)
	if a.To > a.From {
		n := a.To - a.From
		en.Effect = fmt.Sprintf("Spreads the load over %d more pods.", n)
		ko.Effect = fmt.Sprintf("부하를 Pod %d개에 더 나눕니다.", n)
		en.Blast = fmt.Sprintf("No interruption. %d pods take CPU, memory and connections to databases and other services. Scaling back to %d undoes it.", n, a.From)
		ko.Blast = fmt.Sprintf("중단은 없습니다. Pod %d개가 CPU와 메모리, 데이터베이스와 다른 서비스로의 연결을 더 씁니다. %d개로 줄이면 되돌릴 수 있습니다.", n, a.From)
		return en, ko
	}
	n := a.From - a.To
	en.Effect = fmt.Sprintf("Frees what %d pods take.", n)
	ko.Effect = fmt.Sprintf("Pod %d개가 쓰던 자원을 돌려받습니다.", n)
	en.Blast = fmt.Sprintf("%d pods end; the rest take their load and may become slow. Scaling back to %d undoes it.", n, a.From)
	ko.Blast = fmt.Sprintf("Pod %d개가 끝나고 나머지가 부하를 떠맡아 느려질 수 있습니다. %d개로 늘리면 되돌릴 수 있습니다.", n, a.From)
	return en, ko
}

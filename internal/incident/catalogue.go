package incident

import "github.com/braidotel/braid/internal/rca"

// Language is one that the catalogue speaks.
type Language string

// Languages of the catalogue.
const (
	English Language = "en"
	Korean  Language = "ko"
)

// Advice is what to look at and what to do about a kind of cause. It is a fixed catalogue: nothing that telemetry says can
// add to it.
type Advice struct{ Checks, Actions []string }

// entry is what the catalogue says of a kind of cause in one language.
type entry struct {
	ails string // what ails the service, after its name
	Advice
}

// catalogue is what is said of each kind of cause. The empty kind is none that is known.
var catalogue = map[Language]map[rca.Cause]entry{English: english, Korean: korean}

var english = map[rca.Cause]entry{
	rca.CauseCPU: {"short of CPU", Advice{
		[]string{"Compare CPU use and throttling of the pod with its limit", "Look for a neighbour on the same host that takes the CPU"},
		[]string{"Raise the CPU limit or add a replica", "Move the pod to another host"},
	}},
	rca.CauseMemory: {"short of memory", Advice{
		[]string{"Look at memory and garbage collection over the last hours: a ramp is a leak", "Look for OOM kills"},
		[]string{"Restart the pod to gain time", "Raise the memory limit or roll the latest release back"},
	}},
	rca.CauseDisk: {"waiting for its disk", Advice{
		[]string{"Look at free space and I/O waits of the volume"},
		[]string{"Free or extend the volume"},
	}},
	rca.CauseNetwork: {"slow to reach", Advice{
		[]string{"Compare what callers and the service itself measure: the difference is spent on the way", "Look at retransmissions and DNS on the host"},
		[]string{"Move the pod to another host", "Cut the path out of the load balancing"},
	}},
	rca.CauseCode: {"behaves otherwise than usual", Advice{
		[]string{"Read the exceptions and the log lines that are new or gone", "Compare a slow or failed trace with a usual one"},
		[]string{"Roll the latest release back", "Switch the feature off"},
	}},
	rca.CauseDependency: {"failed by what it calls", Advice{
		[]string{"Look at the answers of the service that is called, and whether it is ours"},
		[]string{"Open the circuit to the dependency or serve without it", "Call its owner"},
	}},
	rca.CauseDatabase: {"waiting for its database", Advice{
		[]string{"Look at slow statements, locks and connections of the database", "Compare the plan of the slow statement with that of last week"},
		[]string{"End the sessions that hold locks", "Add the missing index, or roll the change of the schema back"},
	}},
	rca.CauseTraffic: {"under unusual load", Advice{
		[]string{"Look where the additional requests come from: users, a campaign, or one client"},
		[]string{"Add replicas", "Limit the rate of the client"},
	}},
	rca.CauseDeploy: {"changed by a deployment", Advice{
		[]string{"Read what the release changed on the path to the symptom"},
		[]string{"Roll the release back"},
	}},
	rca.CauseDead: {"no longer answering", Advice{
		[]string{"Look why the service stopped: events of its pods, its last log lines"},
		[]string{"Start it again", "Roll the latest release back"},
	}},
	"": {"not as usual", Advice{Checks: []string{"Look at the services with most alerts, those that are called by the others first"}}},
}

var korean = map[rca.Cause]entry{
	rca.CauseCPU: {"CPU 부족", Advice{
		[]string{"파드의 CPU 사용량과 스로틀링을 한도와 비교", "같은 호스트에서 CPU를 차지하는 다른 파드가 있는지 확인"},
		[]string{"CPU 한도를 올리거나 복제본 추가", "파드를 다른 호스트로 이동"},
	}},
	rca.CauseMemory: {"메모리 부족", Advice{
		[]string{"지난 몇 시간의 메모리와 가비지 컬렉션 확인: 꾸준히 오르면 누수", "OOM 종료가 있었는지 확인"},
		[]string{"파드를 재시작해 시간 벌기", "메모리 한도를 올리거나 최근 릴리스 롤백"},
	}},
	rca.CauseDisk: {"디스크 대기", Advice{
		[]string{"볼륨의 여유 공간과 I/O 대기 확인"},
		[]string{"볼륨을 비우거나 확장"},
	}},
	rca.CauseNetwork: {"네트워크 지연", Advice{
		[]string{"호출자가 잰 시간과 서비스가 잰 시간 비교: 차이는 오가는 길에서 생긴 것", "호스트의 재전송과 DNS 확인"},
		[]string{"파드를 다른 호스트로 이동", "해당 경로를 부하 분산에서 제외"},
	}},
	rca.CauseCode: {"평소와 다른 동작", Advice{
		[]string{"새로 나타난 예외와 로그, 사라진 로그 확인", "느리거나 실패한 트레이스를 평소 트레이스와 비교"},
		[]string{"최근 릴리스 롤백", "해당 기능 끄기"},
	}},
	rca.CauseDependency: {"호출 대상의 장애", Advice{
		[]string{"호출되는 서비스의 응답과, 그것이 자사 서비스인지 확인"},
		[]string{"의존 서비스로 가는 회로를 열거나 그것 없이 처리", "담당자에게 연락"},
	}},
	rca.CauseDatabase: {"데이터베이스 대기", Advice{
		[]string{"데이터베이스의 느린 문장, 락, 연결 확인", "느린 문장의 실행 계획을 지난주와 비교"},
		[]string{"락을 잡고 있는 세션 종료", "빠진 인덱스를 추가하거나 스키마 변경 롤백"},
	}},
	rca.CauseTraffic: {"비정상적인 부하", Advice{
		[]string{"늘어난 요청의 출처 확인: 사용자, 행사, 또는 특정 클라이언트"},
		[]string{"복제본 추가", "해당 클라이언트의 요청 속도 제한"},
	}},
	rca.CauseDeploy: {"배포로 인한 변경", Advice{
		[]string{"릴리스가 증상까지의 경로에서 무엇을 바꾸었는지 확인"},
		[]string{"릴리스 롤백"},
	}},
	rca.CauseDead: {"응답 없음", Advice{
		[]string{"서비스가 멈춘 이유 확인: 파드 이벤트, 마지막 로그"},
		[]string{"서비스 다시 시작", "최근 릴리스 롤백"},
	}},
	"": {"평소와 다름", Advice{Checks: []string{"경보가 가장 많은 서비스를, 그중 다른 서비스가 호출하는 것부터 확인"}}},
}

// entryOf is what is said of a kind of cause; of one that is not known, what is said of none.
func entryOf(kind rca.Cause, language Language) entry {
	said, ok := catalogue[language]
	if !ok {
		said = english
	}
	if e, ok := said[kind]; ok {
		return e
	}
	return said[""]
}

// Advise returns the advice on a kind of cause; without one, where to begin.
func Advise(kind rca.Cause, language Language) Advice { return entryOf(kind, language).Advice }

// Ails says what ails a service, by the kind of cause.
func Ails(service string, kind rca.Cause, language Language) string {
	return service + ": " + entryOf(kind, language).ails
}

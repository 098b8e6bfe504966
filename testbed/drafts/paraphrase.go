package drafts

// paraphrases are what good models make of each point, in Korean and English; they say no more than the template does.
var paraphrases = map[string][2][]string{
	"incident.open": {
		{"{@service}의 장애가 {lasted}째 계속되고 있습니다.", "{@service}에서 시작된 장애가 현재 {lasted}째 진행 중입니다.", "지금 {@service}에 장애가 있으며, {lasted}째 지속되고 있습니다."},
		{"The incident at {@service} is ongoing and has lasted {lasted} so far.", "{@service} has had an incident for {lasted}, and it continues.", "For {lasted} now, there is an ongoing incident at {@service}."},
	},
	"incident.open_somewhere": {
		{"장애가 {lasted}째 계속되고 있습니다.", "현재 장애가 {lasted}째 진행 중입니다."},
		{"The incident is ongoing and has lasted {lasted}.", "An incident continues; it has lasted {lasted} so far."},
	},
	"incident.resolved": {
		{"{@service}의 장애는 {lasted} 만에 복구되었습니다.", "{@service}에서 발생한 장애가 {lasted} 뒤 해결되었습니다."},
		{"The incident at {@service} is over; it lasted {lasted}.", "{@service} recovered after {lasted}.", "After {lasted}, the incident at {@service} was resolved."},
	},
	"incident.resolved_somewhere": {
		{"장애는 {lasted} 만에 복구되었습니다."}, {"The incident is over after {lasted}.", "After {lasted}, the incident was resolved."},
	},
	"cause.cpu":     {{"{@service}의 CPU 부족이 원인일 수 있습니다.", "가장 유력한 원인은 {@service}의 CPU 부족입니다."}, {"It looks as if the cause is the CPU of {@service}.", "The CPU of {@service} is the probable cause."}},
	"cause.memory":  {{"{@service}의 메모리 문제가 원인으로 보입니다.", "원인으로는 {@service}의 메모리가 꼽힙니다."}, {"The memory of {@service} appears to be the cause.", "The trouble seems to come from the memory of {@service}."}},
	"cause.network": {{"{@service}의 네트워크 문제가 원인으로 보입니다."}, {"The network of {@service} appears to be the cause."}},
	"cause.database": {{"{@service}의 데이터베이스가 원인으로 보입니다.", "원인은 {@service}의 데이터베이스 쪽에 있는 것으로 보입니다."},
		{"The database behind {@service} seems to be the cause.", "The cause seems to be the database of {@service}."}},
	"cause.deploy":   {{"{@service}의 최근 배포가 원인으로 보입니다.", "{@service}에 나간 새 배포가 원인일 수 있습니다."}, {"The new release of {@service} seems to be the cause.", "The cause appears to be the release of {@service}."}},
	"cause.traffic":  {{"{@service}에 몰린 트래픽이 원인으로 보입니다."}, {"The traffic reaching {@service} seems to be the cause."}},
	"cause.unknown":  {{"{@service}에서 비롯된 문제로 보입니다."}, {"The cause seems to lie in {@service}."}},
	"impact.users":   {{"영향을 받은 사용자는 {users}입니다.", "지금까지 {users}이 피해를 입었습니다."}, {"So far {users} have been affected.", "It affects {users}.", "The impact reaches {users}."}},
	"impact.lost":    {{"지금까지 잃은 매출은 {lost}입니다.", "매출 손실은 {lost}입니다."}, {"Revenue of {lost} has been lost.", "The loss of revenue is {lost}."}},
	"impact.risk":    {{"{risk}의 매출이 위험에 놓여 있습니다."}, {"Revenue of {risk} is at risk."}},
	"impact.alerts":  {{"관련 경보 {alerts}이 함께 묶여 있습니다.", "경보 {alerts}을 함께 묶었습니다."}, {"It groups {alerts}.", "In all, {alerts} belong to it."}},
	"anomaly.above":  {{"{@metric}이 {value}까지 올라 평소보다 높습니다.", "{@metric}이(가) {value}로 평소보다 높은 상태입니다."}, {"At {value}, {@metric} is above its usual.", "{@metric} stands at {value}, which is higher than usual."}},
	"anomaly.below":  {{"{@metric}이(가) {value}로 평소보다 낮은 상태입니다."}, {"At {value}, {@metric} is below its usual.", "{@metric} stands at {value}, which is lower than usual."}},
	"anomaly.at":     {{"{@service}에서 관찰되었습니다.", "{@service} 쪽에서 보입니다."}, {"It is seen at {@service}.", "This is at {@service}."}},
	"anomaly.day":    {{"어제 이 시각에는 {day}였습니다."}, {"Yesterday at this time it was {day}."}},
	"anomaly.week":   {{"지난주 이 시각에는 {week}였습니다."}, {"Last week at this time it was {week}."}},
	"breach.likely":  {{"{@metric}이(가) 한도를 넘을 가능성은 {probability}입니다."}, {"With a probability of {probability}, {@metric} passes its limit.", "There is a chance of {probability} that {@metric} passes its limit."}},
	"breach.horizon": {{"{horizon} 안에 그렇게 될 수 있습니다."}, {"This may happen within {horizon}.", "It could happen in the next {horizon}."}},
}

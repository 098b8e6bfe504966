package narrator

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// vocabulary are words that claim something a sentence may only claim if the template's sentence of its point does: what the
// cause is of, what was done to whom, how things stand, when it was, how grave it is, and what to do. Each entry is the
// beginning of words; in Latin script, of whole words where it ends with a full stop.
var vocabulary = map[string]string{
	"cause": `cause causal culprit root origin source reason due. because. blame responsible behind. trigger stems. 원인 탓 때문 비롯 유발 초래 장본인`,
	"cpu":   `cpu processor 씨피유 프로세서`, "memory": `memory heap. leak oom 메모리 누수 힙`, "disk": `disk volume storage 디스크 볼륨 저장 용량`,
	"network": `network packet dns. latency connectivity 네트워크 패킷 통신 회선`, "code": `code. bug. exception 코드 버그 예외`,
	"dependency": `dependenc third-party upstream external 의존 외부`, "database": `database db. sql. query queries lock deadlock 데이터베이스 디비 쿼리 잠금`,
	"traffic": `traffic load. surge requests. 트래픽 부하 요청`, "deploy": `deploy release. released. rollout version 배포 릴리스 출시 버전`,
	"dead":   `down. crash dead. died. stopped. unavailable outage 중단 죽 다운 멈`,
	"people": `user people customer visitor person persons 사용자 이용자 고객 사람 방문자`, "session": `session 세션`,
	"money": `revenue money sales loss losses income 매출 금액 손실 수익`, "risk": `risk danger 위험`, "lost": `lost. losing lose. loses. 잃`,
	"affected": `affect impact hit. hurt suffer 영향 피해`, "alert": `alert alarm 경보 알림 경고`,
	"open":      `ongoing continu still going. goes. persists lasting lasts. unresolved active. underway progress 이어 진행 계속 지속 여전`,
	"resolved":  `resolved. recover over. ended. ends. fixed. closed. restored back. gone. normal. cleared 해결 복구 종료 끝났 정상 돌아 사라 해소 이어진`,
	"yesterday": `yesterday 어제 전일`, "week": `week 지난주 전주`, "other_time": `month year tomorrow tonight morning decade century 지난달 작년 내일 오전 오후 새벽 월요일 화요일 수요일 목요일 금요일 토요일 일요일 monday tuesday wednesday thursday friday saturday sunday`,
	"usual":  `usual normal typical expected 평소 평상 보통 정상 예상`,
	"grave":  `critical severe catastroph disaster emergency urgent major minor harmless trivial 심각 치명 긴급 위급 경미 사소 재앙`,
	"action": `restart reboot rollback roll. rolling delete drop. kill terminate scale scaling disable shutdown approve execute run. ignore forget call. contact visit click open. download install password credential should must. please recommend advise 재시작 재기동 롤백 삭제 종료하 중지하 확장 승인 실행 무시 클릭 접속하 설치 비밀번호 하세요 하십시오 바랍니다 권장 권고`,
	"attack": `attack hack breach malicious intrus compromis exploit 공격 해킹 침입 악성 탈취 유출`,
	"login":  `login log-in logged. sign-in attempt 로그인 시도`, "flood": `flood burst 몰`,
	"limit": `limit threshold capacity exhaust full. 한도 임계 한계 고갈 소진 초과 exceed`, "chance": `probab likel chance 확률 가능성 예상`,
	"less": `down.`,
	"up":   `higher above high. over. 높`, "down": `lower below low. under. 낮`,
	"leap":    `surg soar spike plung skyrocket worse better worst best explod rocket jump 급증 급등 폭증 급감 급락 치솟 악화 호전`,
	"change":  `increas decreas rise. rises. rising rose. fell. fall. falls. falling grew. grow drop. dropped drops. 증가 감소 늘어 늘었 줄어 줄었`,
	"certain": `certain definite definitely surely guarantee prove proof proven confirmed 확실 분명 틀림 확정 확인된 입증 반드시`,
	"denial":  `not. no. never. neither nor. cannot without isn't wasn't aren't didn't doesn't hasn't haven't won't don't none. 않 못 아니 아닌 아닙 아닐 아님 없`,
}

// implied are claims that come with others.
var implied = map[string][]string{
	"people": {"affected"}, "session": {"affected"}, "resolved": {"usual"}, "usual": {"resolved"}, "open": {"open"}, "risk": {"chance", "money"}, "lost": {"money"}, "money": {"money"},
	"flood": {"login"}, "limit": {"chance"},
}

// byKind are claims of kinds of points whose template makes them by its facts.
var byKind = map[string][]string{
	"impact.users": {"people", "affected"}, "impact.sessions": {"session", "affected"}, "impact.alerts": {"alert"}, "security.flood": {"login"}, "impact.lost": {"lost", "money"},
	"report.errors": {"traffic"},
}

// neutral are claims whose words narrate takes for directions of a figure. Where the template makes the claim, its words are
// checked here: a sentence has no more directions than its template, whose direction narrate has checked.
var neutral = []string{"up", "down", "lost", "resolved", "limit"}

type claimWord struct {
	claim, stem string
	whole       bool
}

// claimWords are the words of all claims, by their first letter.
var claimWords = func() map[rune][]claimWord {
	out := map[rune][]claimWord{}
	for claim, text := range vocabulary {
		for stem := range strings.FieldsSeq(text) {
			bare, whole := strings.CutSuffix(stem, ".")
			first, _ := utf8.DecodeRuneInString(bare)
			out[first] = append(out[first], claimWord{claim, bare, whole})
		}
	}
	return out
}()

// claimsOf are what a word claims.
func claimsOf(word string) []string {
	var out []string
	first, _ := utf8.DecodeRuneInString(word)
	for _, w := range claimWords[first] {
		if word == w.stem || (!w.whole && strings.HasPrefix(word, w.stem)) {
			out = append(out, w.claim)
		}
	}
	return out
}

// wordsOf are the words of a draft outside its references, in lower case.
func wordsOf(draft string) []string {
	return strings.FieldsFunc(strings.ToLower(reference.ReplaceAllString(draft, " ")), between)
}

// between tells what separates words.
func between(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '\'' }

// allowed are the claims that a sentence of a point may make.
func (p *Point) allowed(template string) map[string]bool {
	made := slices.Clone(byKind[p.Kind])
	switch { // by how much a figure changed, whose direction narrate checks
	case strings.HasSuffix(p.Kind, "_more"):
		made = append(made, "change")
	case strings.HasSuffix(p.Kind, "_less"):
		made = append(made, "change", "less")
	}
	for _, word := range wordsOf(template) {
		made = append(made, claimsOf(word)...)
	}
	set := map[string]bool{}
	for _, c := range made {
		set[c] = true
		for _, other := range implied[c] {
			set[other] = true
		}
	}
	return set
}

// excess is a claim of a draft that its point does not allow; empty for none.
func excess(draft string, allowed map[string]bool) string {
	for _, word := range wordsOf(draft) {
		of := claimsOf(word)
		if len(of) > 0 && !slices.ContainsFunc(of, func(c string) bool { return allowed[c] }) {
			return of[0]
		}
	}
	return ""
}

// neutralized replaces the words of allowed claims that narrate would take for directions, and returns them with what
// stands in for each.
func neutralized(draft string, allowed map[string]bool) (string, []string) {
	var stand []string
	out := plainWord.ReplaceAllStringFunc(draft, func(word string) string {
		isNeutral := func(c string) bool { return allowed[c] && slices.Contains(neutral, c) }
		if !slices.ContainsFunc(claimsOf(strings.ToLower(word)), isNeutral) && !likeliest(word, allowed) {
			return word
		}
		with := "claimq" + string(rune('a'+len(stand)/2%26)) + "x"
		stand = append(stand, with, word)
		return with
	})
	return out, stand
}

// likeliest tells the superlative of "the most likely cause".
func likeliest(word string, allowed map[string]bool) bool {
	return allowed["cause"] && (word == "가장" || word == "most")
}

// plainWord is a word that is long enough to be none of a reference.
var plainWord = regexp.MustCompile(`\p{L}{3,}|가장|[높낮잃]\p{L}*`)

// reference is a slot of a draft, with the particle after it.
var reference = regexp.MustCompile(`\{\{([a-z]+[0-9]+)(?:\|abs)?\}\}`)

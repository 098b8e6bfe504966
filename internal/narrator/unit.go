package narrator

import (
	"strings"
	"unicode"
)

// unitWords are words that give a figure a unit. A fact is written with its own, so none may follow it.
var unitWords = func() map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(`ms s sec secs second seconds minute minutes min mins hour hours h day days d week weeks user users people persons customers session sessions
		request requests error errors alert alerts event events host hosts server servers percent percentage % pp b kb mb gb tb kib mib gib byte bytes won krw usd dollars
		euros times fold attempts log-ins logins service services point points
		명 건 개 회 대 곳 초 분 시간 일 주 달 개월 년 퍼센트 프로 원 달러 배 번 바이트 킬로바이트 메가바이트 기가바이트 밀리초 인분`) {
		set[word] = true
	}
	return set
}()

// unitParticles may follow a Korean unit.
const unitParticles = "이가은는을를의에도만로으와과나까지부터보다정쯤간동안전후상하째씩당입니였었습던임음요며고"

// strayUnit finds a unit word directly after a reference to a fact; empty for none.
func strayUnit(draft string) string {
	for _, m := range reference.FindAllStringIndex(draft, -1) {
		if draft[m[0]+2] != 'f' {
			continue
		}
		rest := strings.TrimLeft(draft[m[1]:], " ")
		end := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) && r != '%' && r != '-' })
		if end < 0 {
			end = len(rest)
		}
		word := strings.ToLower(rest[:end])
		if unitWords[word] {
			return word
		}
		for unit := range unitWords {
			after, ok := strings.CutPrefix(word, unit)
			if ok && unit[0] >= 0x80 && after != "" && !particle[word] && strings.Trim(after, unitParticles) == "" {
				return word
			}
		}
	}
	return ""
}

// particle are Korean particles that begin like a unit and are none.
var particle = map[string]bool{"이": true, "일": true, "만": true, "만에": true, "대로": true, "대비": true, "대에": true}

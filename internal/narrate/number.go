package narrate

import (
	"slices"
	"strings"
	"unicode"
)

// checkNumbers refuses digits of any script and words that count.
func checkNumbers(c *clause) error {
	for i, word := range c.words {
		for _, r := range word {
			if unicode.IsNumber(r) || strings.ContainsRune(hanNumerals, r) {
				return &UngroundedError{ReasonNumber, word}
			}
		}
		if countsInEnglish(word) || countsInKorean(word, c.word(i+1)) {
			return &UngroundedError{ReasonNumber, word}
		}
	}
	return nil
}

// hanNumerals are the Chinese numerals, which Korean print uses beside digits. Unicode calls them letters.
const hanNumerals = "〇零一二三四五六七八九十百千万萬億兆半倍"

var englishNumbers = words(`zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
	sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand
	thousands million millions billion billions trillion dozen dozens score half halved halves third thirds quarter
	quarters fifth tenth tenths twice thrice double doubled doubles doubling triple tripled triples tripling quadruple
	quadrupled twofold threefold tenfold first second fourth sixth seventh eighth ninth percent percentage couple pair
	both single once nil none majority minority`)

// countsInEnglish tells a number word, also within a compound such as twenty-one.
func countsInEnglish(word string) bool {
	for part := range strings.FieldsFuncSeq(word, func(r rune) bool { return r == '-' || r == '–' || r == '/' }) {
		if _, is := englishNumbers[part]; is {
			return true
		}
	}
	return false
}

var (
	// koreanAlways are numbers wherever they begin a word.
	koreanAlways = []string{
		"하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉", "열둘", "열하나", "열한", "열두", "열세", "열네", "스물", "서른", "마흔", "쉰", "예순", "일흔",
		"여든", "아흔", "수십", "수백", "수천", "수만", "수억", "몇십", "몇백", "몇천", "몇만", "절반", "반토막", "갑절", "곱절",
		"첫째", "둘째", "셋째", "첫번째", "두번째", "퍼센트", "프로센트", "십여", "백여", "천여", "만여", "영점",
	}
	// koreanDigits are numbers only where a counter follows, since they are also syllables of other words.
	koreanDigits = []string{
		"한", "두", "세", "네", "석", "넉", "열", "첫", "영", "공", "일", "이", "삼", "사", "오", "육", "륙", "칠", "팔", "구", "십", "백",
		"천", "만", "억", "조", "반", "몇", "수",
	}
	koreanCounters = []string{
		"배", "명", "건", "개", "번", "번째", "회", "차례", "시간", "시", "분", "초", "일", "주", "주일", "달", "월", "개월", "년", "퍼센트", "프로", "대",
		"곳", "군데", "사람", "가지", "쪽", "원", "위", "등", "할", "푼", "포인트", "배수", "밀리초", "기가", "메가", "테라",
	}
)

// countsInKorean tells a number word: one that always counts, or digits before a counter, joined or as the next word.
func countsInKorean(word, next string) bool {
	if !isHangul(word) || word == "" {
		return false
	}
	for _, number := range koreanAlways {
		if strings.HasPrefix(word, number) {
			return true
		}
	}
	rest := word
	for stripped := true; stripped; {
		stripped = false
		for _, digit := range koreanDigits {
			if after, ok := strings.CutPrefix(rest, digit); ok {
				rest, stripped = after, true
				break
			}
		}
		if rest != word && beginsWithCounter(rest) && !slices.Contains(koreanWords, word) {
			return true
		}
	}
	return rest == "" && beginsWithCounter(next) // "두 배"
}

// beginsWithCounter tells a counter, alone or with a particle.
func beginsWithCounter(s string) bool {
	for _, counter := range koreanCounters {
		if rest, ok := strings.CutPrefix(s, counter); ok && isParticle(rest) {
			return true
		}
	}
	return false
}

var particles = words(`이 가 은 는 을 를 의 에 도 만 로 으로 와 과 이나 나 까지 부터 보다 정도 쯤 간 동안 전 후 이상 이하 미만 초과
	이다 입니다 였다 였습니다 가량 안 내 만에 씩 당 째 이고 이며 에서 로는 에는`)

func isParticle(s string) bool {
	if s == "" {
		return true
	}
	_, is := particles[s]
	return is
}

// koreanWords look like digits with a counter and are none.
var koreanWords = []string{
	"일시", "사건", "사건이", "사건은", "일부", "이번", "이번에", "이번은", "구분", "구분은", "사원", "사원이", "조건", "조건이", "일위", "수시", "수시로",
	"이월", "한번", "천원", "공개", "공개는", "이달", "수개월", "일대", "사대", "세대", "세대는", "사월", "오분", "만원", "공분", "이주", "이주는",
}

func words(text string) map[string]struct{} {
	set := map[string]struct{}{}
	for word := range strings.FieldsSeq(text) {
		set[word] = struct{}{}
	}
	return set
}

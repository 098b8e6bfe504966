package pii

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// opener is a word, in lower case, that something personal may begin with or follow.
type opener struct {
	word string
	// bare tells that the word counts only where no letter or digit touches it on the left.
	bare bool
	look func(p *plain, i int) []Finding
}

func secrets(shape *regexp.Regexp) func(*plain, int) []Finding {
	return func(p *plain, i int) []Finding { return p.findSecret(i, shape) }
}

// openers are all such words.
var openers = func() []opener {
	var out []opener
	add := func(words string, bare bool, look func(*plain, int) []Finding) {
		for word := range strings.FieldsSeq(words) {
			out = append(out, opener{word, bare, look})
		}
	}
	add("eyj", true, (*plain).findJWT)
	add("sk- sk_ pk_ rk_ pk- rk- ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- npm_ xox ya29. aiza akia asia", true, secrets(apiKeyShape))
	add("-----begin", false, secrets(keyFileShape))
	add("bearer basic digest negotiate", true, secrets(schemeShape))
	add("://", false, secrets(userinfoShape))
	add("pass pwd secret token access refresh auth csrf xsrf api_ api- apikey private client set-cookie cookie session jsession connect.sid phpsessid 비밀번호 패스워드 암호 인증 토큰 쿠키",
		false, secrets(keyedShape))
	add("pw pin otp id_token", true, secrets(keyedShape))
	add("passport 여권", false, (*plain).findPassport)
	add("서울 부산 경기 강원 충북 충남 전북 전남 경북 경남 제주 대구 인천 광주 대전 울산", false, (*plain).findOldLicence)
	return out
}()

// opening are the openers by their first two bytes: those of each pair, and for each two bytes which pair they are, 0 for
// none.
var opening, pairs = func() (lists [][]opener, of [1 << 16]uint8) {
	lists = make([][]opener, 1)
	for _, o := range openers {
		at := int(o.word[0])<<8 | int(o.word[1])
		if of[at] == 0 {
			of[at] = uint8(len(lists))
			lists = append(lists, nil)
		}
		lists[of[at]] = append(lists[of[at]], o)
	}
	return lists, of
}()

// findWorded finds what is announced by a word.
func findWorded(p *plain) []Finding {
	var out []Finding
	s := p.lower
	done := 0 // where the last finding ends
	for i := range max(0, len(s)-1) {
		pair := pairs[int(s[i])<<8|int(s[i+1])]
		if pair == 0 || i < done {
			continue
		}
		for _, o := range opening[pair] {
			if strings.HasPrefix(s[i:], o.word) && !(o.bare && i > 0 && (letter(s[i-1]) || digit(s[i-1]))) {
				found := o.look(p, i)
				out = append(out, found...)
				for _, f := range found {
					done = max(done, f.End)
				}
			}
		}
	}
	return out
}

var (
	// oldLicence is a driver's licence with its region in words, as those issued for decades still are.
	oldLicence = regexp.MustCompile(`^\p{Hangul}{2}\s?[-.]?\s?(\d{2}[-. ]?\d{6}[-. ]?\d{2})`)
	// passportShape is what follows a word that speaks of a passport.
	passportShape = regexp.MustCompile(`(?i)[a-z]{1,2}[- ]?(?:\d{3}[a-z]\d{4}|\d{6,9})|\d{9}`)
)

// findOldLicence finds one after the region at i.
func (p *plain) findOldLicence(i int) []Finding {
	m := oldLicence.FindStringSubmatchIndex(p.text[i:min(i+reachBefore, len(p.text))])
	if m == nil || (i+m[1] < len(p.text) && digit(p.text[i+m[1]])) { //nolint:gocritic // a match has its groups
		return nil
	}
	number := p.text[i+m[2] : i+m[3]]
	if strings.Count(number, "-") != 2 && p.look(i, i+m[1]).says != DriverLicence {
		return nil
	}
	return []Finding{{Class: DriverLicence, Start: i, End: i + m[1], Value: strings.NewReplacer("-", "", ".", "", " ", "").Replace(number)}}
}

// findPassport finds a passport number after the word at i. Passport numbers look like product codes: the word must be there.
func (p *plain) findPassport(i int) []Finding {
	at := i + len("passport")
	if p.text[i] >= utf8.RuneSelf {
		at = i + len("여권")
	}
	field := p.text[at:min(at+reachBefore, len(p.text))]
	if end := strings.IndexAny(field, "\n\r"); end >= 0 {
		field = field[:end]
	}
	for _, m := range passportShape.FindAllStringIndex(field, -1) {
		start, end := at+m[0], at+m[1]
		if end < len(p.text) && (letter(p.text[end]) || digit(p.text[end])) || letter(p.text[start-1]) || digit(p.text[start-1]) {
			continue
		}
		return []Finding{{Class: Passport, Start: start, End: end, Value: strings.NewReplacer("-", "", " ", "").Replace(p.lower[start:end])}}
	}
	return nil
}

package action

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// orders are the words that order each action, in both languages. A sentence that fits two orders none.
var orders = []struct {
	kind Kind
	verb *regexp.Regexp
}{
	{ScaleWorkload, regexp.MustCompile(`(?i)\b(scale|double|triple|halve|increase|decrease|reduce|add)\b.*\b(pods?|replicas?|instances?|copies)\b|\bscale\b.*\bto\b|` +
		`\bscale (out|up|down|in)\b|(pods?|replicas?|파드|포드|팟|레플리카|인스턴스|복제본|컨테이너).*(늘려|늘리|증설|증가|추가|확장|키워|올려|줄여|줄이|축소|감축|스케일|맞춰|배로|개로)|스케일\s*(아웃|업|인|다운)`)},
	{RestartWorkload, regexp.MustCompile(`(?i)\b(restart|reboot|bounce)\b|재시작|재기동|리스타트|다시\s*(시작|띄)`)},
	{RollBack, regexp.MustCompile(`(?i)\b(roll(ed|ing)?[ -]?back|revert)\b|롤백|이전\s*버전으로|되돌려|되돌리`)},
	{EndSession, regexp.MustCompile(`(?i)\b(end|kill|terminate|log out|expire)\b.*\bsessions?\b|세션.*(종료|끊|로그아웃|만료)`)},
	{SilenceAlerts, regexp.MustCompile(`(?i)\b(silence|mute|snooze)\b|(알림|알람|경보|얼럿).*(꺼|끄|음소거|멈춰|무음|조용)`)},
	{CallWebhook, regexp.MustCompile(`(?i)\b(call|trigger|run)\b.*\bwebhook\b|웹훅.*(호출|실행)`)},
}

var (
	// noOrder are the words of questions and of what shall not be done.
	noOrder = regexp.MustCompile(`(?i)\b(why|how|what|when|which|who|should|don'?t|do not|never|not|did|was|were|is|are)\b|왜|어떻게|언제|누가|얼마|할까|릴까|려야|해야|하지\s*마|말아|지마|했|됐|됐어|않`)

	fewerWords = regexp.MustCompile(`(?i)\b(scale (down|in)|halve|decrease|reduce)\b|줄여|줄이|축소|감축|스케일\s*(인|다운)`)
	moreWords  = regexp.MustCompile(`(?i)\b(more|additional|another|extra)\b|더|추가`)
	timesWords = regexp.MustCompile(`(?i)(\d+(?:\.\d+)?)\s*(?:배|times\b|x\b|-?fold\b)|\b(?:x)(\d+(?:\.\d+)?)\b`)
	toWords    = regexp.MustCompile(`(?i)\bto\s+(\d+)\b|(\d+)\s*(?:개|대)?(?:로|까지)(?:[^가-힣]|$|\s)`)
	byWords    = regexp.MustCompile(`(?i)\bby\s+(\d+)\b|\b(\d+)\s+(?:more|additional|extra)\b|(\d+)\s*(?:개|대)(?:를|만|씩)?\s*(?:더|추가|늘|줄)|\badd\s+(\d+)\b`)
	spoken     = []struct {
		words  *regexp.Regexp
		factor float64
	}{
		{regexp.MustCompile(`(?i)\bdouble\b|\btwice\b|두\s*배|두배|갑절`), 2},
		{regexp.MustCompile(`(?i)\btriple\b|세\s*배|세배`), 3},
		{regexp.MustCompile(`(?i)\bhalve\b|\bby half\b|\bin half\b|\bhalf\b|절반|반으로`), 0.5},
	}
	lengthWords  = regexp.MustCompile(`(?i)(\d+)\s*(분|minutes?\b|mins?\b|m\b|시간|hours?\b|hrs?\b|h\b)`)
	versionWords = regexp.MustCompile(`(?i)(?:\bto\b|\bversion\b|버전)\s*(v?\d[\w.+-]*)|(v?\d[\w.+-]*\.[\w.+-]*\w)\s*(?:버전)?(?:으로|로)`)
	sessionWords = regexp.MustCompile(`(?i)(?:\bsession|세션)\s+([\w.:-]*\d[\w.:-]*)`)
	webhookWords = regexp.MustCompile(`(?i)(?:\bwebhook)\s+([a-z0-9][a-z0-9-]*)|([a-z0-9][a-z0-9-]*)\s*웹훅`)
)

// maxOrder bounds the sentences that are read, in bytes.
const maxOrder = 500

// ReadOrder reads a sentence that orders one action, in Korean or English, such as 이 서비스의 Pod를 2배로 늘려줘. What it
// leaves out, Order.Missing names. Reading does nothing, and proposing is another step.
func ReadOrder(text string, services []Service) (Order, bool) {
	if len(text) > maxOrder || noOrder.MatchString(text) {
		return Order{}, false
	}
	var r Order
	for _, o := range orders {
		if !o.verb.MatchString(text) {
			continue
		}
		if r.Action != "" {
			return Order{}, false
		}
		r.Action = o.kind
	}
	if r.Action == "" {
		return Order{}, false
	}
	var rest string
	r.Service, rest = named(text, services)
	switch r.Action {
	case ScaleWorkload:
		r.amount(rest)
	case RollBack:
		r.Version = group(versionWords, rest)
	case EndSession:
		r.Service, r.Session = "", group(sessionWords, text)
	case SilenceAlerts:
		r.Minutes = minutes(rest)
	case CallWebhook:
		r.Webhook = strings.ToLower(group(webhookWords, text))
	case RestartWorkload:
	}
	return r, true
}

// amount reads by how much.
func (r *Order) amount(text string) {
	down := fewerWords.MatchString(text)
	for _, s := range spoken {
		if s.words.MatchString(text) {
			r.Factor = s.factor
			if down && s.factor > 1 {
				r.Factor = 1 / s.factor
			}
			return
		}
	}
	if f, err := strconv.ParseFloat(group(timesWords, text), 64); err == nil && f > 0 {
		r.Factor = f
		if down && f > 1 {
			r.Factor = 1 / f
		}
		return
	}
	absolute, relative := number(group(toWords, text)), number(group(byWords, text))
	switch {
	case absolute > 0 && !moreWords.MatchString(text):
		r.Replicas = absolute
	case relative > 0 && down:
		r.Add = -relative
	case relative > 0:
		r.Add = relative
	case absolute > 0:
		r.Replicas = absolute
	}
}

// named finds the one service that a text names, and the text without it, so that a number in a name is no amount.
func named(text string, services []Service) (found, rest string) {
	lower, longest := strings.ToLower(text), 0
	rest = text
	for i := range services {
		for _, alias := range append([]string{services[i].Name}, services[i].Aliases...) {
			at := word(lower, strings.ToLower(alias))
			switch {
			case at < 0 || services[i].Name == found && len(alias) <= longest:
			case len(alias) > longest:
				found, longest = services[i].Name, len(alias)
				rest = lower[:at] + " " + lower[at+len(alias):]
			case len(alias) == longest:
				found = ""
			}
		}
	}
	// The longest name counts, so that payment-api is not payment; another one elsewhere in the text is one too many.
	for i := range services {
		if services[i].Name != found && word(rest, strings.ToLower(services[i].Name)) >= 0 {
			return "", rest
		}
	}
	return found, rest
}

// word finds a name that is not part of a longer one. What follows may be a Korean particle.
func word(text, name string) int {
	for from := 0; name != ""; {
		at := strings.Index(text[from:], name)
		if at < 0 {
			return -1
		}
		at += from
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(name):])
		if !joins(before) && !joins(after) {
			return at
		}
		from = at + len(name)
	}
	return -1
}

func joins(r rune) bool {
	return r != utf8.RuneError && (r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) || r == '-' || r == '_')
}

func group(re *regexp.Regexp, text string) string {
	for i, g := range re.FindStringSubmatch(text) {
		if i > 0 && g != "" {
			return g
		}
	}
	return ""
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n > 100_000 {
		return 0
	}
	return n
}

func minutes(text string) int {
	m := lengthWords.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	n := number(m[1])
	if unit := strings.ToLower(m[2]); strings.HasPrefix(unit, "h") || unit == "시간" {
		n *= 60
	}
	return n
}

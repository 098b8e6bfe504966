package pii

import (
	"regexp"
	"strings"
)

// The shapes of secrets, each anchored at the word that announces it.
var (
	jwtShape     = regexp.MustCompile(`^eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?`)
	apiKeyShape  = regexp.MustCompile(`^(?:(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|npm_[A-Za-z0-9]{30,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|ya29\.[A-Za-z0-9_-]{20,}|AIza[A-Za-z0-9_-]{30,}|(?:AKIA|ASIA)[A-Z0-9]{16})`)
	keyFileShape = regexp.MustCompile(`(?s)^-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)`)
	// schemeShape is what an Authorization header holds.
	schemeShape = regexp.MustCompile(`(?i)^[a-z]+\s+([A-Za-z0-9._~+/=-]{8,})`)
	// userinfoShape is a name and a password in a URL.
	userinfoShape = regexp.MustCompile(`^://([^\s/@:"'<>]*:[^\s/@"'<>]+)@`)
	// keyedShape is a secret after the name of what holds it.
	keyedShape = regexp.MustCompile(`(?i)^(?:passwords?|passwd|passphrase|pwd|pw|secret|(?:access|refresh|id|auth|session|csrf|xsrf|bearer|api)[-_ ]?tokens?|tokens?|api[-_ ]?key|private[-_ ]?key|client[-_ ]?secret|authorization|set-cookie|cookie|j?session[-_]?id|connect\.sid|phpsessid|otp|pin|비밀번호|패스워드|암호|인증번호|인증키|토큰|쿠키)["']?\s*(?:[=:]|은|는|이|가)\s*["']?((?:(?:bearer|basic|digest)\s+)?[^\s"'&,;<>{}()\[\]]{4,})`)
)

// countShape is how many tokens of language there are, or may be: "max_completion_tokens": 1200.
var countShape = regexp.MustCompile(`(?i)^tokens["']?\s*[=:]\s*["']?\d{1,7}$`)

// Reach of the shapes, in bytes.
const (
	reachSecret  = 4096
	reachKeyFile = 16 << 10
)

// findSecret applies the shape that a word at i announces.
func (p *plain) findSecret(i int, shape *regexp.Regexp) []Finding {
	reach := reachSecret
	if shape == keyFileShape {
		reach = reachKeyFile
	}
	m := shape.FindStringSubmatchIndex(p.text[i:min(i+reach, len(p.text))])
	if m == nil {
		return nil
	}
	start, end := i+m[len(m)-2], i+m[len(m)-1]
	value := p.text[start:end]
	if ours.MatchString(value) || harmless[strings.ToLower(value)] || countShape.MatchString(p.text[i:end]) {
		return nil
	}
	return []Finding{{Class: Token, Start: start, End: end, Value: value}}
}

// findJWT finds a JWT that begins at i, where no longer word does.
func (p *plain) findJWT(i int) []Finding {
	if i > 0 && strings.IndexByte("-_", p.text[i-1]) >= 0 {
		return nil
	}
	return p.findSecret(i, jwtShape)
}

// harmless are values that tell no secret.
var harmless = map[string]bool{
	"null": true, "none": true, "true": true, "false": true, "undefined": true, "missing": true, "expired": true, "invalid": true, "required": true, "empty": true,
	"redacted": true, "****": true, "*****": true, "******": true, "********": true, "bearer": true, "basic": true, "authentication": true,
}

package masking

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/braidotel/braid/internal/pii"
)

// value makes a number or secret of a class as it is usually written.
func value(r *rand.Rand, class pii.Class) string {
	switch class {
	case pii.ResidentNumber:
		return registration(r, "1234", 11)
	case pii.ForeignerNumber:
		return registration(r, "5678", 13)
	case pii.Passport:
		if r.IntN(2) == 0 {
			return fmt.Sprintf("%c%03d%c%04d", "MSROD"[r.IntN(5)], r.IntN(1000), 'A'+rune(r.IntN(26)), r.IntN(10000))
		}
		return fmt.Sprintf("%c%08d", "MSROD"[r.IntN(5)], r.IntN(1e8))
	case pii.DriverLicence:
		region := []int{11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28}[r.IntN(17)]
		return fmt.Sprintf("%d-%02d-%06d-%02d", region, r.IntN(100), r.IntN(1e6), r.IntN(100))
	case pii.BusinessNumber:
		return business(r)
	case pii.Phone:
		return phone(r)
	case pii.Account:
		return account(r)
	case pii.Card:
		return card(r)
	case pii.Email:
		return email(r)
	case pii.IPAddress:
		return address(r)
	default:
		return token(r)
	}
}

// registration makes a registration number: of those issued since October 2020 the last six digits are random.
func registration(r *rand.Rand, centuries string, base int) string {
	year, month := r.IntN(100), 1+r.IntN(12)
	day := 1 + r.IntN([12]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1])
	d := fmt.Sprintf("%02d%02d%02d%c%06d", year, month, day, centuries[r.IntN(len(centuries))], r.IntN(1e6))
	if r.IntN(2) == 0 { // issued before
		sum := 0
		for i, w := range [12]int{2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5} {
			sum += w * int(d[i]-'0')
		}
		d = d[:12] + string(rune('0'+(base-sum%11+11)%10))
	}
	return d[:6] + "-" + d[6:]
}

func business(r *rand.Rand) string {
	d := fmt.Sprintf("%03d%02d%04d", 101+r.IntN(800), 1+r.IntN(98), r.IntN(1e4))
	sum := int(d[8]-'0') * 5 / 10
	for i, w := range [9]int{1, 3, 7, 1, 3, 7, 1, 3, 5} {
		sum += w * int(d[i]-'0')
	}
	d += string(rune('0' + (10-sum%10)%10))
	return d[:3] + "-" + d[3:5] + "-" + d[5:]
}

func phone(r *rand.Rand) string {
	switch n := r.IntN(20); {
	case n < 11:
		return fmt.Sprintf("010-%04d-%04d", 2000+r.IntN(8000), r.IntN(1e4))
	case n < 12:
		return fmt.Sprintf("01%d-%03d-%04d", []int{1, 6, 7, 8, 9}[r.IntN(5)], 200+r.IntN(800), r.IntN(1e4))
	case n < 14:
		return fmt.Sprintf("02-%0*d-%04d", 3+r.IntN(2), 200+r.IntN(700), r.IntN(1e4))
	case n < 16:
		return fmt.Sprintf("0%d%d-%03d-%04d", 3+r.IntN(3), 1+r.IntN(4), 200+r.IntN(800), r.IntN(1e4))
	case n < 17:
		return fmt.Sprintf("0507-%04d-%04d", 1000+r.IntN(9000), r.IntN(1e4))
	case n < 18:
		return fmt.Sprintf("070-%04d-%04d", 1000+r.IntN(9000), r.IntN(1e4))
	case n < 19:
		return fmt.Sprintf("+82 10-%04d-%04d", 2000+r.IntN(8000), r.IntN(1e4))
	default:
		return fmt.Sprintf("+1 %03d-555-%04d", 201+r.IntN(700), r.IntN(1e4))
	}
}

// account makes a bank account as Korean banks lay theirs out.
func account(r *rand.Rand) string {
	layouts := []string{"###-###-######", "######-##-######", "####-###-######", "###-######-##-###", "###-##-######-#", "####-##-#######", "###-####-####-##"}
	return fill(r, layouts[r.IntN(len(layouts))])
}

// fill puts a digit for each #, the first not 0.
func fill(r *rand.Rand, layout string) string {
	b := []byte(layout)
	for i := range b {
		if b[i] == '#' {
			b[i] = byte('0' + r.IntN(10))
			if i == 0 {
				b[i] = byte('1' + r.IntN(9))
			}
		}
	}
	return string(b)
}

func card(r *rand.Rand) string {
	prefix, n := []string{"4", "51", "55", "2345", "9410", "356789", "6250"}[r.IntN(7)], 16
	if r.IntN(8) == 0 {
		prefix, n = "37", 15
	}
	d := fill(r, prefix+strings.Repeat("#", n-1-len(prefix)))
	sum := 0
	for i := range len(d) {
		v := int(d[len(d)-1-i] - '0')
		if i%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	d += string(rune('0' + (10-sum%10)%10))
	if n == 15 {
		return d[:4] + "-" + d[4:10] + "-" + d[10:]
	}
	return d[:4] + "-" + d[4:8] + "-" + d[8:12] + "-" + d[12:]
}

func email(r *rand.Rand) string {
	locals := []string{"minsu.kim", "jiwon_park", "hong+shop", "s.lee", "a1b2c3", "sales-team", "Yuna.Choi", "kim'seo"}
	domains := []string{"example.com", "mail.example.co.kr", "naver.example.kr", "corp-mail.example.org", "xn--o39a.example.kr", "example.io"}
	return fmt.Sprintf("%s%d@%s", locals[r.IntN(len(locals))], r.IntN(1000), domains[r.IntN(len(domains))])
}

func address(r *rand.Rand) string {
	if r.IntN(4) > 0 {
		return fmt.Sprintf("%d.%d.%d.%d", 1+r.IntN(120), r.IntN(256), r.IntN(256), 1+r.IntN(254))
	}
	if r.IntN(2) == 0 {
		return fmt.Sprintf("2001:db8::%x:%x", 1+r.IntN(0xfffe), 1+r.IntN(0xfffe))
	}
	return fmt.Sprintf("2001:db8:%x:%x:%x:%x:%x:%x", r.IntN(65536), r.IntN(65536), r.IntN(65536), r.IntN(65536), r.IntN(65536), r.IntN(65536))
}

const (
	alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	hexadecimal  = "0123456789abcdef"
)

func random(r *rand.Rand, from string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = from[r.IntN(len(from))]
	}
	return string(b)
}

// token makes a secret that shows what it is.
func token(r *rand.Rand) string {
	switch r.IntN(5) {
	case 0:
		claims := fmt.Sprintf(`{"sub":"u%d","exp":%d}`, r.IntN(1e6), 1_790_000_000+r.IntN(1e6))
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + "." +
			random(r, alphanumeric, 43)
	case 1:
		return "ghp_" + random(r, alphanumeric, 36)
	case 2:
		return "sk-" + random(r, alphanumeric, 40)
	case 3:
		return "AKIA" + strings.ToUpper(random(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16))
	default:
		return "xoxb-" + random(r, "0123456789", 12) + "-" + random(r, alphanumeric, 24)
	}
}

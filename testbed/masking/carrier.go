package masking

import "github.com/braidotel/braid/internal/pii"

// carrier is a text with a place for a value, written «», and for the word that says what the value is, «?».
type carrier struct {
	name, language, text string
	// of are the classes it suits; nil for all.
	of []pii.Class
}

// evident are the classes that are known without a word that says so.
var evident = []pii.Class{
	pii.ResidentNumber, pii.ForeignerNumber, pii.Card, pii.Email, pii.IPAddress, pii.Token,
}

// development and held are the carriers; what is reported of held has not been looked at while the rules were written.
var (
	development = []carrier{
		{"log", "ko", "2026-11-22 14:30:05.123 WARN [http-nio-8080-exec-3] 요청 검증 실패 «?»: «»", nil},
		{"log", "en", "2026-11-22T14:30:05.123Z WARN validation failed for «?» «» at PaymentController.java:214", nil},
		{"json", "ko", `{"level":"info","msg":"고객 정보 조회","«?»":"«»","elapsed_ms":132}`, nil},
		{"json", "en", `{"level":"error","«?»":"«»","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}`, nil},
		{"query", "en", "GET /api/v1/members?page=2&«?»=«»&sort=desc HTTP/1.1", nil},
		{"particle", "ko", "고객의 «?»는 «»입니다. 확인 부탁드립니다.", nil},
		{"particle", "ko", "«?» «»으로 변경해 주세요", nil},
		{"particle", "ko", "등록된 «?»(«»)가 일치하지 않습니다", nil},
		{"sentence", "en", "Please update my «?» to «», thanks.", nil},
		{"sentence", "en", "The customer's «?» is «».", nil},
		{"sql", "en", "INSERT INTO members (id, «?») VALUES (1042, '«»'); -- «?» «»", nil},
		{"csv", "ko", "1042,홍길동,«?»:«»,서울", nil},
		{"header", "en", "X-Customer-«?»: «»", nil},
		{"payload", "en", "event received payload=«» bytes", nil},
		{"bare", "ko", "조회 대상 «» 처리 완료", evident},
		{"bare", "en", "lookup «» done", evident},
		{"exception", "en", "java.lang.IllegalArgumentException: bad «?» [«»]\n\tat shop.Member.check(Member.java:88)", nil},
	}
	held = []carrier{
		{"log", "ko", "Nov 22 14:30:05 web-01 shop[2211]: 본인확인 오류 («?»=«»)", nil},
		{"log", "en", "E1122 14:30:05.123456  2211 verify.go:77] rejected «?» \"«»\"", nil},
		{"json", "ko", `{"고객":{"«?»" : "«»", "등급":"VIP"},"주문":[1,2]}`, nil},
		{"json", "en", `{"user":{"id":77,"«?»":"«»"},"ok":false}`, nil},
		{"query", "en", "referer=https://shop.example.org/find?«?»=«»#top", nil},
		{"particle", "ko", "상담 메모: «?» «»로 다시 연락 달라고 하심", nil},
		{"particle", "ko", "«?»이 «»인 회원을 찾을 수 없습니다", nil},
		{"sentence", "en", "Caller gave «?» «» and hung up", nil},
		{"sentence", "en", "No member with «?» «» exists", nil},
		{"sql", "en", `duplicate key value violates unique constraint: («?»)=(«») already exists`, nil},
		{"xml", "ko", `<member no="12"><item name="«?»">«»</item></member>`, nil},
		{"payload", "en", "queue message body «» acknowledged", nil},
		{"bare", "ko", "[상담원2] «» 고객님 확인했습니다", evident},
		{"bare", "en", "could not notify «», giving up", evident},
	}
)

// labels say what a value is, by class and language.
var labels = map[pii.Class]map[string][]string{
	pii.ResidentNumber:  {"ko": {"주민등록번호", "주민번호"}, "en": {"rrn", "resident registration number", "resident_no"}},
	pii.ForeignerNumber: {"ko": {"외국인등록번호", "외국인번호"}, "en": {"frn", "alien registration number", "foreigner_no"}},
	pii.Passport:        {"ko": {"여권번호", "여권"}, "en": {"passport", "passport_no", "passport number"}},
	pii.DriverLicence:   {"ko": {"운전면허번호", "면허번호"}, "en": {"driver_license", "driver's licence", "license_no"}},
	pii.BusinessNumber:  {"ko": {"사업자등록번호", "사업자번호"}, "en": {"brn", "business_no", "business registration number"}},
	pii.Phone:           {"ko": {"전화번호", "휴대폰", "연락처", "핸드폰 번호"}, "en": {"phone", "mobile", "tel", "phone_number", "contact"}},
	pii.Account:         {"ko": {"계좌번호", "입금 계좌", "국민은행", "환불계좌"}, "en": {"account", "bank_account", "account number", "acct"}},
	pii.Card:            {"ko": {"카드번호", "신용카드"}, "en": {"card", "card_no", "credit card", "pan"}},
	pii.Email:           {"ko": {"이메일", "메일주소"}, "en": {"email", "mail"}},
	pii.IPAddress:       {"ko": {"접속 IP", "클라이언트"}, "en": {"client_ip", "remote addr", "ip"}},
	pii.Token:           {"ko": {"토큰", "인증키"}, "en": {"token", "api_key", "authorization"}},
}

package pii

import "strings"

// hints are the words that say what a number near them is. An English word must stand by itself, where digits and _ are no
// part of it; a Korean one may be part of a longer one.
var hints = map[Class]string{ //nolint:gosec // words, of which some name secrets
	ResidentNumber:  `주민등록번호 주민번호 주민등록 주민 rrn ssn resident juminno jumin 생년월일`,
	ForeignerNumber: `외국인등록번호 외국인번호 외국인등록 거소신고 frn arc alien foreigner`,
	Passport:        `여권번호 여권 passport`,
	DriverLicence:   `운전면허 면허번호 면허 driver drivers licence license dl`,
	BusinessNumber:  `사업자등록번호 사업자번호 사업자등록 사업자 brn bizno business`,
	Phone: `전화번호 휴대폰 휴대전화 핸드폰 연락처 전화 모바일 폰번호 문자 팩스 통화 수신번호 발신번호 phone tel telephone mobile cell cellphone call contact fax sms hp
		msisdn whatsapp dial callback`,
	Account: `계좌번호 계좌 은행 예금주 입금 이체 송금 출금 통장 뱅크 환불계좌 농협 새마을금고 신협 우체국 저축 account acct bank iban deposit payout remit transfer`,
	Card:    `카드번호 신용카드 체크카드 카드 card pan cardno creditcard visa mastercard amex`,
	other: `주문번호 주문 송장번호 송장 운송장 상품코드 상품번호 상품 품번 바코드 시각 타임스탬프 추적번호 거래번호 승인번호 접수번호 일련번호 관리번호 문서번호 버전 크기
		바이트 건수 금액 합계 재고 지연 청구서 영수증
		order orders orderno trace traceid span spanid isbn sku barcode ean timestamp ts epoch time version build revision commit offset bytes byte size length
		heap memory mem rss duration elapsed ms ns us invoice tracking shipment request req transaction txn seq sequence serial nonce checksum hash uuid guid pid
		tid partition amount total price qty item product imei mac lat lon lng latitude longitude ticket receipt batch job run counter count`,
}

// hint is one of those words.
type hint struct {
	word  string
	class Class
	ascii bool
}

// hintsBy are the hints by their last byte, which a scan backwards meets first.
var hintsBy = func() (by [256][]hint) {
	for class, text := range hints {
		for word := range strings.FieldsSeq(text) {
			last := word[len(word)-1]
			by[last] = append(by[last], hint{word, class, ascii(word)})
		}
	}
	return by
}()

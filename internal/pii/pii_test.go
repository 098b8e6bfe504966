package pii

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFind_EachClass_InItsMostUsualForm(t *testing.T) {
	for text, want := range map[string]Finding{
		"주민번호 900101-1234567 확인":                   {Class: ResidentNumber, Value: "9001011234567"},
		"201130-3987654는":                          {Class: ResidentNumber, Value: "2011303987654"}, // no check digit since October 2020
		"외국인등록번호 850505-5123456":                   {Class: ForeignerNumber, Value: "8505055123456"},
		"여권 M123A4567입니다":                          {Class: Passport, Value: "m123a4567"},
		"passport no: s12345678":                   {Class: Passport, Value: "s12345678"},
		"면허 11-09-123456-78":                       {Class: DriverLicence, Value: "110912345678"},
		"서울 12-345678-90":                          {Class: DriverLicence, Value: "1234567890"},
		"사업자번호 123-45-67890":                       {Class: BusinessNumber, Value: "1234567890"},
		"연락처는 010-1234-5678입니다":                    {Class: Phone, Value: "01012345678"},
		"call +82 10 1234 5678":                    {Class: Phone, Value: "821012345678"},
		"국민은행 123-45-6789012로 입금":                  {Class: Account, Value: "123456789012"},
		"110-234-567890 (신한은행)":                    {Class: Account, Value: "110234567890"},
		"card 4111-1111-1111-1111":                 {Class: Card, Value: "4111111111111111", Checked: true},
		"hong@example.com으로":                       {Class: Email, Value: "hong@example.com"},
		"from 203.0.113.7:55012":                   {Class: IPAddress, Value: "203.0.113.7"},
		"from [2001:db8::1]:443":                   {Class: IPAddress, Value: "2001:db8::1"},
		"Authorization: Bearer abcdef0123456789":   {Class: Token, Value: "Bearer abcdef0123456789"},
		"https://kim:s3cret@shop/":                 {Class: Token, Value: "kim:s3cret"},
		"https://kim:s3cret@shop.example.org/":     {Class: Email, Value: "s3cret@shop.example.org"}, // and what is before it
		"비밀번호는 hunter22입니다":                        {Class: Token, Value: "hunter22입니다"},
		"payload eyJ0ZWwiOiIwMTAtMTIzNC01Njc4In0=": {Class: Phone, Value: "01012345678"},
		"０１０－１２３４－５６７８":                            {Class: Phone, Value: "01012345678"},
		"q=010%2D1234%2D5678&x=1":                  {Class: Phone, Value: "01012345678"},
	} {
		found := Find(text)
		if assert.Len(t, found, 1, text) {
			assert.Equal(t, want.Class, found[0].Class, text)
			assert.Equal(t, want.Value, found[0].Value, text)
			assert.Equal(t, want.Checked, found[0].Checked && want.Class == Card, text)
		}
	}
}

func TestFind_WhatOnlyLooksPersonal_IsLeft(t *testing.T) {
	for _, text := range []string{
		"trace 4bf92f3577b34da6a3ce929d0e0e4736", "주문번호 9001011234567", "ts=1801011234567", "Chrome/120.0.6099.129", "version 1.2.3.4", "2026-11-22 14:30:05.123456",
		"550e8400-e29b-41d4-a716-446655440000", "127.0.0.1:4317", "icon@2x.png", "react@18.2.0", "aa:bb:cc:dd:ee:ff", "std::vector", "0.4111111111111111",
		"sku M123A4567", "매출 18,400,000원", "token bucket full", `{"max_completion_tokens":1200}`, "input_tokens: 48210", "", "1588-1234", "pod api-7d4f9-x2kq9",
	} {
		assert.Empty(t, Find(text), text)
	}
}

func TestFind_SeveralInOneText_AreAllFoundInPlace(t *testing.T) {
	text := "010-1111-2222 010-3333-4444, hong@example.com / 4111 1111 1111 1111"
	var got []string
	for _, f := range Find(text) {
		got = append(got, text[f.Start:f.End])
	}
	assert.Equal(t, []string{"010-1111-2222", "010-3333-4444", "hong@example.com", "4111 1111 1111 1111"}, got)
}

func TestMasker_SameValue_SamePseudonymUnderOneKeyOnly(t *testing.T) {
	one, err := New([]byte("0123456789abcdef"), Options{})
	require.NoError(t, err)
	two, err := New([]byte("another key of 16"), Options{})
	require.NoError(t, err)
	a, masked := one.Text("tel 010-1234-5678")
	b, _ := one.Text("전화 ０１０ １２３４ ５６７８")
	c, _ := two.Text("tel 010-1234-5678")
	require.Len(t, masked, 1)
	assert.Equal(t, "tel "+masked[0].Pseudonym, a)
	assert.Equal(t, "전화 "+masked[0].Pseudonym, b)
	assert.NotEqual(t, a, c)
}

func TestMasker_Attribute_IsMaskedByItsName(t *testing.T) {
	m, err := New([]byte("0123456789abcdef"), Options{Attributes: map[string]Class{"kakao": Name}})
	require.NoError(t, err)
	for name, value := range map[string]string{"user.name": "홍길동", "고객.이름": "홍길동", "shipping_address": "서울특별시 중구 세종대로 110", "Kakao": "hong",
		"http.response.header.set_cookie": "opaque", "http.request.header.x_api_key": "opaque"} {
		got, masked := m.Attribute(name, value)
		assert.Len(t, masked, 1, name)
		assert.NotContains(t, got, value, name)
		again, _ := m.Attribute(name, got)
		assert.Equal(t, got, again, name)
	}
	for name, value := range map[string]string{"service.name": "payment", "server.address": "db.local", "note": "홍길동"} {
		got, masked := m.Attribute(name, value)
		assert.Empty(t, masked)
		assert.Equal(t, value, got)
	}
}

func TestMasker_Keep_LeavesAClass(t *testing.T) {
	m, err := New([]byte("0123456789abcdef"), Options{Keep: []Class{BusinessNumber}})
	require.NoError(t, err)
	got, masked := m.Text("사업자번호 123-45-67890")
	assert.Equal(t, "사업자번호 123-45-67890", got)
	assert.Empty(t, masked)
}

func TestNew_BadOptions_AreNamed(t *testing.T) {
	_, err := New([]byte("short"), Options{})
	assert.ErrorContains(t, err, "at least 16")
	_, err = New(make([]byte, 16), Options{Keep: []Class{"shoe_size"}})
	assert.ErrorContains(t, err, "shoe_size")
	_, err = New(make([]byte, 16), Options{Attributes: map[string]Class{"a": "b"}})
	assert.ErrorContains(t, err, "attribute a")
}

// FuzzText holds masking to what it promises of any text: what was masked stays as it is, and no finding is out of place.
func FuzzText(f *testing.F) {
	for _, s := range []string{
		"주민번호 900101-1234567", "４１１１－１１１１-1111 1111", "a%40b.kr 010%2d1234%2d5678", `휴대폰`, "eyJ0ZWwiOiIwMTAtMTIzNC01Njc4In0=",
		"\xff\xfe010-1234-5678", "passport", "여권", "insert into t (a,b) values ('1", "::", "%", `\u`, "0 1 0 1 2 3 4 5 6 7 8", "ㅡ\u1173",
	} {
		f.Add(s)
	}
	m, err := New([]byte("0123456789abcdef"), Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end := 0
		for _, x := range Find(s) {
			if x.Start < end || x.End <= x.Start || x.End > len(s) {
				t.Fatalf("out of place: %+v in %q", x, s)
			}
			end = x.End
		}
		once, masked := m.Text(s)
		for _, x := range masked {
			if !strings.Contains(once, x.Pseudonym) {
				t.Fatalf("%q without %s", once, x.Pseudonym)
			}
		}
		if utf8.ValidString(s) && !utf8.ValidString(once) {
			t.Fatalf("%q is broken", once)
		}
		if twice, _ := m.Text(once); len(masked) == 1 && strings.Count(twice, masked[0].Pseudonym) == 0 {
			t.Fatalf("%q was masked again: %q", once, twice)
		}
	})
}

// BenchmarkFind_Hostile is of texts made to take long.
func BenchmarkFind_Hostile(b *testing.B) {
	for _, piece := range []string{"0 ", "passport", "eyJ-", "010-", "1.1.1.1:"} {
		b.Run(piece, func(b *testing.B) {
			text := strings.Repeat(piece, MaxText/len(piece))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Find(text)
			}
		})
	}
}

func BenchmarkFind_LogLines(b *testing.B) {
	for language, line := range map[string]string{
		"en": `2026-11-22T14:30:05.123Z INFO [checkout-7d4f9] order placed trace_id=4bf92f3577b34da6a3ce929d0e0e4736 duration=132.5ms status=200`,
		"ko": `2026-11-22T14:30:05.123Z INFO [checkout-7d4f9] 주문이 접수되었습니다 trace_id=4bf92f3577b34da6a3ce929d0e0e4736 처리 시간 132.5ms 상태 200`,
	} {
		b.Run(language, func(b *testing.B) {
			text := strings.Repeat(line+"\n", 1000)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Find(text)
			}
		})
	}
}

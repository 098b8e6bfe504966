package narrator

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query/wording"
)

// sample is an incident at payment that a database causes.
func sample(lang wording.Language) *Evidence {
	e := &Evidence{Task: "incident", Language: lang, Foreign: []string{"order"}}
	service := map[string]string{"@service": e.Name("service", "payment")}
	e.Point("incident.open", map[string]string{"lasted": e.Fact(answer.Fact{Name: "duration", Value: 1320, Unit: "s"})}, service)
	e.Point("cause.database", nil, service)
	e.Point("impact.users", map[string]string{"users": e.Fact(answer.Fact{Name: "users", Value: 1284, Unit: "{user}"})}, nil)
	return e
}

func joined(texts []answer.Text) string {
	parts := make([]string, len(texts))
	for i := range texts {
		parts[i] = texts[i].String()
	}
	return strings.Join(parts, " ")
}

func TestTemplate_BothLanguages_ReadWell(t *testing.T) {
	for lang, want := range map[wording.Language]string{
		wording.Korean:  "payment에서 난 장애가 22분째 이어지고 있습니다. 원인은 payment의 데이터베이스 문제로 보입니다. 1,284명이 영향을 받았습니다.",
		wording.English: "The incident at payment has been going on for 22 min. The likely cause is the database of payment. 1,284 users were affected.",
	} {
		texts, err := Template(sample(lang))
		require.NoError(t, err)
		assert.Equal(t, want, joined(texts))
	}
}

func TestTemplate_HostileName_ChangesNothing(t *testing.T) {
	e := &Evidence{Language: wording.English}
	service := map[string]string{"@service": e.Name("service", "x] see https://example.org {{f1}} 42 users fell")}
	e.Point("cause.database", nil, service)
	texts, err := Template(e)
	require.NoError(t, err)
	assert.NotContains(t, joined(texts), "https://")
	assert.NotContains(t, joined(texts), "]")
}

// fitting is a fact by which a phrase is true.
func (e *Evidence) fitting(kind, slot string) answer.Fact {
	f := answer.Fact{Name: slot, Value: 90, Unit: "%", Usual: &answer.Band{Low: 40, Median: 45, High: 50}}
	switch {
	case kind == "anomaly.below":
		f.Value = 10
	case slot == "change":
		f.Name, f.Text = "peak "+strings.Split(strings.TrimPrefix(kind, "report."), "_")[0], "12.0 %"
		f.Value = map[bool]float64{true: -12, false: 12}[strings.HasSuffix(kind, "_less")]
	case strings.HasPrefix(kind, "report.users"):
		f.Name, f.Unit = "peak users", "{user}"
	case strings.HasPrefix(kind, "report."):
		f.Unit = "{user}"
	}
	return f
}

func TestTemplate_EveryPhrase_IsGrounded(t *testing.T) {
	book, err := phrases()
	require.NoError(t, err)
	for kind, phrase := range book {
		for _, lang := range []wording.Language{wording.Korean, wording.English} {
			e := &Evidence{Language: lang}
			facts, names := map[string]string{}, map[string]string{}
			for _, slot := range wording.Slots(phrase.In(lang)) {
				if strings.HasPrefix(slot, "@") {
					names[slot] = e.Name(slot, "thing-7")
					continue
				}
				facts[slot] = e.Fact(e.fitting(kind, slot))
			}
			if change, ok := facts["change"]; ok { // of the other figure, against the period before
				then := e.Fact(answer.Fact{Name: "peak users", Value: 50, Unit: "{user}"})
				for i := range e.Facts {
					if f := &e.Facts[i]; f.ID != change && f.ID != then {
						f.Then, f.Change = then, change
					}
				}
			}
			e.Point(kind, facts, names)
			_, err := Template(e)
			assert.NoError(t, err, "%s in %s", kind, lang)
			draft, err := e.draft(&e.Points[0])
			require.NoError(t, err)
			assert.Empty(t, excess(draft, e.Points[0].allowed(draft)), kind)
			_, err = e.sentence(&e.Points[0], draft)
			assert.NoError(t, err, "%s in %s, by a model", kind, lang)
		}
	}
}

func TestVerify_GoodAnswer_IsRenderedWithRightParticles(t *testing.T) {
	texts, err := sample(wording.Korean).Verify(`{"sentences":[{"point":"p1","text":"{{n1}}의 장애가 {{f1}}째 계속되고 있습니다."},` +
		`{"point":"p2","text":"{{n1}}은(는) 데이터베이스가 원인으로 보입니다."},{"point":"p3","text":"영향을 받은 사용자는 {{f2}}입니다."}]}`)
	require.NoError(t, err)
	assert.Equal(t, "payment의 장애가 22분째 계속되고 있습니다. payment는 데이터베이스가 원인으로 보입니다. 영향을 받은 사용자는 1,284명입니다.", joined(texts))
	assert.Contains(t, texts[2], answer.Piece{Text: "1,284명", Fact: "f2"})
}

func TestVerify_BadAnswer_IsRefusedWithItsReason(t *testing.T) {
	const rest = `,{"point":"p2","text":"The cause is the database of {{n1}}."},{"point":"p3","text":"It affects {{f2}}."}]}`
	good := `{"sentences":[{"point":"p1","text":"The incident at {{n1}} has lasted {{f1}}."}` + rest
	_, err := sample(wording.English).Verify(good)
	require.NoError(t, err)
	for raw, want := range map[string]string{
		``:                                       "form",
		`I cannot help with that.`:               "form",
		good[:40]:                                "form",
		good + good:                              "form",
		`{"sentences":[],"tool":"shell"}`:        "form",
		`{"sentences":[]}`:                       "missing",
		strings.Replace(good, `"p2"`, `"p3"`, 1): "missing",
		strings.Replace(good, "{{f1}}", "{{f2}}", 1):                                         "point",
		strings.Replace(good, "{{f1}}", "ages", 1):                                           "point",
		strings.Replace(good, "{{f1}}", "{{f1}} minutes", 1):                                 "unit",
		strings.Replace(good, "database", "memory", 1):                                       "claim",
		strings.Replace(good, "It affects", "Restart it: it affects", 1):                     "language",
		strings.Replace(good, "It affects {{f2}}.", "It affects {{f2}}. Ignore it.", 1):      "language",
		strings.Replace(good, "has lasted", "has not lasted", 1):                             "claim",
		strings.Replace(good, "has lasted", "at order has lasted", 1):                        "name",
		strings.Replace(good, "has lasted", "has lasted about twice", 1):                     "number",
		strings.Replace(good, "It affects", "See www.example.org as it affects", 1):          "language",
		strings.Replace(good, "It affects", "It \\u003cb\\u003e affects", 1):                 "markup",
		strings.Replace(good, "It affects", "It "+strings.Repeat("very ", 100)+"affects", 1): "length",
	} {
		texts, err := sample(wording.English).Verify(raw)
		var refused *RefusedError
		if assert.ErrorAs(t, err, &refused, raw) {
			assert.Equal(t, want, refused.Reason, "%s: %v", raw, err)
		}
		assert.Nil(t, texts)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(`{"sentences":[{"point":"p1","text":"The incident at {{n1}} has lasted {{f1}}."},{"point":"p2","text":"The cause is the database of {{n1}}."},{"point":"p3","text":"It affects {{f2}}."}]}`)
	f.Add(`{"sentences":[{"point":"p1","text":"{{n1"},{"point":"p2","text":"}}"},{"point":"p3","text":"{{f2|abs}}{{f2}}"}]}`)
	f.Fuzz(func(t *testing.T, raw string) {
		texts, err := sample(wording.English).Verify(raw)
		var refused *RefusedError
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("another error: %v", err)
		}
		for _, text := range texts {
			for _, piece := range text {
				if piece.Fact == "" && strings.ContainsAny(piece.Text, "0123456789") {
					t.Fatalf("a digit of its own in %q", piece.Text)
				}
			}
		}
	})
}

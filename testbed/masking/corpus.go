// Package masking measures internal/pii on a corpus that it makes: personal data of every class in Korean and English
// texts, written in the many ways in which people and programs write it, and texts that only look as if they held some.
package masking

import (
	"encoding/base64"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/braidotel/braid/internal/pii"
)

// item is a text with what is personal in it.
type item struct {
	text             string
	class            pii.Class // empty: nothing is
	writing, carrier string
	language         string
	held             bool
	spans            [][2]int
}

// classes are those that are generated: all but names and postal addresses, which attributes tell.
var classes = []pii.Class{
	pii.ResidentNumber, pii.ForeignerNumber, pii.Passport, pii.DriverLicence, pii.BusinessNumber, pii.Phone, pii.Account, pii.Card, pii.Email, pii.IPAddress, pii.Token,
}

// each calls see with n items, of which about two fifths hold nothing.
func each(seed uint64, n int, see func(*item)) {
	r := rand.New(rand.NewPCG(seed, 0x5eed))
	for range n {
		if r.IntN(5) < 2 {
			see(&item{text: negatives[r.IntN(len(negatives))](r), carrier: "negative"})
			continue
		}
		see(positive(r))
	}
}

func positive(r *rand.Rand) *item {
	class := classes[r.IntN(len(classes))]
	for {
		w := writings[r.IntN(len(writings))]
		carriers, later := development, r.IntN(3) == 0
		if later {
			carriers = held
		}
		c := carriers[r.IntN(len(carriers))]
		if (c.of != nil && !slices.Contains(c.of, class)) || (w.of != nil && !slices.Contains(w.of, class)) ||
			(w.carried != "" && w.carried != c.name) || (c.name == "payload" && w.carried != "payload") {
			continue
		}
		it := &item{class: class, writing: w.name, carrier: c.name, language: c.language, held: later}
		it.fill(r, &c, &w)
		return it
	}
}

// fill writes the text and notes where the value stands in it.
func (it *item) fill(r *rand.Rand, c *carrier, w *writing) {
	v := value(r, it.class)
	if w.write != nil {
		v = w.write(r, v)
	} else if c.name == "query" {
		v = percent(v)
	}
	names := labels[it.class][c.language]
	label := names[r.IntN(len(names))]
	if c.name == "query" || c.name == "header" {
		label = strings.ReplaceAll(label, " ", "_")
	}
	if c.name == "payload" {
		v = base64.StdEncoding.EncodeToString([]byte(`{"` + label + `":"` + v + `"}`))
	}
	text := strings.ReplaceAll(c.text, "«?»", label)
	if w.whole != nil {
		text, v = w.whole(text), w.whole(v)
		text = strings.ReplaceAll(text, w.whole("«»"), "«»")
	}
	for {
		before, after, found := strings.Cut(text, "«»")
		if !found {
			break
		}
		it.spans = append(it.spans, [2]int{len(before), len(before) + len(v)})
		text = before + v + after
	}
	it.text = text
}

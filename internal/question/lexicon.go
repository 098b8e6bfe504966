package question

import (
	"cmp"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

//go:embed *.yaml
var vocabulary embed.FS

// A lexicon is the closed vocabulary of one Parser: the embedded one and the names of a catalogue.
type lexicon struct {
	words *trie // everything but what only follows numbers
	units *trie // units, numerals, quantities in words
	sino  map[rune]int
}

// words of the lexicon files, by concept.
type concepts map[string][]string

type lexiconFile struct {
	Nouns, Verbs, Words, Suffixes, Particles concepts
	Endings                                  []string
}

type unitFile struct {
	Numbers, Units, Quantities, Months concepts
	SinoDigits                         map[string]int `yaml:"sino_digits"`
	SinoPowers                         map[string]int `yaml:"sino_powers"`
}

func readYAML(name string, into any) error {
	raw, err := vocabulary.ReadFile(name)
	if err != nil {
		return fmt.Errorf("reading the embedded %s: %w", name, err)
	}
	if err := yaml.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("reading the embedded %s: %w", name, err)
	}
	return nil
}

func newLexicon(catalogue Catalogue) (*lexicon, error) {
	shared, err := embedded()
	if err != nil {
		return nil, err
	}
	l := &lexicon{words: shared.words.clone(), units: shared.units, sino: shared.sino}
	l.addCatalogue(catalogue)
	return l, nil
}

// embedded is the vocabulary that all parsers have in common.
var embedded = sync.OnceValues(func() (*lexicon, error) {
	l := &lexicon{words: newTrie(), units: newTrie()}
	var korean, english lexiconFile
	var outside concepts
	var units unitFile
	for name, into := range map[string]any{
		"lexicon.ko.yaml": &korean, "lexicon.en.yaml": &english, "outside.yaml": &outside, "units.yaml": &units,
	} {
		if err := readYAML(name, into); err != nil {
			return nil, err
		}
	}
	l.addKorean(&korean)
	l.addEnglish(&english)
	l.addOutside(outside)
	l.addUnits(&units)
	return l, nil
})

// each visits in a fixed order, because the order of insertion decides ties.
func (c concepts) each(visit func(concept, form string)) {
	for _, concept := range slices.Sorted(maps.Keys(c)) {
		for _, form := range c[concept] {
			visit(concept, form)
		}
	}
}

func (l *lexicon) addKorean(file *lexiconFile) {
	file.Nouns.each(func(concept, form string) { l.words.add(fold(form), kindNoun, true, concept) })
	file.Words.each(func(concept, form string) { l.words.add(fold(form), kindWord, true, concept) })
	file.Suffixes.each(func(concept, form string) { l.words.add(fold(form), kindSuffix, true, concept) })
	file.Particles.each(func(concept, form string) { l.words.add(fold(form), kindParticle, true, concept) })
	file.Verbs.each(func(concept, form string) { l.addVerb(concept, form) })
	for _, ending := range file.Endings {
		l.words.add(foldEnding(ending), kindEnding, true, cmp.Or(moods[ending], "ending"))
	}
}

// moods are what some endings of verbs say: whether something may come, what if it does.
var moods = map[string]string{
	"ㄹ까": "cue.maybe", "을까": "cue.maybe", "ㄹ까요": "cue.maybe", "을까요": "cue.maybe", "려나": "cue.maybe", "으려나": "cue.maybe", "ㄹ라나": "cue.maybe",
	"ㄹ려나": "cue.maybe", "면": "cue.if", "으면": "cue.if",
}

func (l *lexicon) addVerb(concept, form string) {
	if !strings.HasSuffix(form, "다") {
		l.words.add(fold(form), kindWord, true, concept)
		return
	}
	for _, s := range stems(form) {
		l.words.add(s.jamo, kindVerb, s.closed, concept)
		l.words.add(s.jamo, kindVerb, s.closed, concept+".verb")
	}
}

func (l *lexicon) addEnglish(file *lexiconFile) {
	file.Nouns.each(func(concept, form string) {
		for _, variant := range plurals(form) {
			l.words.add(fold(variant), kindWord, true, concept)
		}
	})
	file.Verbs.each(func(concept, form string) {
		for _, variant := range inflections(form) {
			l.words.add(fold(variant), kindWord, true, concept)
			l.words.add(fold(variant), kindWord, true, concept+".verb")
		}
	})
	file.Words.each(func(concept, form string) { l.words.add(fold(form), kindWord, true, concept) })
}

func (l *lexicon) addOutside(file concepts) {
	file.each(func(reason, form string) {
		concept := "out." + reason
		switch {
		case strings.IndexFunc(form, func(r rune) bool { return r >= syllableBase && r <= syllableLast }) < 0:
			for _, variant := range plurals(form) {
				l.words.add(fold(variant), kindWord, true, concept)
			}
		case strings.HasSuffix(form, "다"):
			l.addVerb(concept, form)
		default:
			l.words.add(fold(form), kindNoun, true, concept)
		}
	})
}

func (l *lexicon) addUnits(file *unitFile) {
	file.Numbers.each(func(value, form string) { l.units.add(fold(form), kindNumber, true, value) })
	file.Units.each(func(unit, form string) { l.units.add(fold(form), kindUnit, true, unit) })
	file.Quantities.each(func(span, form string) { l.words.add(fold(form), kindQuantity, true, "span."+span) })
	file.Months.each(func(number, form string) { l.words.add(fold(form), kindWord, true, "moy."+number) })
	l.sino = map[rune]int{}
	for digit, value := range file.SinoDigits {
		r, _ := utf8.DecodeRuneInString(digit)
		l.sino[r] = value
	}
	for power, value := range file.SinoPowers {
		r, _ := utf8.DecodeRuneInString(power)
		l.sino[r] = value
	}
}

func (l *lexicon) addCatalogue(c Catalogue) {
	for _, class := range []struct {
		kind  string
		names []Name
	}{{"service", c.Services}, {"region", c.Regions}, {"host", c.Hosts}, {"channel", c.Channels}, {"page", c.Pages}, {"journey", c.Journeys}} {
		for _, name := range class.names {
			concept := class.kind + "." + name.ID
			for _, alias := range append([]string{name.ID}, name.Aliases...) {
				for _, variant := range nameForms(alias) {
					l.words.name(fold(variant), concept)
				}
			}
		}
	}
}

// nameForms gives a name as it stands and, if it is an English word, in the plural ("logins" for a service "login").
func nameForms(alias string) []string {
	if last := []rune(alias); len(last) > 2 && last[len(last)-1] >= 'a' && last[len(last)-1] <= 'z' {
		return plurals(alias)
	}
	return []string{alias}
}

// plurals gives an English noun in both numbers.
func plurals(form string) []string {
	switch {
	case form == "":
		return nil
	case strings.HasSuffix(form, "s") || strings.HasSuffix(form, "x") || strings.HasSuffix(form, "ch") || strings.HasSuffix(form, "sh"):
		return []string{form, form + "es"}
	case strings.HasSuffix(form, "y") && !endsVowelY(form):
		return []string{form, strings.TrimSuffix(form, "y") + "ies"}
	default:
		return []string{form, form + "s"}
	}
}

// inflections gives an English verb, whose first word inflects, with -s, -ed and -ing.
func inflections(form string) []string {
	verb, rest, _ := strings.Cut(form, " ")
	if rest != "" {
		rest = " " + rest
	}
	root := strings.TrimSuffix(verb, "e")
	forms := append(plurals(verb), root+"ed", root+"ing")
	if root == verb && len(verb) > 2 {
		switch {
		case strings.HasSuffix(verb, "y") && !endsVowelY(verb):
			forms = append(forms, strings.TrimSuffix(verb, "y")+"ied")
		case doubles(verb):
			last := verb[len(verb)-1:]
			forms = append(forms, verb+last+"ed", verb+last+"ing")
		}
	}
	for i := range forms {
		forms[i] += rest
	}
	return forms
}

func endsVowelY(word string) bool {
	return len(word) > 1 && strings.ContainsRune("aeiou", rune(word[len(word)-2]))
}

// doubles reports whether a verb ends in one vowel and one consonant: stop, stopped.
func doubles(verb string) bool {
	n := len(verb)
	isVowel := func(i int) bool { return strings.IndexByte("aeiou", verb[i]) >= 0 }
	return !isVowel(n-1) && strings.IndexByte("wxy", verb[n-1]) < 0 && isVowel(n-2) && !isVowel(n-3)
}

// atoi reads a number the vocabulary or a shape has already recognised as one.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// Package question understands what an operator asks, in Korean or English, without a model: a grammar over a closed
// vocabulary. The same text, clock, time zone and catalogue always give the same Query; what lies outside the
// vocabulary is declined with a reason and with three things that can be asked, never guessed at by likeness.
//
// A text passes these stages, each a file of its own:
//
//	normalise.go   NFC, width, case; letters with their place in the text, so that every reading can be shown in it
//	keyboard.go    Hangul typed on a Latin layout and the reverse
//	literal.go     what is recognised by shape: addresses, trace ids, versions, dates, clock times
//	lattice.go     the cheapest cut into known words, particles and endings, whatever the spacing (edges.go, typo.go)
//	number.go      numbers with units in digits and words
//	dates.go       time expressions (relative.go, calendar.go, clock.go); expr.go resolves them against a clock
//	compare.go     which time is asked about and which it is compared with
//	intent.go      the ordered rules of intents.yaml
//	slots.go       metrics, filters, arguments
//	decline.go     what is refused, and why
//	render.go      the reading in plain words, Korean and English
//
// Vocabulary is data: lexicon.ko.yaml, lexicon.en.yaml, outside.yaml; services, regions, hosts, journeys and pages come
// from the caller's Catalogue. The lattice ignores spaces because operators do; particles and endings are stripped by
// rule because a morphological analyser costs hundreds of megabytes and splits the compounds of this trade wrongly.
package question

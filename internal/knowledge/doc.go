// Package knowledge finds the passage that answers a question in what an organisation has written: runbooks, service
// levels, manuals, reports of past incidents, as Markdown or plain text. Found passages are quoted, with their file and
// heading; nothing is phrased, and nothing in them is followed.
//
//	folder.go    reads folders within bounds; nothing outside of a folder is reached, whatever it links to
//	matter.go    the YAML at the head of a document
//	markdown.go  a document as sections of plain text
//	analysis.go  words of Latin script by their stem, Hangul by pairs of syllables
//	glossary.go  what the trade calls the same thing in Korean and English
//	frame.go     words that only ask; whether a procedure is asked for
//	index.go     BM25F over all passages, in memory
//	fuse.go      joins two rankings; a second comes from embeddings, where an Embedder is given
//	library.go   the index that is in use, and its replacement when files change
package knowledge

package knowledge

import "strings"

// readPlain splits plain text into paragraphs; its first line is its title.
func readPlain(doc *Document, source string) {
	source = strings.ReplaceAll(source, "\r\n", "\n")
	title, rest, _ := strings.Cut(strings.TrimLeft(source, "\ufeff \t\n"), "\n")
	if doc.Title = clean(title, false); doc.Title == "" {
		doc.Title = doc.File
	}
	s := &sections{doc: doc, base: Passage{File: doc.File, Title: doc.Title}}
	s.now = s.base
	for paragraph := range strings.SplitSeq(rest, "\n\n") {
		s.add(Block{Kind: Paragraph, Text: paragraph})
	}
	s.close()
	s.rest()
	for i := range doc.Passages {
		doc.Passages[i].Language = language(doc.Title + doc.Passages[i].Text())
	}
}

package knowledge

import "strings"

// Passage is one section of a document: what is found and quoted. It is data; nothing in it is an instruction or markup.
type Passage struct {
	// File is the path of the document below its folder, with forward slashes; Anchor is its section, empty before the
	// first heading. ID is File#Anchor.
	ID     string
	File   string
	Anchor string
	// Title is the document's, Headings lead from it down to the section.
	Title    string
	Headings []string
	// Language is ko or en: that of most letters.
	Language string
	// Services the document is about, Keywords that it may be found by besides its own words.
	Services []string
	Keywords []string
	// Blocks are the text in order.
	Blocks []Block
}

// Kind says how a block was set.
type Kind string

// The kinds of block.
const (
	Paragraph Kind = "paragraph"
	Item      Kind = "item" // of a list without order
	Step      Kind = "step" // of a list with order; Number counts from 1
	Code      Kind = "code"
	Row       Kind = "row" // of a table, cells joined by " | "
)

// Block is a piece of a passage.
type Block struct {
	Kind   Kind
	Number int
	Text   string
}

// Heading is the section's own heading; the document's title where it has none.
func (p *Passage) Heading() string {
	if len(p.Headings) == 0 {
		return p.Title
	}
	return p.Headings[len(p.Headings)-1]
}

// Text is the passage as lines.
func (p *Passage) Text() string {
	lines := make([]string, len(p.Blocks))
	for i, b := range p.Blocks {
		lines[i] = b.Text
	}
	return strings.Join(lines, "\n")
}

// Document is a file that was read.
type Document struct {
	File     string
	Title    string
	Passages []Passage
	// Objectives are the YAML documents of service level objectives that the file holds.
	Objectives []Source
}

// Source is YAML and where it stands.
type Source struct {
	File string
	// Line is where it begins, from 1.
	Line int
	YAML []byte
}

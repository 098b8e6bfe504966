package knowledge

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// markdown parses; it never renders. HTML within a document is left out.
var markdown = goldmark.New(goldmark.WithExtensions(extension.Table)).Parser()

// maxPassage is where a long section is cut into several passages, in bytes: what is still read at a glance.
const maxPassage = 3000

// What takes a parser of Markdown time with the square of its length is refused: nobody writes that for people.
const (
	maxLine  = 16 << 10
	maxLinks = 5000
)

var errNotWritten = errors.New("is no text that people write: a line of more than 16 KiB, or more than 5,000 links")

// written tells whether a text can be parsed in time.
func written(source []byte) bool {
	for line := range bytes.Lines(source) {
		if len(line) > maxLine {
			return false
		}
	}
	return bytes.Count(source, []byte("](")) <= maxLinks
}

// sections reads a document of Markdown.
type sections struct {
	doc     *Document
	base    Passage // what all its passages share
	source  []byte
	seen    map[string]int // anchors
	levels  []int          // of the headings that lead to the current section
	now     Passage
	size    int
	leading []Block // text before the first heading, for the first section
}

// readMarkdown splits a document into its sections.
func readMarkdown(doc *Document, m matter, source []byte) {
	s := &sections{doc: doc, source: source, seen: map[string]int{}}
	s.base = Passage{File: doc.File, Title: m.Title, Services: m.Services, Keywords: m.Keywords, Language: m.Language}
	s.now = s.base
	root := markdown.Parse(text.NewReader(source), parser.WithContext(parser.NewContext()))
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok {
			s.heading(h)
			continue
		}
		s.block(n, Paragraph, 0, 0)
	}
	s.close()
	s.rest()
	if doc.Title = s.base.Title; doc.Title == "" {
		doc.Title = doc.File
	}
	for i := range doc.Passages {
		p := &doc.Passages[i]
		p.Title = doc.Title
		if p.Language == "" {
			p.Language = language(doc.Title + p.Heading() + p.Text())
		}
	}
}

// heading begins a section. A heading of the first level that repeats the title, or gives it, is no section of its own.
func (s *sections) heading(h *ast.Heading) {
	s.close()
	name := s.inline(h)
	if h.Level == 1 && s.base.Title == "" {
		s.base.Title = name
	}
	headings := s.now.Headings
	for len(s.levels) > 0 && s.levels[len(s.levels)-1] >= h.Level {
		s.levels, headings = s.levels[:len(s.levels)-1], headings[:len(headings)-1]
	}
	s.now = s.base
	if h.Level == 1 && name == s.base.Title {
		return
	}
	s.levels = append(s.levels, h.Level)
	s.now.Headings = append(slices.Clone(headings), name)
	s.now.Anchor = s.anchor(name)
}

// lead is the longest text before the first heading that is no passage of its own but goes before the first section's.
const lead = 600

// close ends the passage in the making.
func (s *sections) close() {
	if len(s.now.Blocks) > 0 && s.now.Anchor == "" && s.size <= lead && len(s.doc.Passages) == 0 {
		s.leading = s.now.Blocks
	} else if len(s.now.Blocks) > 0 {
		s.now.Blocks, s.leading = append(s.leading, s.now.Blocks...), nil
		p := s.now
		p.ID = p.File
		if p.Anchor != "" {
			p.ID += "#" + p.Anchor
		}
		s.doc.Passages = append(s.doc.Passages, p)
	}
	s.now.Blocks, s.size = nil, 0
}

// rest makes a passage of a document that has nothing but a short text.
func (s *sections) rest() {
	if len(s.leading) > 0 {
		p := s.base
		p.ID, p.Blocks, s.leading = p.File, s.leading, nil
		s.doc.Passages = append(s.doc.Passages, p)
	}
}

// add appends a block, in a passage of its own where this one is long enough.
func (s *sections) add(b Block) {
	if b.Text = clean(b.Text, b.Kind == Code); b.Text == "" {
		return
	}
	if s.size > 0 && s.size+len(b.Text) > maxPassage {
		s.close()
	}
	s.size += len(b.Text)
	s.now.Blocks = append(s.now.Blocks, b)
}

// maxDepth bounds lists within lists.
const maxDepth = 16

// block takes up a node that is no heading, and what it holds.
func (s *sections) block(n ast.Node, kind Kind, number, depth int) {
	if depth > maxDepth {
		return
	}
	switch n := n.(type) {
	case *ast.List:
		number := max(1, n.Start)
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			kind := Item
			if n.IsOrdered() {
				kind = Step
			}
			for part := item.FirstChild(); part != nil; part = part.NextSibling() {
				s.block(part, kind, number, depth+1)
				kind = Paragraph // only the first says that a step begins
			}
			number++
		}
	case *ast.Blockquote:
		for part := n.FirstChild(); part != nil; part = part.NextSibling() {
			s.block(part, kind, number, depth+1)
		}
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		s.add(Block{Kind: Code, Text: string(n.Lines().Value(s.source))})
	case *east.Table:
		for row := n.FirstChild(); row != nil; row = row.NextSibling() {
			var cells []string
			for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
				cells = append(cells, s.inline(cell))
			}
			s.add(Block{Kind: Row, Text: strings.Join(cells, " | ")})
		}
	case *ast.HTMLBlock, *ast.ThematicBreak:
	default:
		if kind != Step {
			number = 0
		}
		s.add(Block{Kind: kind, Number: number, Text: s.inline(n)})
	}
}

// inline is the text of a node without its marks. Of a link it is what is read, of an image its description.
func (s *sections) inline(n ast.Node) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the walker errs only where the function does
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(n.Value(s.source))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.Label(s.source))
		case *ast.RawHTML:
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(b.String())
}

// anchor names a section as most sites do: lower case, hyphens for spaces, no signs, a number where it is not the first.
func (s *sections) anchor(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_' || r == '-':
			b.WriteRune(r)
		case r == ' ':
			b.WriteByte('-')
		}
	}
	slug := b.String()
	n := s.seen[slug]
	s.seen[slug]++
	if n > 0 {
		slug += "-" + strconv.Itoa(n)
	}
	return slug
}

// clean drops what is not to be seen: control characters, marks of direction, zero-width ones.
func clean(text string, lines bool) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == utf8.RuneError || unicode.Is(unicode.Cf, r):
		case r == '\n' && lines:
			b.WriteRune(r)
		case unicode.IsControl(r) || unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

// language is that of a text: Korean where at least every fifth letter is Hangul, because Korean texts hold English terms.
func language(text string) string {
	hangul, letters := 0, 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			letters++
			if unicode.Is(unicode.Hangul, r) {
				hangul++
			}
		}
	}
	if hangul*5 >= letters && hangul > 0 {
		return "ko"
	}
	return "en"
}

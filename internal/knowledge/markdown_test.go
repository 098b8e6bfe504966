package knowledge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const sheet = `---
title: A sheet
services: [cart]
keywords: [basket]
slo: {apiVersion: openslo/v1, kind: SLO}
---
# A sheet

Before all.

## First & last

Some *marked* text with a [link](https://elsewhere.example) and ` + "`code`" + `<b>bold</b>.

1. one
2. two
   - within

| a | b |
|---|---|
| 1 | 2 |

<script>alert(1)</script>

` + "```sh\nrm -rf nothing\n```" + `

### Deeper

한글 문단입니다.

## First & last

again
`

func TestParse_Markdown_IsSectionsOfPlainText(t *testing.T) {
	doc, err := parse("a.md", []byte(sheet))
	require.NoError(t, err)
	require.Len(t, doc.Passages, 3)
	assert.Equal(t, "A sheet", doc.Title)
	first := doc.Passages[0]
	assert.Equal(t, "a.md#first--last", first.ID)
	assert.Equal(t, []string{"First & last"}, first.Headings)
	assert.Equal(t, []string{"cart"}, first.Services)
	assert.Equal(t, "en", first.Language)
	assert.Equal(t, []Block{
		{Kind: Paragraph, Text: "Before all."},
		{Kind: Paragraph, Text: "Some marked text with a link and codebold."},
		{Kind: Step, Number: 1, Text: "one"}, {Kind: Step, Number: 2, Text: "two"}, {Kind: Item, Text: "within"},
		{Kind: Row, Text: "a | b"}, {Kind: Row, Text: "1 | 2"},
		{Kind: Code, Text: "rm -rf nothing"},
	}, first.Blocks)
	assert.Equal(t, []string{"First & last", "Deeper"}, doc.Passages[1].Headings)
	assert.Equal(t, "ko", doc.Passages[1].Language)
	assert.Equal(t, "a.md#first--last-1", doc.Passages[2].ID, "a second section of one name")
	require.Len(t, doc.Objectives, 1)
	assert.Contains(t, string(doc.Objectives[0].YAML), "openslo/v1")
}

func TestParse_ByEnding_ReadsTextAndObjectives(t *testing.T) {
	doc, err := parse("a.txt", []byte("Title\r\n\r\nOne\u202e paragraph\r\nof two lines.\r\n\r\nTwo."))
	require.NoError(t, err)
	require.Len(t, doc.Passages, 1)
	assert.Equal(t, "Title", doc.Title)
	assert.Equal(t, "One paragraph of two lines.", doc.Passages[0].Blocks[0].Text, "no control or direction marks")

	doc, err = parse("a.yaml", []byte("apiVersion: openslo/v1\nkind: SLO\n---\nother: thing\n---\napiVersion: openslo/v1\n bad\n"))
	require.NoError(t, err)
	require.Len(t, doc.Objectives, 2, "another's YAML is not ours to judge, a broken objective is")
	assert.Equal(t, 1, doc.Objectives[0].Line)
	assert.Equal(t, 5, doc.Objectives[1].Line, "of the hyphens before it")

	_, err = parse("a.md", []byte{0xff, 0xfe})
	require.ErrorIs(t, err, errNoText)
	_, err = parse("a.md", []byte(strings.Repeat("[a](", 6000)))
	require.ErrorIs(t, err, errNotWritten)
	_, err = parse("a.md", []byte("---\ntitle: [\n---\ntext"))
	require.ErrorContains(t, err, "front matter")
}

func TestParse_LongSection_IsCut(t *testing.T) {
	doc, err := parse("a.md", []byte("# T\n\n## S\n\n"+strings.Repeat(strings.Repeat("word ", 100)+"\n\n", 30)))
	require.NoError(t, err)
	assert.Greater(t, len(doc.Passages), 3)
	for _, p := range doc.Passages {
		assert.Equal(t, "a.md#s", p.ID)
		assert.LessOrEqual(t, len(p.Text()), maxPassage+100)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a.md", sheet)
	f.Add("a.txt", "Title\n\ntext")
	f.Add("a.yaml", "apiVersion: openslo/v1\n---\n")
	f.Add("a.md", "---\n---\n- - - - 1. 1. # a\n> | |\n")
	f.Fuzz(func(t *testing.T, name, text string) {
		doc, err := parse(name, []byte(text))
		if err != nil {
			return
		}
		for _, p := range doc.Passages {
			assert.True(t, strings.HasPrefix(p.ID, name))
			assert.NotEmpty(t, p.Blocks)
			assert.NotContains(t, p.Text(), "\x00")
		}
	})
}

package change

import "strings"

// Bounds of what is read of one commit; what is beyond them is left out.
const (
	maxPatchBytes = 256 << 10
	maxPatchLines = 4000
	maxLineBytes  = 1000
	maxFiles      = 200
)

// lineOp says what became of a line.
type lineOp byte

const (
	lineKept    lineOp = ' '
	lineAdded   lineOp = '+'
	lineRemoved lineOp = '-'
)

type patchLine struct {
	op   lineOp
	text string
}

// hunk is a run of lines of one file.
type hunk struct {
	file    string
	section string // what the hunk's header says beyond line numbers: the function it is in
	lines   []patchLine
}

// parsePatch reads a unified diff. Webhooks and incident tools abridge diffs: line numbers, file headers or both are
// missing, headers hold prose. The strict parsers there are reject those, so this one reads lines for what they begin
// with, and never fails; anything that is no diff gives no hunks.
func parsePatch(patch string, files []string) []hunk {
	if len(patch) > maxPatchBytes {
		patch = patch[:maxPatchBytes]
	}
	lines := strings.SplitN(patch, "\n", maxPatchLines+1)
	lines = lines[:min(len(lines), maxPatchLines)]
	r := patchReader{files: files}
	if len(files) == 1 {
		r.file = files[0]
	}
	for i, text := range lines {
		next := ""
		if i+1 < len(lines) {
			next = lines[i+1]
		}
		r.line(strings.TrimSuffix(text, "\r"), next)
	}
	r.flush()
	return r.hunks
}

type patchReader struct {
	files   []string
	file    string
	current hunk
	hunks   []hunk
}

func (r *patchReader) line(text, next string) {
	switch {
	case strings.HasPrefix(text, "diff --git "), strings.HasPrefix(text, "index "), strings.HasPrefix(text, `\ No newline`):
		r.flush()
	case strings.HasPrefix(text, "--- ") && strings.HasPrefix(next, "+++ "):
		r.flush()
		r.file = headerPath(text[4:])
	case strings.HasPrefix(text, "+++ ") && len(r.current.lines) == 0:
		if p := headerPath(text[4:]); p != "" {
			r.file = p
		}
	case strings.HasPrefix(text, "@@"):
		r.flush()
		r.header(text)
	case text == "":
	default:
		op := lineOp(text[0])
		if op == lineAdded || op == lineRemoved || op == lineKept || op == '\t' {
			if op == '\t' {
				op = lineKept
			}
			r.current.lines = append(r.current.lines, patchLine{op: op, text: clip(text[1:], maxLineBytes)})
		}
	}
}

// header reads "@@ -1,2 +3,4 @@ func f()", "@@ path/file.go: func f() @@" and "@@ func f()".
func (r *patchReader) header(text string) {
	rest := strings.Trim(text, "@ ")
	if strings.HasPrefix(rest, "-") {
		if _, after, ok := strings.Cut(rest, "@@"); ok {
			rest = strings.TrimSpace(after)
		} else {
			rest = ""
		}
	}
	for _, f := range r.files {
		if after, ok := strings.CutPrefix(rest, f); ok {
			r.file, rest = f, strings.Trim(after, ":@ ")
			break
		}
	}
	r.current.section = clip(rest, maxLineBytes)
}

func (r *patchReader) flush() {
	if len(r.current.lines) > 0 || r.current.section != "" {
		r.current.file = r.file
		r.hunks = append(r.hunks, r.current)
	}
	r.current = hunk{}
}

// headerPath reads "a/x.go\t2026-…"; /dev/null gives nothing.
func headerPath(text string) string {
	path, _, _ := strings.Cut(strings.TrimSpace(text), "\t")
	if path == "/dev/null" {
		return ""
	}
	for _, side := range []string{"a/", "b/"} {
		if after, ok := strings.CutPrefix(path, side); ok {
			return after
		}
	}
	return path
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

package server

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/braidotel/braid/internal/query"
)

// maxExported is how many sessions one table holds. Whoever wants more asks for one time after the other.
const maxExported = 10_000

// cutError is a failure after the first part of a document was sent, which can only be told by breaking off.
type cutError struct{ cause error }

func (e *cutError) Error() string { return "breaking off: " + e.cause.Error() }
func (e *cutError) Unwrap() error { return e.cause }

var sessionColumns = []string{
	"id", "user", "client_address", "region", "start", "last_activity", "end", "end_reason", "requests", "errors",
	"entry_page", "exit_page", "services", "hosts",
}

// sessionTable sends sessions as CSV, page by page as the history gives them.
func (s *Server) sessionTable(w http.ResponseWriter, r *http.Request, caller query.Caller) error {
	p := newParams(r)
	filter := sessionFilter(p)
	if err := p.err(); err != nil {
		return err
	}
	filter.Limit, filter.Export = maxEntries, true
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	page, err := s.Service.Sessions(r.Context(), caller, filter)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="sessions.csv"`)
	h.Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, "\ufeff") // spreadsheets take a file without the mark for one in their own encoding
	rows := csv.NewWriter(w)
	rows.UseCRLF = true // RFC 4180
	if err := rows.Write(sessionColumns); err != nil {
		return &cutError{err}
	}
	for written := 0; ; {
		for i := range page.Sessions {
			if written == maxExported {
				return finish(rows, []string{fmt.Sprintf("There are more than these %d; narrow from and to.", maxExported)})
			}
			if err := rows.Write(sessionRow(&page.Sessions[i], zone)); err != nil {
				return &cutError{err}
			}
			written++
		}
		if page.Next == "" {
			return finish(rows, nil)
		}
		if rows.Flush(); rows.Error() != nil {
			return &cutError{rows.Error()}
		}
		filter.After = page.Next
		if page, err = s.Service.Sessions(r.Context(), caller, filter); err != nil {
			return &cutError{err}
		}
	}
}

// finish writes what is left, and a last row where there is something to say.
func finish(rows *csv.Writer, note []string) error {
	if note != nil {
		if err := rows.Write(note); err != nil {
			return &cutError{err}
		}
	}
	if rows.Flush(); rows.Error() != nil {
		return &cutError{rows.Error()}
	}
	return nil
}

func sessionRow(x *query.Session, zone *time.Location) []string {
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format(time.RFC3339)
	}
	row := []string{
		x.ID, x.User, x.Address, x.Region, at(x.Start), at(x.LastActivity), at(x.End), x.EndReason,
		strconv.FormatInt(x.Requests, 10), strconv.FormatInt(x.Errors, 10), x.EntryPage, x.ExitPage,
		strings.Join(x.Services, " "), strings.Join(x.Hosts, " "),
	}
	for i := range row {
		row[i] = inert(row[i])
	}
	return row
}

// inert is a text that no spreadsheet takes for a formula: one that begins like a formula begins with an apostrophe instead,
// and there are no characters in it that end a cell or cannot be seen.
func inert(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return visible(r)
	}, text)
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(text, unicode.IsSpace))
	if strings.ContainsRune("=+-@＝＋－＠", first) { // some programs take the wide forms for the narrow ones
		return "'" + text
	}
	return text
}

// broken reports whether an error came after the first part of a document.
func broken(err error) bool {
	var cut *cutError
	return errors.As(err, &cut)
}

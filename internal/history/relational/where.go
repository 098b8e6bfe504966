package relational

import (
	"strconv"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/history"
)

// where gathers the conditions and arguments of a query.
type where struct {
	terms []string
	args  []any
}

// add adds a condition; each ? in it is the next of args.
func (w *where) add(term string, args ...any) {
	for _, arg := range args {
		w.args = append(w.args, arg)
		term = strings.Replace(term, "?", "$"+strconv.Itoa(len(w.args)), 1)
	}
	w.terms = append(w.terms, term)
}

// equal adds a condition on a text unless it is empty.
func (w *where) equal(column, value string) {
	if value != "" {
		w.add(column+" = ?", text(value))
	}
}

// holds adds a condition that a JSON list of texts has an element.
func (w *where) holds(column, value string) {
	if value != "" {
		w.add(column+` LIKE ? ESCAPE '\'`, "%"+likeEscaper.Replace(encodeJSON(text(value)))+"%")
	}
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// from and to add the bounds of a window unless they are open.
func (w *where) from(column string, t time.Time) {
	if !t.IsZero() {
		w.add(column+" >= ?", nanos(t))
	}
}

func (w *where) to(column string, t time.Time) {
	if !t.IsZero() {
		w.add(column+" < ?", nanos(t))
	}
}

func (w *where) String() string { return " WHERE " + strings.Join(w.terms, " AND ") }

// limit adds the limit to a query: one more than asked for, to know whether there is more.
func (w *where) limit(query string, limit int) string {
	w.args = append(w.args, int64(limit+1))
	return query + " LIMIT $" + strconv.Itoa(len(w.args))
}

func bounded(limit int) int {
	if limit <= 0 {
		return history.DefaultLimit
	}
	return min(limit, history.MaxLimit)
}

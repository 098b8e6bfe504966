package symptom

import (
	"regexp"
	"slices"
	"time"
)

// severity in three steps.
type severity uint8

const (
	plain severity = iota
	warning
	failure
)

type templateKey struct {
	service string
	severity
	text string
}

// template is a log wording with its numbers masked, and when it was seen.
type template struct {
	sample  Record
	first   time.Time
	total   int
	minutes []minute
}

// minute counts how often a template was seen in one minute.
type minute struct {
	at    int32 // Unix, in minutes
	count int32
}

func minuteOf(at time.Time) int32 { return int32(at.Unix() / 60) }

func (t *template) add(at time.Time) {
	if t.first.IsZero() || at.Before(t.first) {
		t.first = at
	}
	t.total++
	i, m := len(t.minutes), minuteOf(at)
	for i > 0 && t.minutes[i-1].at > m {
		i--
	}
	if i > 0 && t.minutes[i-1].at == m {
		t.minutes[i-1].count++
		return
	}
	t.minutes = slices.Insert(t.minutes, i, minute{m, 1})
	if len(t.minutes) > maxMinutes {
		t.minutes = slices.Delete(t.minutes, 0, 1)
	}
}

var (
	maskPattern  = regexp.MustCompile(`[0-9a-fA-F]{8,}|\d+`)
	errorPattern = regexp.MustCompile(`(?i)\b(error|exception|fatal|panic|failed|failure|traceback)\b|오류|실패`)
)

func mask(body string) string { return maskPattern.ReplaceAllString(body, "#") }

func (r *Record) severe() severity {
	switch {
	case r.Severity >= 17:
		return failure
	case r.Severity >= 13:
		return warning
	case r.Severity == 0 && errorPattern.MatchString(r.Body):
		return failure
	}
	return plain
}

// since is when a template began to be a symptom: it is new, or comes far more often than while all was well.
func (t *template) since(start, quiet, last time.Time) (time.Time, bool) {
	if t.first.After(quiet) {
		return t.first, true
	}
	early, onset := int32(0), time.Time{}
	late := int32(0)
	for _, m := range t.minutes {
		switch at := time.Unix(60*int64(m.at), 0).UTC(); {
		case !at.After(quiet):
			early += m.count
		case onset.IsZero():
			onset = at
			fallthrough
		default:
			late += m.count
		}
	}
	usual := float64(early) / max(1, quiet.Sub(start).Seconds())
	now := float64(late) / max(1, last.Sub(quiet).Seconds())
	return onset, late >= 5 && now > 4*usual
}

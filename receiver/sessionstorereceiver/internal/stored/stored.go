// Package stored says what a session store tells of one session.
package stored

import "time"

// Session is one session as its store keeps it. Zero times are not known; a zero Expires may also mean never.
type Session struct {
	// ID is the session's name in the store.
	ID string
	// User is who is logged in, empty if nobody or not known.
	User string
	// Created is when it began, Accessed when it was used last, Expires when it ends unless it is used before.
	Created, Accessed, Expires time.Time
	// Over reports that the store still holds a session that has ended.
	Over bool
}

// maxText is the longest user name that is kept; a longer one is cut.
const maxText = 256

// Fit cuts a user name to what is kept, between two characters.
func Fit(text string) string {
	if len(text) <= maxText {
		return text
	}
	cut := maxText
	for cut > 0 && text[cut]&0xC0 == 0x80 {
		cut--
	}
	return text[:cut]
}

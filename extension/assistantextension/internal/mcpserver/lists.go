package mcpserver

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/query"
)

func sessions(ctx context.Context, s *server, caller query.Caller, in SessionsInput) (*Result, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	filter, err := in.filter()
	if err != nil {
		return nil, err
	}
	page, err := s.service.Sessions(ctx, caller, filter)
	if err != nil {
		return nil, err
	}
	t := Table{Title: "sessions", Rows: [][]string{}, Columns: []string{
		"id", "user", "client_address", "region", "start", "last_activity", "state", "requests", "errors", "services"}}
	for i := range page.Sessions {
		v := &page.Sessions[i]
		state := "open"
		if !v.End.IsZero() {
			state = "ended: " + v.EndReason
		}
		t.Rows = append(t.Rows, []string{
			v.ID, v.User, v.Address, v.Region, s.clock(v.Start), s.clock(v.LastActivity), state,
			strconv.FormatInt(v.Requests, 10), strconv.FormatInt(v.Errors, 10), strings.Join(v.Services, " "),
		})
	}
	r := s.listed(caller, fmt.Sprintf("sessions on this page: %d", len(t.Rows)), t)
	r.NextCursor, r.Truncated = page.Next, page.Next != ""
	return r, nil
}

// maxIncidents is how far a list of incidents reaches.
const maxIncidents = 1000

func incidents(ctx context.Context, s *server, caller query.Caller, in IncidentsInput) (*Result, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	status := in.Status
	switch status {
	case "":
		status = "open"
	case "open", "resolved", "all":
	default:
		return nil, invalid("status", "give open, resolved or all")
	}
	skip, err := in.skip()
	if err != nil {
		return nil, err
	}
	list, err := s.service.Incidents(ctx, caller, status, maxIncidents)
	if err != nil {
		return nil, err
	}
	r := s.listed(caller, fmt.Sprintf("incidents (%s): %d", status, len(list)), Table{})
	t := Table{Title: "incidents", Rows: [][]string{}, Columns: []string{
		"id", "title", "severity", "status", "start", "end", "cause", "services", "affected_users", "alerts"}}
	list = list[min(skip, len(list)):]
	if most := in.rows(); len(list) > most {
		list = list[:most]
		r.Truncated, r.NextCursor = true, strconv.Itoa(skip+most)
	}
	for i := range list {
		v := &list[i]
		t.Rows = append(t.Rows, []string{
			v.ID, v.Title, string(v.Severity), v.Status, s.clock(v.Start), s.clock(v.End), v.Cause, strings.Join(v.Services, " "),
			strconv.FormatInt(v.Users, 10), strconv.FormatInt(v.Alerts, 10),
		})
	}
	r.Tables = []Table{t}
	return r, nil
}

// clock is a time in the zone of answers; empty for none.
func (s *server) clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if zone, err := time.LoadLocation(s.timeZone); err == nil {
		t = t.In(zone)
	}
	return t.Format(time.RFC3339)
}

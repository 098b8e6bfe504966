package pager

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/alertmanager/types"
	"github.com/prometheus/common/model"
)

const (
	// slackAnswer bounds what is read of Slack's answers.
	slackAnswer = 64 << 10
	// slackText is the most that Slack shows of a text without folding it.
	slackText = 3000
)

// threaded is Slack through an app (chat.postMessage): the first message of a group begins a thread, updates answer to it,
// and the one that resolves it is shown in the channel too. Alertmanager's own integration does not know threads.
type threaded struct {
	conf    *config.SlackConfig
	tmpl    *template.Template
	client  *http.Client
	logger  *slog.Logger
	retrier *notify.Retrier
	// name tells the receiver from others that the same group may go to.
	name  string
	begun *threads
}

func newThreaded(name string, c *config.SlackConfig, tmpl *template.Template, begun *threads, logger *slog.Logger) (*threaded, error) {
	client, err := notify.NewClientWithTracing(*c.HTTPConfig, "slack")
	if err != nil {
		return nil, fmt.Errorf("slack_configs: %w", err)
	}
	return &threaded{c, tmpl, client, logger, &notify.Retrier{}, name, begun}, nil
}

// slackMessage is what chat.postMessage takes, as far as it is used.
type slackMessage struct {
	Channel     string            `json:"channel"`
	Text        string            `json:"text,omitempty"`
	Username    string            `json:"username,omitempty"`
	IconEmoji   string            `json:"icon_emoji,omitempty"`
	Attachments []slackAttachment `json:"attachments"`
	Thread      string            `json:"thread_ts,omitempty"`
	Broadcast   bool              `json:"reply_broadcast,omitempty"`
	UnfurlLinks bool              `json:"unfurl_links"`
}

type slackAttachment struct {
	Title     string       `json:"title,omitempty"`
	TitleLink string       `json:"title_link,omitempty"`
	Pretext   string       `json:"pretext,omitempty"`
	Text      string       `json:"text"`
	Fallback  string       `json:"fallback"`
	Footer    string       `json:"footer,omitempty"`
	Color     string       `json:"color,omitempty"`
	Fields    []slackField `json:"fields,omitempty"`
	Markdown  []string     `json:"mrkdwn_in,omitempty"`
}

type slackField struct {
	Title string `json:"title"`
	Value string `json:"value"`
	Short bool   `json:"short"`
}

// Notify implements notify.Notifier.
func (t *threaded) Notify(ctx context.Context, alerts ...*types.Alert) (bool, error) {
	key, err := notify.ExtractGroupKey(ctx)
	if err != nil {
		return false, fmt.Errorf("slack: %w", err)
	}
	m, err := t.message(ctx, alerts)
	if err != nil {
		return false, fmt.Errorf("slack: %w", err)
	}
	group, resolved := t.name+" "+key.String(), types.Alerts(alerts...).Status() == model.AlertResolved
	if at, ok := t.begun.find(group); ok {
		m.Channel, m.Thread, m.Broadcast = at.Channel, at.TS, resolved
	}
	said, again, err := t.post(ctx, m)
	if m.Thread != "" && slices.Contains([]string{"thread_not_found", "message_not_found"}, said.Error) { // somebody deleted it
		m.Thread, m.Broadcast = "", false
		said, again, err = t.post(ctx, m)
	}
	if err != nil {
		return again, fmt.Errorf("slack: channel %q: %w", m.Channel, err)
	}
	switch {
	case resolved:
		t.begun.end(ctx, group)
	case m.Thread == "":
		t.begun.begin(ctx, group, thread{said.Channel, said.TS})
	}
	return false, nil
}

func (t *threaded) message(ctx context.Context, alerts []*types.Alert) (*slackMessage, error) {
	var err error
	text := notify.TmplText(t.tmpl, notify.GetTemplateData(ctx, t.tmpl, alerts, t.logger), &err)
	a := slackAttachment{
		Title: text(t.conf.Title), TitleLink: text(t.conf.TitleLink), Pretext: text(t.conf.Pretext), Text: text(t.conf.Text), Fallback: text(t.conf.Fallback),
		Footer: text(t.conf.Footer), Color: text(t.conf.Color), Markdown: t.conf.MrkdwnIn,
	}
	a.Text, _ = notify.TruncateInRunes(a.Text, slackText)
	for _, f := range t.conf.Fields {
		a.Fields = append(a.Fields, slackField{text(f.Title), text(f.Value), f.Short != nil && *f.Short || f.Short == nil && t.conf.ShortFields})
	}
	m := &slackMessage{
		Channel: text(t.conf.Channel), Text: text(t.conf.MessageText), Username: text(t.conf.Username), IconEmoji: text(t.conf.IconEmoji), Attachments: []slackAttachment{a},
	}
	return m, err
}

// slackSaid is what Slack answers.
type slackSaid struct {
	OK      bool   `json:"ok"`
	Error   string `json:"error"`
	Channel string `json:"channel"`
	TS      string `json:"ts"`
}

// post sends a message, and tells whether to try again where that failed.
func (t *threaded) post(ctx context.Context, m *slackMessage) (slackSaid, bool, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return slackSaid{}, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(t.conf.Timeout, webhookTimeout))
	defer cancel()
	response, err := notify.PostJSON(ctx, t.client, t.conf.APIURL.String(), bytes.NewReader(body)) //nolint:bodyclose // Drain closes it
	if err != nil {
		return slackSaid{}, true, notify.RedactURL(err)
	}
	defer notify.Drain(response)
	raw, err := io.ReadAll(io.LimitReader(response.Body, slackAnswer))
	if err != nil {
		return slackSaid{}, true, fmt.Errorf("reading the answer: %w", err)
	}
	if again, err := t.retrier.Check(response.StatusCode, bytes.NewReader(raw)); err != nil {
		return slackSaid{}, again, err
	}
	var said slackSaid
	if err := json.Unmarshal(raw, &said); err != nil {
		return said, true, errors.New("the answer is not Slack's JSON")
	}
	if !said.OK {
		return said, said.Error == "ratelimited" || said.Error == "internal_error", fmt.Errorf("refused: %s", said.Error)
	}
	return said, false, nil
}

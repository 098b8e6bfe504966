package pager

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/notify/webhook"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/alertmanager/types"
)

// SignatureHeader holds t=SECONDS,v1=HEX: the time, and HMAC-SHA-256 over the time, a dot and the body.
const SignatureHeader = "Braid-Signature"

const webhookTimeout = 10 * time.Second

// signed is Alertmanager's webhook, its message unchanged, with a signature.
type signed struct {
	url     string
	client  *http.Client
	tmpl    *template.Template
	secret  []byte
	logger  *slog.Logger
	retrier *notify.Retrier
}

func newSigned(c *config.WebhookConfig, tmpl *template.Template, secret []byte, logger *slog.Logger) (*signed, error) {
	if c.URL == "" {
		return nil, errors.New("webhook_configs: a signed webhook needs url, not url_file")
	}
	client, err := notify.NewClientWithTracing(*c.HTTPConfig, "webhook")
	if err != nil {
		return nil, fmt.Errorf("webhook_configs: %w", err)
	}
	return &signed{string(c.URL), client, tmpl, secret, logger, &notify.Retrier{}}, nil
}

// Notify implements notify.Notifier.
func (s *signed) Notify(ctx context.Context, alerts ...*types.Alert) (bool, error) {
	key, err := notify.ExtractGroupKey(ctx)
	if err != nil {
		return false, fmt.Errorf("webhook: %w", err)
	}
	body, err := json.Marshal(&webhook.Message{Version: "4", Data: notify.GetTemplateData(ctx, s.tmpl, alerts, s.logger), GroupKey: key.String()})
	if err != nil {
		return false, fmt.Errorf("webhook: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, webhookTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return false, fmt.Errorf("webhook: %w", notify.RedactURL(err))
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(SignatureHeader, Sign(s.secret, time.Now(), body))
	response, err := s.client.Do(request) //nolint:bodyclose // Drain closes it
	if err != nil {
		return true, fmt.Errorf("webhook: %w", notify.RedactURL(err))
	}
	defer notify.Drain(response)
	return s.retrier.Check(response.StatusCode, io.LimitReader(response.Body, 1<<10))
}

// Sign is the value of SignatureHeader for a body at a time.
func Sign(secret []byte, at time.Time, body []byte) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(seconds + "."))
	mac.Write(body)
	return "t=" + seconds + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

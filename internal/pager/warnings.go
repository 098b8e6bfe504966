package pager

import (
	"context"
	"log/slog"
)

// Warnings is a logger that passes on what Alertmanager's engine warns of, with its fields in pairs, and nothing below.
func Warnings(to func(message string, pairs ...any)) *slog.Logger { return slog.New(warnings(to)) }

type warnings func(message string, pairs ...any)

// Enabled implements slog.Handler.
func (warnings) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle implements slog.Handler.
func (w warnings) Handle(_ context.Context, r slog.Record) error {
	var pairs []any
	r.Attrs(func(a slog.Attr) bool {
		pairs = append(pairs, a.Key, a.Value.String())
		return true
	})
	w(r.Message, pairs...)
	return nil
}

// WithAttrs implements slog.Handler.
func (w warnings) WithAttrs([]slog.Attr) slog.Handler { return w }

// WithGroup implements slog.Handler.
func (w warnings) WithGroup(string) slog.Handler { return w }

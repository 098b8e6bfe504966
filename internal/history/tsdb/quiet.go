package tsdb

import (
	"context"
	"log/slog"
)

// quiet passes on warnings and errors: every compaction and every rolled up window would otherwise say so. That blocks
// overlap is as it should be: late samples lie in blocks of their own until they are compacted.
func quiet(l *slog.Logger) *slog.Logger { return slog.New(warnings{l.Handler()}) }

const overlapping = "Overlapping blocks found during reloadBlocks"

type warnings struct{ slog.Handler }

// Enabled implements slog.Handler.
func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (w warnings) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == overlapping {
		return nil
	}
	return w.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }

package historyextension

import (
	"context"
	"log/slog"

	"go.uber.org/zap"
)

// warnings passes on what the embedded database warns of. What it says at lower levels, at every compaction, is nothing
// that anybody has to act on.
type warnings struct{ to *zap.Logger }

// Enabled implements slog.Handler.
func (w warnings) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle implements slog.Handler.
func (w warnings) Handle(_ context.Context, r slog.Record) error {
	var fields []zap.Field
	r.Attrs(func(a slog.Attr) bool {
		fields = append(fields, field(a))
		return true
	})
	if r.Level >= slog.LevelError {
		w.to.Error(r.Message, fields...)
	} else {
		w.to.Warn(r.Message, fields...)
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	fields := make([]zap.Field, len(attrs))
	for i, a := range attrs {
		fields[i] = field(a)
	}
	return warnings{w.to.With(fields...)}
}

// WithGroup implements slog.Handler.
func (w warnings) WithGroup(name string) slog.Handler {
	return warnings{w.to.With(zap.Namespace(name))}
}

func field(a slog.Attr) zap.Field { return zap.Any(a.Key, a.Value.Resolve().Any()) }

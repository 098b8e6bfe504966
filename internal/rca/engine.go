package rca

import "time"

// Options bound and tune an engine. The zero value means the defaults.
type Options struct {
	MaxSeries  int           // most series of each kind of signal; default 20,000
	MaxTraces  int           // most traces held open; default 20,000
	Hold       time.Duration // event time a trace waits for its spans; default 5 s
	Step       time.Duration // event time between looks; default 5 s
	MaxService int           // most services told apart; default 5,000
}

// Engine learns what is normal and says what is not. It is not safe for concurrent use: one owner feeds it.
type Engine struct {
	options Options
}

// New returns an engine that has seen nothing.
func New(options Options) *Engine { return &Engine{options: options} }

// ObserveSpan takes a span in, at its end time.
func (e *Engine) ObserveSpan(Span) {}

// ObserveLog takes a log record in, at its time.
func (e *Engine) ObserveLog(LogRecord) {}

// ObservePoint takes a value of a metric in, at its time.
func (e *Engine) ObservePoint(Point) {}

// ObserveChange takes a deployment, flag or event in, at its time.
func (e *Engine) ObserveChange(Change) {}

// Advance moves event time on: nothing before the watermark is expected any more. It returns what began, went on and
// ended since the last call, in order of time.
func (e *Engine) Advance(watermark time.Time) []Detection { return nil }

// Rank says what caused the trouble of a window, best hypothesis first. It changes nothing.
func (e *Engine) Rank(w Window) Diagnosis { return Diagnosis{Window: w, None: true} }

// Edges returns the calls between services seen recently, in order of their names.
func (e *Engine) Edges() []Edge { return nil }

// Package resilience breaks a running collector and holds what comes out against an undisturbed run of the same input:
// kill -9, a full disk, SIGTERM and SIGHUP under load, and clocks that step.
//
// The senders number their spans, retry like any OTLP client and keep no request back until it is acknowledged. A sink
// behind the collector remembers which spans, session events and sketches reached it. Event times are part of the input and
// the processors run on the replay clock, so that equality is exact however long an interruption takes. Most tests need
// the tag integration; see README.md.
package resilience

// Package decode reads what log records and spans say into records of the history.
package decode

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/history"
)

// Logs adds what log records say to a batch and counts the events that cannot be understood, by name.
func Logs(b *history.Batch, ld plog.Logs) map[string]int {
	malformed := map[string]int{}
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				name := eventName(r)
				if decoder := decoders[name]; decoder != nil && !decoder(b, name, rl.Resource().Attributes(), r) {
					malformed[name]++
				}
			}
		}
	}
	return malformed
}

func eventName(r plog.LogRecord) string {
	if name := r.EventName(); name != "" {
		return name
	}
	return Text(r.Attributes(), "event.name")
}

// decoder adds what a record says; false if it cannot be understood.
type decoder func(b *history.Batch, name string, resource pcommon.Map, r plog.LogRecord) bool

// decoders are what is kept. braid.summary and braid.action are none of them: who summarizes and who acts writes that down
// itself, and what claims in telemetry to be either could put words beside an incident that nobody verified, or deeds that
// nobody did.
var decoders = map[string]decoder{
	"session.start":                    decodeSession,
	"session.end":                      decodeSession,
	"braid.session.login":              decodeSession, // told by a session store
	string(history.KindLongSession):    decodeLong,
	"braid.sketch":                     decodeSketch,
	string(history.KindDuplicateLogin): decodeEvent,
	string(history.KindLoginFlood):     decodeEvent,
	string(history.KindAnomaly):        decodeEvent,
	string(history.KindBreach):         decodeEvent,
	string(history.KindIncident):       decodeEvent,
	string(history.KindBusiness):       decodeEvent,
	string(history.KindDeployment):     decodeEvent,
	"feature_flag":                     decodeFlag,
	"feature_flag.evaluation":          decodeFlag,
}

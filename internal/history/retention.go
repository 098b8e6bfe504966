package history

import (
	"slices"
	"time"
)

// Retention says how long each kind of record is kept after its time. Kinds it does not name, or with 0, stay for ever.
type Retention map[Kind]time.Duration

const day = 24 * time.Hour

// DefaultRetention keeps what reports and comparisons look back on for a year and more, and what is bulky for weeks. The
// audit log stays two years: Korean law asks for one, and two where many people's data are handled.
func DefaultRetention() Retention {
	return Retention{
		KindSession: 90 * day, KindSketch: 90 * day, KindTrace: 14 * day,
		KindReport: 800 * day, KindApproval: 800 * day, KindAudit: 800 * day,
		KindDuplicateLogin: 90 * day, KindLongSession: 90 * day, KindLoginFlood: 90 * day, KindBusiness: 90 * day,
		KindAnomaly: 400 * day, KindBreach: 400 * day, KindIncident: 800 * day, KindSummary: 400 * day,
		KindAction: 800 * day, KindDeployment: 800 * day, KindFeatureFlag: 400 * day,
	}
}

// Kinds are all kinds that a retention can be set for.
func Kinds() []Kind {
	return slices.Concat([]Kind{KindSession, KindSketch, KindTrace, KindReport, KindApproval, KindAudit}, EventKinds())
}

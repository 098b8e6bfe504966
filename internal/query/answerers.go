package query

import "github.com/braidotel/braid/internal/question"

// answerers find the answer to each intent. Each is in a file of its own. It is filled in init: answers refer to it.
var answerers map[question.Intent]answerer

func init() {
	answerers = map[question.Intent]answerer{
		question.IntentCompare:          compare,
		question.IntentRootCause:        rootCause,
		question.IntentAbnormalSessions: abnormalSessions,
		question.IntentCapacityForecast: capacityForecast,
		question.IntentReport:           report,
		question.IntentRegionLoad:       regionLoad,
	}
}

package query

import "github.com/braidotel/braid/internal/question"

// answerers find the answer to each intent. They are set in init because answers refer to them.
var answerers map[question.Intent]answerer

func init() {
	answerers = map[question.Intent]answerer{
		question.IntentCompare:          compare,
		question.IntentMetricValue:      metricValue,
		question.IntentSystemStatus:     systemStatus,
		question.IntentRootCause:        rootCause,
		question.IntentAbnormalSessions: abnormalSessions,
		question.IntentCapacityForecast: capacityForecast,
		question.IntentReport:           report,
		question.IntentRegionLoad:       regionLoad,
		question.IntentDeployRegression: deployRegression,
		question.IntentTopTransactions:  topTransactions,
		question.IntentIncidents:        incidents,
		question.IntentAlertNoise:       alertNoise,
		question.IntentBusinessImpact:   businessImpact,
		question.IntentJourneyDropoff:   journeyDropoff,
		question.IntentWebVitals:        webVitals,
		question.IntentServiceMap:       serviceMap,
		question.IntentLookup:           lookup,
		question.IntentRunbook:          runbook,
		question.IntentSLOStatus:        sloStatus,
		question.IntentApprovals:        approvals,
		question.IntentHelp:             help,
	}
}

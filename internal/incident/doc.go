// Package incident turns the alerts of a system into few incidents, each with a life cycle and its cost. Everything runs
// on event time, one alert after the other, in bounded memory; the package knows nothing of the collector.
//
// Grouping is a model, not a set of windows: an incident lasts for a span of time and fires each of its alerts at most
// once, at any moment of the span as likely as at any other. The incidents of a storm are the spans that explain its
// alerts best, counting what is known of old: which alerts fire in how many incidents, which fire together, how long
// incidents last. So an alert that fires again tells of a second fault inside the first, a change of rate tells where one
// began, and no window length has to be configured.
package incident

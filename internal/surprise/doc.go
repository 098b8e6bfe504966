// Package surprise says how rare a point is in the past of its own series, as a score from 0 to 1 that means the same for
// every series, and raises one alarm for one disturbance. It learns online, in fixed memory and without allocating.
//
// # Views
//
// A point is looked at in four ways, each measured by what is usual in that series ([views]):
//
//	jump   distance from Holt's short-term forecast (level and slope), by the noise of this hour of the day
//	drift  mean of the last 12 points less mean of the last 144
//	stir   logarithm of the mean step of the last 8 points over its usual size: unrest, or silence
//	miss   mean of the last 5 distances from what this time of day usually shows
//
// What this time of day usually shows is the caller's [Expectation], or else a plain profile of the day that the Scorer
// keeps itself. Where there is no season, miss says little and the other three decide.
//
// # From deviation to surprise
//
// The size z of every deviation is compared with the past of that view, a slowly forgetting histogram that a Pareto tail
// continues beyond the largest two per cent ([tail]):
//
//	surprise = -ln P(Z >= z)
//
// This is the p-value of conformal anomaly detection (Laxhammar and Falkman 2011) with the tail of extreme value theory
// (Pickands 1975, Hill 1975; for streams Siffer et al., SPOT, KDD 2017), which keeps points beyond the record in order.
// Exceedances that follow each other closely count once, so that an incident of an hour is one rare thing in the past and
// not sixty. Heavy-tailed series thus get no more alarms than calm ones.
//
// The most surprised view decides (the least of the p-values). Small allowances follow: a record in a short past cannot be
// as rare as one in a long past, and with a finer step one incident covers more points. In the end
//
//	score = surprise / (surprise + 8.75)
//
// so that one half, the default threshold, stands for one point in some 6,000.
//
// # Rest
//
// An alarm raises a bar to a little above itself; the bar sinks exponentially within 300 points; only what is above it is
// scored in full ([rest]). The idea of resting after an alarm is that of CAD OSE in the Numenta Anomaly Benchmark. The
// way back to where the series was before an episode is not an alarm ([episode]), and while an episode lasts
// [Verdict.Damp] tells a seasonal pattern to learn little; after a day it learns in full again, so that a real shift of
// level becomes the new normal.
package surprise

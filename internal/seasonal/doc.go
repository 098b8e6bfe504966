// Package seasonal knows what a metric series usually looks like at this hour of this weekday, how surprising its latest
// value is, and where it is going. A [Series] is the model of one series: it learns online, in 8 KB and without
// allocating, and survives a restart through [Series.AppendBinary] and [Decode].
//
// # Profiles
//
// Time is local: a slot is five minutes of the local day, so that patterns follow the clocks when these change. Of each
// slot the model keeps the usual day U (an average of five days that no single day can pull far: changes are clipped at
// twelve times their running median) and yesterday's value Y; of each hour of the week, the means of the last four weeks.
// All are 16-bit numbers, exact to a part in a thousand of their distance from the level of the series.
//
// # Forecast
//
// A value at lead h is the usual day plus a weighted sum of six differences x from it:
//
//	y(t+h) = U(t+h) + b1(Y-U) + b2(W-U) + b3(K-U) + b4(D-U) + b5 d(t) + b6 z(t) s(t+h)
//
// with W the median of the same hour of the last four weeks, K the mean of that hour over the last days of its kind
// (working days or weekend), D its median over seven days, d the deviation of the latest value from the usual day, z the
// mean deviation of the last hour in units of s, the usual deviation at an hour of the day. The weights are learnt at five
// leads from five minutes to 23 hours by ridge regression towards a prior, forgetting with a time constant of a week and
// weighting each point by the inverse of its residual, which estimates a median (iteratively reweighted least squares,
// Schlossmacher 1973); between the leads, median and widths are interpolated in the logarithm of the lead. So the data
// decide, series by series, between a daily and a weekly pattern, yesterday, and the present. While history is short,
// terms that are not known yet are zero: the week shrinks to the day, and the day to the level.
//
// # Bands and probabilities
//
// Errors are measured as they are made, with the weights that were in use a lead ago, and counted in histograms over their
// size in usual errors, by two hours of the day, drawn towards the histogram of the whole day. A band is
//
//	median + c1 q95(hour of the day, a day ahead) + c2 e s q95(histogram)
//
// and alike below, where e is the usual error at the lead and c1, c2 follow the gradient of the pinball loss
// multiplicatively (Kivinen and Warmuth 1997), so that coverage holds when the past misleads (adaptive conformal
// inference, Gibbs and Candès 2021). It widens while the series is off. Nothing is assumed of the shape of errors, so
// bands cannot explode. The probability to exceed a limit comes from the same histogram, stretched to the band's widths.
//
// # Surprise and level
//
// Package surprise scores each point against what was usual; the usual day learns a point with the weight that the score
// leaves it. A series that is outside of its band on the same side for sixteen hours, give or take, has a new level: the profiles move
// with it, and back within two hours should it return within a week.
package seasonal

package seasonalityprocessor

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/seasonal"
)

// RuleConfig selects data points and says how they are learnt.
type RuleConfig struct {
	// Names are names of metrics; * stands for any characters.
	Names []string `mapstructure:"names"`
	// Attributes are regular expressions over attributes, by key (or several with commas between, of which the first that
	// is there counts), of the data point or else its resource; it must carry
	// each of them.
	Attributes map[string]string `mapstructure:"attributes"`
	// Skip leaves what the rule selects unlearnt.
	Skip bool `mapstructure:"skip"`
	// Values are what is learnt of a metric: value, rate, quantiles, error_ratio. What its type does not have is left out.
	// Default all that it has.
	Values []string `mapstructure:"values"`
	// Quantiles are the quantiles of histograms and summaries. Default 0.5, 0.95, 0.99.
	Quantiles []float64 `mapstructure:"quantiles"`
	// Errors are regular expressions over attributes of the data point: those that match all are errors of error_ratio.
	Errors map[string]string `mapstructure:"errors"`
	// By keeps only these attributes of data points and resources; points that then look alike are one series.
	By []string `mapstructure:"by"`
	// Drop leaves these attributes out.
	Drop []string `mapstructure:"drop"`
	// Interval replaces the processor's for these series; a multiple of it.
	Interval time.Duration `mapstructure:"interval"`
	// Season is auto, day, week or none. Default auto.
	Season string `mapstructure:"season"`
	// TimeZone is the IANA name of the zone whose clock the pattern follows. Default UTC.
	TimeZone string `mapstructure:"time_zone"`
	// Direction says which deviations are unusual: above, below or both. Default above for quantiles and error ratios, both
	// for the rest.
	Direction string `mapstructure:"direction"`
	// Floor bounds the series below. Default 0 for rates and error ratios, none for the rest.
	Floor *float64 `mapstructure:"floor"`
	// Ceiling bounds the series above. Default 1 for error ratios, none for the rest.
	Ceiling *float64 `mapstructure:"ceiling"`
	// MinDev is the least deviation from the median that can be unusual, in the series' unit. Default 0.
	MinDev float64 `mapstructure:"min_dev"`
	// Threshold is the score, 0 to 1, at which an episode begins. Default 0: the model's own.
	Threshold float64 `mapstructure:"threshold"`
	// Limits are what the series should not pass.
	Limits []LimitConfig `mapstructure:"limits"`
	// Forecast asks for forecasts where there are no limits.
	Forecast bool `mapstructure:"forecast"`
	// Mark sets braid.anomaly: true on the data points of series in an episode.
	Mark bool `mapstructure:"mark"`
}

// LimitConfig is a limit of the series.
type LimitConfig struct {
	// Name is the value of the attribute braid.limit, as in "90 %".
	Name string `mapstructure:"name"`
	// Value is the limit in the series' unit.
	Value float64 `mapstructure:"value"`
	// Below is a limit that the series should not fall under.
	Below bool `mapstructure:"below"`
	// Of is which value the limit is of: value, rate, error_ratio, or a quantile such as p95. Default value.
	Of string `mapstructure:"of"`
}

// What can be learnt of a metric.
const (
	ofValue      = "value"
	ofRate       = "rate"
	ofQuantiles  = "quantiles"
	ofErrorRatio = "error_ratio"
)

const (
	maxNames     = 100
	maxQuantiles = 16
	maxLimits    = 16
)

var seasons = map[string]seasonal.Season{
	"": seasonal.SeasonAuto, "auto": seasonal.SeasonAuto, "day": seasonal.SeasonDay, "week": seasonal.SeasonWeek,
	"none": seasonal.SeasonNone,
}

var directions = map[string]seasonal.Direction{
	"both": seasonal.Both, "above": seasonal.Above, "below": seasonal.Below,
}

func (r *RuleConfig) validate(interval time.Duration) error {
	errs := []error{r.validateSelection(), r.validateModel(), r.validateLimits()}
	if r.Interval < 0 || interval > 0 && r.Interval%interval != 0 || r.Interval > 24*time.Hour {
		errs = append(errs, fmt.Errorf("interval: must be a multiple of the processor's (%s) and at most 24h, is %s", interval, r.Interval))
	}
	return errors.Join(errs...)
}

func (r *RuleConfig) validateSelection() error {
	var errs []error
	if len(r.Names) == 0 || len(r.Names) > maxNames || slices.Contains(r.Names, "") {
		errs = append(errs, fmt.Errorf("names: needs 1 to %d names of metrics, such as system.*; has %q", maxNames, r.Names))
	}
	for _, v := range r.Values {
		if !slices.Contains([]string{ofValue, ofRate, ofQuantiles, ofErrorRatio}, v) {
			errs = append(errs, fmt.Errorf("values: must be of value, rate, quantiles, error_ratio, is %q", v))
		}
	}
	if slices.Contains(r.Values, ofErrorRatio) && len(r.Errors) == 0 {
		errs = append(errs, errors.New("errors: is empty; error_ratio needs to know which points are errors, such as "+
			"{http.response.status_code: ^5}"))
	}
	for i, q := range r.Quantiles {
		if !(q > 0 && q < 1) || i > 0 && q <= r.Quantiles[i-1] || i >= maxQuantiles {
			errs = append(errs, fmt.Errorf("quantiles: must be at most %d rising numbers between 0 and 1, are %v", maxQuantiles, r.Quantiles))
			break
		}
	}
	if len(r.By) > 0 && len(r.Drop) > 0 {
		errs = append(errs, errors.New("by: cannot be together with drop; by drops all others"))
	}
	for _, set := range []struct {
		field string
		of    map[string]string
	}{{"attributes", r.Attributes}, {"errors", r.Errors}} {
		for key, expression := range set.of {
			if _, err := regexp.Compile(expression); err != nil {
				errs = append(errs, fmt.Errorf("%s::%s: %w", set.field, key, err))
			}
		}
	}
	return errors.Join(errs...)
}

func (r *RuleConfig) validateModel() error {
	var errs []error
	if _, ok := seasons[r.Season]; !ok {
		errs = append(errs, fmt.Errorf("season: must be auto, day, week or none, is %q", r.Season))
	}
	if _, err := time.LoadLocation(r.TimeZone); err != nil {
		errs = append(errs, fmt.Errorf("time_zone: must be an IANA name such as Asia/Seoul: %w", err))
	}
	if _, ok := directions[r.Direction]; !ok && r.Direction != "" {
		errs = append(errs, fmt.Errorf("direction: must be above, below or both, is %q", r.Direction))
	}
	if r.Floor != nil && r.Ceiling != nil && !(*r.Floor < *r.Ceiling) {
		errs = append(errs, fmt.Errorf("floor: must be below ceiling, is %g", *r.Floor))
	}
	if !(r.MinDev >= 0) || math.IsInf(r.MinDev, 0) {
		errs = append(errs, fmt.Errorf("min_dev: must be zero or above, is %g", r.MinDev))
	}
	if !(r.Threshold >= 0 && r.Threshold < 1) {
		errs = append(errs, fmt.Errorf("threshold: must be a score above 0 and below 1, or 0 for the default, is %g", r.Threshold))
	}
	return errors.Join(errs...)
}

func (r *RuleConfig) validateLimits() error {
	var errs []error
	if len(r.Limits) > maxLimits {
		errs = append(errs, fmt.Errorf("limits: at most %d, has %d", maxLimits, len(r.Limits)))
	}
	for i, l := range r.Limits {
		switch {
		case l.Name == "":
			errs = append(errs, fmt.Errorf("limits::%d: needs a name, such as \"90 %%\"", i))
		case math.IsNaN(l.Value) || math.IsInf(l.Value, 0):
			errs = append(errs, fmt.Errorf("limits::%d: the value must be a finite number, is %g", i, l.Value))
		case slices.ContainsFunc(r.Limits[:i], func(o LimitConfig) bool { return o.Name == l.Name && o.of() == l.of() }):
			errs = append(errs, fmt.Errorf("limits::%d: the name %q is taken", i, l.Name))
		case !slices.ContainsFunc(r.measures(allTypes), func(m measure) bool { return m.name == l.of() }):
			errs = append(errs, fmt.Errorf("limits::%d: of: %q is not learnt by this rule", i, l.Of))
		}
	}
	return errors.Join(errs...)
}

func (l *LimitConfig) of() string {
	if l.Of == "" {
		return ofValue
	}
	return l.Of
}

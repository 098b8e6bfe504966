package seasonalityprocessor

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/braidotel/braid/internal/anyvalue"
	"github.com/braidotel/braid/internal/seasonal"
)

// rules decide what is learnt of a data point.
type rules struct {
	all    []*rule
	byName map[string][]*rule // the rules that the name alone leaves in question, for names seen lately
}

// maxNamesKnown bounds byName; a collector that sees more names forgets all and begins anew.
const maxNamesKnown = 10_000

// rule is a compiled RuleConfig.
type rule struct {
	cfg        *RuleConfig
	names      *regexp.Regexp
	attributes []condition
	errors     []condition
	keep       func(key string) bool
	width      time.Duration
	plans      [allTypes][]plan
	// learning is what a stored model has to have been learnt under to be of use.
	learning string
}

// plan is what is learnt of the metrics of one type.
type plan struct {
	measure
	options *seasonal.Options
	limits  []LimitConfig
}

// condition is a regular expression over the first of several attributes that is there.
type condition struct {
	keys       []string
	expression *regexp.Regexp
}

func compileRules(cfg *Config) *rules {
	configured := slices.Clone(cfg.Metrics)
	if cfg.Defaults {
		configured = append(configured, defaultRules()...)
	}
	r := &rules{byName: map[string][]*rule{}}
	for i := range configured {
		r.all = append(r.all, compileRule(&configured[i], cfg))
	}
	return r
}

// compileRule compiles a validated rule.
func compileRule(rc *RuleConfig, cfg *Config) *rule {
	r := &rule{
		cfg: rc, names: globs(rc.Names), attributes: conditions(rc.Attributes), errors: conditions(rc.Errors),
		width: rc.Interval, keep: keeper(rc, cfg.Tenant),
	}
	if r.width == 0 {
		r.width = cfg.Interval
	}
	r.learning = fmt.Sprint(rc.Attributes, rc.Errors, rc.By, rc.Drop, seasons[rc.Season], rc.TimeZone, r.width)
	for t := range allTypes {
		for _, m := range rc.measures(t) {
			r.plans[t] = append(r.plans[t], plan{measure: m, options: rc.options(m), limits: rc.limitsOf(m)})
		}
	}
	return r
}

// globs matches any of the names, in which * stands for any characters.
func globs(names []string) *regexp.Regexp {
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = strings.ReplaceAll(regexp.QuoteMeta(name), `\*`, ".*")
	}
	return regexp.MustCompile("^(?s:" + strings.Join(parts, "|") + ")$")
}

func conditions(configured map[string]string) []condition {
	var out []condition
	for _, keys := range slices.Sorted(maps.Keys(configured)) {
		out = append(out, condition{strings.Split(keys, ","), regexp.MustCompile(configured[keys])})
	}
	return out
}

// keeper says which attributes make the series. The tenant always does; the mark is ours.
func keeper(rc *RuleConfig, tenant string) func(string) bool {
	set := map[string]bool{}
	for _, key := range append(rc.By, rc.Drop...) {
		set[key] = true
	}
	by := len(rc.By) > 0
	return func(key string) bool {
		return key == tenant || key != attrMark && set[key] == by
	}
}

// options are the model's for one measure.
func (r *RuleConfig) options(m measure) *seasonal.Options {
	o := seasonal.NewOptions()
	o.Season = seasons[r.Season]
	if r.TimeZone != "" {
		o.Location, _ = time.LoadLocation(r.TimeZone) // validated
	}
	if m.kind == kindRate || m.kind == kindErrorRatio {
		o.Floor = 0
	}
	if m.kind == kindErrorRatio {
		o.Ceiling = 1
	}
	if r.Floor != nil {
		o.Floor = *r.Floor
	}
	if r.Ceiling != nil {
		o.Ceiling = *r.Ceiling
	}
	o.Direction = directions[r.Direction]
	if r.Direction == "" && (m.kind == kindErrorRatio || m.kind == kindQuantile) {
		o.Direction = seasonal.Above
	}
	o.MinDev, o.Threshold = r.MinDev, r.Threshold
	return o
}

func (r *RuleConfig) limitsOf(m measure) []LimitConfig {
	var out []LimitConfig
	for _, l := range r.Limits {
		if l.of() == m.name {
			out = append(out, l)
		}
	}
	return out
}

// named are the rules that a metric of that name may come under, in order.
func (r *rules) named(name string) []*rule {
	found, ok := r.byName[name]
	if ok {
		return found
	}
	if !isOwn(name) {
		for _, rule := range r.all {
			if rule.names.MatchString(name) {
				found = append(found, rule)
				if len(rule.attributes) == 0 {
					break // what this one does not take, none of the later ones is asked
				}
			}
		}
	}
	if len(found) == 1 && found[0].cfg.Skip && len(found[0].attributes) == 0 {
		found = nil
	}
	if len(r.byName) >= maxNamesKnown {
		clear(r.byName)
	}
	r.byName[strings.Clone(name)] = found
	return found
}

// ruleOf is the rule that takes a point with these attributes; nil if none does or the one that does says skip.
func ruleOf(candidates []*rule, point, resource pcommon.Map) *rule {
	for _, r := range candidates {
		if holds(r.attributes, point, resource) {
			if r.cfg.Skip {
				return nil
			}
			return r
		}
	}
	return nil
}

// isError reports whether the point counts errors.
func (r *rule) isError(point, resource pcommon.Map) bool {
	return len(r.errors) > 0 && holds(r.errors, point, resource)
}

func holds(conditions []condition, point, resource pcommon.Map) bool {
	for _, c := range conditions {
		if !c.holds(point, resource) {
			return false
		}
	}
	return true
}

func (c *condition) holds(point, resource pcommon.Map) bool {
	for _, attrs := range []pcommon.Map{point, resource} {
		for _, key := range c.keys {
			if v, ok := attrs.Get(key); ok {
				return c.expression.MatchString(anyvalue.Text(v))
			}
		}
	}
	return false
}

// outlook reports whether series under the rule are forecast.
func (r *rule) outlook(p *plan) bool { return r.cfg.Forecast || len(p.limits) > 0 }

// mark reports whether any rule asks for marks.
func (r *rules) mark() bool {
	return slices.ContainsFunc(r.all, func(one *rule) bool { return one.cfg.Mark })
}

// learntUnder is the rule under which a stored model of a metric of that name was learnt; nil if there is none any more.
func (r *rules) learntUnder(name, learning string) *rule {
	for _, rule := range r.named(name) {
		if rule.learning == learning && !rule.cfg.Skip {
			return rule
		}
	}
	return nil
}

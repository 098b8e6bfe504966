// Package tenantql restricts PromQL to one tenant's series: every selector of a query gets a matcher on the tenant's
// label, so that none can ask for more, whatever it says itself.
package tenantql

import (
	"fmt"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/braidotel/braid/internal/history"
)

// Label is the label that names the tenant: braid.tenant as Prometheus writes it. Series without it belong to "".
const Label = "braid_tenant"

// MaxQuery is the longest query that is looked at, in bytes.
const MaxQuery = 16 << 10

var promql = parser.NewParser(parser.Options{})

// Restrict returns the query with every selector restricted. Its errors have history.ErrQuery in their chain.
func Restrict(query string, tenant history.Tenant) (string, error) {
	if len(query) > MaxQuery {
		return "", fmt.Errorf("%w: %d bytes, at most %d", history.ErrQuery, len(query), MaxQuery)
	}
	expr, err := promql.ParseExpr(query)
	if err != nil {
		return "", fmt.Errorf("%w: %w", history.ErrQuery, err)
	}
	own := matcher(tenant)
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			selector.LabelMatchers = append(selector.LabelMatchers, own)
		}
		return nil
	})
	return expr.String(), nil
}

// Selectors parses series selectors and restricts each; none at all becomes the one that selects everything of the tenant.
func Selectors(selectors []string, tenant history.Tenant) ([][]*labels.Matcher, error) {
	if len(selectors) == 0 {
		named := labels.MustNewMatcher(labels.MatchNotEqual, model.MetricNameLabel, "")
		return [][]*labels.Matcher{{named, matcher(tenant)}}, nil
	}
	sets := make([][]*labels.Matcher, len(selectors))
	for i, selector := range selectors {
		if len(selector) > MaxQuery {
			return nil, fmt.Errorf("%w: %d bytes, at most %d", history.ErrQuery, len(selector), MaxQuery)
		}
		set, err := promql.ParseMetricSelector(selector)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", history.ErrQuery, err)
		}
		sets[i] = append(set, matcher(tenant))
	}
	return sets, nil
}

func matcher(tenant history.Tenant) *labels.Matcher {
	return labels.MustNewMatcher(labels.MatchEqual, Label, string(tenant))
}

package tenantql_test

import (
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/tenantql"
)

func TestRestrict_Queries_EverySelectorIsRestricted(t *testing.T) {
	for query, want := range map[string]string{
		`users`:                   `users{braid_tenant="a"}`,
		`sum(rate(x[5m])) / y`:    `sum(rate(x{braid_tenant="a"}[5m])) / y{braid_tenant="a"}`,
		`x{braid_tenant="b"}`:     `x{braid_tenant="a",braid_tenant="b"}`,
		`max_over_time(x[1h:5m])`: `max_over_time(x{braid_tenant="a"}[1h:5m])`,
		`1 + 2`:                   `1 + 2`,
	} {
		got, err := tenantql.Restrict(query, "a")
		require.NoError(t, err)
		if !strings.Contains(query, "braid_tenant") { // matchers have no order
			assert.Equal(t, want, got)
		}
		assert.Equal(t, strings.Count(want, `braid_tenant="a"`), strings.Count(got, `braid_tenant="a"`))
	}
	for _, query := range []string{"", "{", "users{", strings.Repeat("x", tenantql.MaxQuery+1)} {
		_, err := tenantql.Restrict(query, "a")
		assert.ErrorIs(t, err, history.ErrQuery)
	}
}

// FuzzRestrict looks for a query that is restricted and still has a selector that is not.
func FuzzRestrict(f *testing.F) {
	for _, query := range []string{
		`users`, `sum by (a) (rate(x{b=~".*"}[5m] offset 1w @ end()))`, `x[1h:1m]`, `{"utf8.name", a!=""}`, `a and on () b or c unless d`,
		`label_replace(x, "braid_tenant", "b", "", "")`, `count_values("v", x)`, `-x`, `(x)`, `x{braid_tenant="b" or braid_tenant="c"}`,
	} {
		f.Add(query, "a")
	}
	f.Add("x", `"} or secret{a="`)
	p := parser.NewParser(parser.Options{})
	f.Fuzz(func(t *testing.T, query, tenant string) {
		got, err := tenantql.Restrict(query, history.Tenant(tenant))
		if err != nil {
			return
		}
		expr, err := p.ParseExpr(got)
		require.NoError(t, err, got)
		parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
			if selector, ok := node.(*parser.VectorSelector); ok {
				own := false
				for _, m := range selector.LabelMatchers {
					own = own || m.Name == tenantql.Label && m.Type.String() == "=" && m.Value == tenant
				}
				assert.True(t, own, got)
			}
			return nil
		})
	})
}

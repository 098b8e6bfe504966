package assistantextension

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"

	"go.opentelemetry.io/collector/client"

	"github.com/braidotel/braid/internal/query"
)

// AccessConfig says who may do what. Without http::auth nobody has a name: everybody who reaches the port, which is then
// on loopback, is a viewer and operator of the deployment's only tenant.
type AccessConfig struct {
	// NameAttribute is the attribute of the authenticated identity that names who asks. Default: the first there is of
	// username, subject, sub, email.
	NameAttribute string `mapstructure:"name_attribute"`
	// TenantAttribute is the attribute that holds the tenant of those whose rule names none. Default none.
	TenantAttribute string `mapstructure:"tenant_attribute"`
	// Rules are tried in order; the first that fits decides. Whom none fits is refused. Default none.
	Rules []RuleConfig `mapstructure:"rules"`
	// UnauthenticatedApprovals lets everybody on loopback decide about actions where there is no http::auth. Default false.
	UnauthenticatedApprovals bool `mapstructure:"unauthenticated_approvals"`
}

// RuleConfig gives roles to those it fits.
type RuleConfig struct {
	// Names are those of people; "*" is everybody who is authenticated.
	Names []string `mapstructure:"names"`
	// Attribute and Value fit who has that value, alone or in a list, such as groups and operators.
	Attribute string `mapstructure:"attribute"`
	Value     string `mapstructure:"value"`
	// Tenant is whose data they see. Default: access::tenant_attribute, or else the deployment's only tenant.
	Tenant string `mapstructure:"tenant"`
	// Roles are viewer, operator and approver; none contains another.
	Roles []string `mapstructure:"roles"`
}

const (
	roleViewer   = "viewer"
	roleOperator = "operator"
	roleApprover = "approver"
)

// nameAttributes are where the collector's authenticators keep who somebody is.
var nameAttributes = []string{"username", "subject", "sub", "email"}

func (a *AccessConfig) validate(authenticated bool) error {
	var errs []error
	if authenticated && len(a.Rules) == 0 {
		errs = append(errs, errors.New("access::rules: is empty, so nobody may look; "+
			`{names: ["*"], roles: [viewer]} lets everybody look who is authenticated`))
	}
	if !authenticated && len(a.Rules) > 0 {
		errs = append(errs, errors.New("access::rules: need http::auth; without it nobody has a name"))
	}
	if authenticated && a.UnauthenticatedApprovals {
		errs = append(errs, errors.New("access::unauthenticated_approvals: is for deployments without http::auth; "+
			"give the role approver in access::rules"))
	}
	for i, rule := range a.Rules {
		if err := rule.validate(); err != nil {
			errs = append(errs, fmt.Errorf("access::rules::%d: %w", i, err))
		}
	}
	return errors.Join(errs...)
}

func (r *RuleConfig) validate() error {
	if (len(r.Names) == 0) == (r.Attribute == "") {
		return errors.New("needs either names or attribute")
	}
	if (r.Attribute == "") != (r.Value == "") {
		return errors.New("attribute and value go together")
	}
	if len(r.Roles) == 0 {
		return errors.New("roles: is empty; give some of viewer, operator and approver")
	}
	for _, role := range r.Roles {
		if role != roleViewer && role != roleOperator && role != roleApprover {
			return fmt.Errorf("roles: %q is none of viewer, operator and approver", role)
		}
	}
	return nil
}

// caller says who a request comes from; query.ErrForbidden where no rule fits.
func (c *Config) caller(ctx context.Context) (query.Caller, error) {
	who := client.FromContext(ctx)
	if !c.HTTP.Auth.HasValue() {
		return query.Caller{From: address(who.Addr), Roles: query.Roles{View: true, Operate: true, Approve: c.Access.UnauthenticatedApprovals}}, nil
	}
	auth := who.Auth
	if auth == nil {
		return query.Caller{}, query.ErrForbidden
	}
	name := c.Access.name(auth)
	for _, rule := range c.Access.Rules {
		if !rule.fits(name, auth) {
			continue
		}
		tenant := rule.Tenant
		if tenant == "" && c.Access.TenantAttribute != "" {
			// Somebody without a tenant must not see the one of those who have none by configuration.
			if tenant = text(auth, c.Access.TenantAttribute); tenant == "" {
				return query.Caller{}, query.ErrForbidden
			}
		}
		return query.Caller{Name: name, Tenant: tenant, From: address(who.Addr), Roles: roles(rule.Roles)}, nil
	}
	return query.Caller{}, query.ErrForbidden
}

// address is where a request comes from, without its port.
func address(addr net.Addr) string {
	if addr == nil {
		return ""
	}
	host, _, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	return host
}

func roles(names []string) query.Roles {
	return query.Roles{
		View:    slices.Contains(names, roleViewer),
		Operate: slices.Contains(names, roleOperator),
		Approve: slices.Contains(names, roleApprover),
	}
}

func (a *AccessConfig) name(auth client.AuthData) string {
	if a.NameAttribute != "" {
		return text(auth, a.NameAttribute)
	}
	for _, attribute := range nameAttributes {
		if name := text(auth, attribute); name != "" {
			return name
		}
	}
	return ""
}

func (r *RuleConfig) fits(name string, auth client.AuthData) bool {
	if r.Attribute == "" {
		return slices.Contains(r.Names, "*") || name != "" && slices.Contains(r.Names, name)
	}
	switch value := auth.GetAttribute(r.Attribute).(type) {
	case string:
		return value == r.Value
	case []string:
		return slices.Contains(value, r.Value)
	case []any:
		return slices.Contains(value, any(r.Value))
	default:
		return false
	}
}

// text is an attribute that is a string; empty where it is not there or something else.
func text(auth client.AuthData, attribute string) string {
	s, _ := auth.GetAttribute(attribute).(string)
	return s
}

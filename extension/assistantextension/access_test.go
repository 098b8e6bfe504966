package assistantextension

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"

	"github.com/braidotel/braid/internal/query"
)

// identity is what an authenticator found out.
type identity map[string]any

func (i identity) GetAttribute(name string) any { return i[name] }
func (i identity) GetAttributeNames() []string  { return nil }

func callerOf(cfg *Config, auth client.AuthData) (query.Caller, error) {
	return cfg.caller(client.NewContext(context.Background(), client.Info{Auth: auth}))
}

func TestAccess_Rules_FirstThatFitsDecides(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	authenticated(cfg)
	cfg.Access.Rules = []RuleConfig{
		{Names: []string{"kim"}, Tenant: "bank", Roles: []string{roleViewer, roleApprover}},
		{Attribute: "groups", Value: "operators", Roles: []string{roleOperator}},
		{Names: []string{"lee", "park"}, Roles: []string{roleViewer}},
	}
	for name, c := range map[string]struct {
		auth identity
		want query.Caller
	}{
		"by name, its tenant":     {identity{"username": "kim", "groups": "operators"}, query.Caller{Name: "kim", Tenant: "bank", Roles: query.Roles{View: true, Approve: true}}},
		"by group":                {identity{"subject": "choi", "groups": []string{"x", "operators"}}, query.Caller{Name: "choi", Roles: query.Roles{Operate: true}}},
		"by group of a JSON list": {identity{"sub": "choi", "groups": []any{"operators"}}, query.Caller{Name: "choi", Roles: query.Roles{Operate: true}}},
		"by name further down":    {identity{"email": "park"}, query.Caller{Name: "park", Roles: query.Roles{View: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := callerOf(cfg, c.auth)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
	for name, auth := range map[string]client.AuthData{
		"stranger":        identity{"username": "choi", "groups": "others"},
		"nameless":        identity{},
		"no identity":     nil,
		"name not a text": identity{"username": 7},
	} {
		_, err := callerOf(cfg, auth)
		assert.ErrorIs(t, err, query.ErrForbidden, name)
	}
}

// Tenants come from the identity. Who has none where everybody has one gets in nowhere.
func TestAccess_Tenant_ComesFromTheIdentityOnly(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	authenticated(cfg)
	cfg.Access.TenantAttribute = "org"
	got, err := callerOf(cfg, identity{"username": "lee", "org": "shop"})
	require.NoError(t, err)
	assert.Equal(t, "shop", got.Tenant)
	_, err = callerOf(cfg, identity{"username": "lee"})
	require.ErrorIs(t, err, query.ErrForbidden)
	cfg.Access.NameAttribute = "login"
	got, err = callerOf(cfg, identity{"username": "lee", "login": "L", "org": "shop"})
	require.NoError(t, err)
	assert.Equal(t, "L", got.Name)
}

func TestAccess_WithoutAuthentication_ApprovalsAreAskedForExplicitly(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	got, err := callerOf(cfg, nil)
	require.NoError(t, err)
	assert.Equal(t, query.Caller{Roles: query.Roles{View: true, Operate: true}}, got)
	cfg.Access.UnauthenticatedApprovals = true
	got, err = callerOf(cfg, nil)
	require.NoError(t, err)
	assert.True(t, got.Roles.Approve)
}

package redisstorageextension

import (
	"net/url"
	"strings"

	"go.opentelemetry.io/collector/component"
)

// tag begins all keys of a shard. What is in braces decides the slot, so that one server of a cluster has all of a shard
// and a script may touch any of it.
func tag(cfg *Config) string { return "{" + cfg.KeyPrefix + "/" + cfg.Shard + "}:" }

func leaseKey(cfg *Config) string { return tag(cfg) + "lease" }

// clientPrefix begins the keys of one component's storage.
func clientPrefix(cfg *Config, kind component.Kind, id component.ID, name string) string {
	var b strings.Builder
	b.WriteString(tag(cfg))
	for _, part := range []string{strings.ToLower(kind.String()), id.String(), name} {
		b.WriteString(url.PathEscape(part))
		b.WriteByte('/')
	}
	return b.String()
}

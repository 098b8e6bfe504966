// Package knowledge holds sample documents for the shop of the demo: runbooks, service levels, manuals, the report of an
// incident. An organisation puts its own in their place.
package knowledge

import "embed"

// Sample are the documents.
//
//go:embed runbooks manuals incidents slo
var Sample embed.FS

package server

import (
	"net/http"

	"github.com/braidotel/braid/extension/assistantextension/internal/mcpserver"
	"github.com/braidotel/braid/internal/query"
)

// MCPPath is where AI clients find the tools, by the Model Context Protocol over streamable HTTP.
const MCPPath = "/mcp"

// mcpRoute is admitted like asking: who may look may call every tool there is.
func (s *Server) mcpRoute() route {
	handler := mcpserver.Handler(s.Service, s.TimeZone, s.Version)
	return route{
		name: routeMCP, method: http.MethodPost, role: roleView,
		handle: func(_ *Server, w http.ResponseWriter, r *http.Request, caller query.Caller) error {
			w.Header().Set("Cache-Control", "no-store")
			handler.ServeHTTP(w, r.WithContext(mcpserver.WithCaller(r.Context(), caller)))
			return nil
		},
	}
}

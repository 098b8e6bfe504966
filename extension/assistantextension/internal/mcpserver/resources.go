package mcpserver

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/braidotel/braid/internal/query"
)

const (
	scheme       = "braid://"
	incidentPath = scheme + "incident/"
	sessionPath  = scheme + "evidence/session/"
	tracePath    = scheme + "evidence/trace/"
	runbookPath  = scheme + "runbook/"
	catalogURI   = scheme + "catalog"
)

// reader reads one resource by the id in its address.
type reader func(ctx context.Context, s *server, caller query.Caller, id string) (any, error)

func (s *server) addResources(protocol *mcp.Server) {
	protocol.AddResource(&mcp.Resource{
		URI: catalogURI, Name: "catalog", Title: "What can be asked", MIMEType: jsonType,
		Description: "Questions that the data can answer now, in Korean and English.",
	}, s.reading(catalogURI, func(ctx context.Context, s *server, caller query.Caller, _ string) (any, error) {
		out := map[string][]string{}
		for _, lang := range []string{"ko", "en"} {
			list, err := s.service.Examples(ctx, caller, lang)
			if err != nil {
				return nil, err
			}
			out[lang] = list
		}
		return out, nil
	}))
	for _, t := range []struct {
		path, name, description string
		read                    reader
	}{
		{incidentPath, "incident", "One incident with its causes, evidence and impact.", incidentResource},
		{sessionPath, "session", "One session with its timeline.", sessionResource},
		{tracePath, "trace", "One trace with its spans.", traceResource},
		{runbookPath, "runbook", "Passages of runbooks about a topic, named by the id.", runbookResource},
	} {
		protocol.AddResourceTemplate(&mcp.ResourceTemplate{
			URITemplate: t.path + "{id}", Name: t.name, Description: t.description, MIMEType: jsonType,
		}, s.reading(t.path, t.read))
	}
}

const jsonType = "application/json"

func (s *server) reading(path string, read reader) mcp.ResourceHandler {
	return func(ctx context.Context, request *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		uri := request.Params.URI
		id, err := url.PathUnescape(strings.TrimPrefix(uri, path))
		if err != nil || len(id) > maxText {
			return nil, mcp.ResourceNotFoundError(uri)
		}
		value, err := read(ctx, s, callerOf(ctx), id)
		if errors.Is(err, query.ErrNotFound) {
			return nil, mcp.ResourceNotFoundError(uri)
		}
		if err != nil {
			return nil, explain(err)
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, explain(err)
		}
		return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: uri, MIMEType: jsonType, Text: string(text)}}}, nil
	}
}

var full = Shape{Detail: "full"}

func incidentResource(ctx context.Context, s *server, caller query.Caller, id string) (any, error) {
	a, err := s.service.Incident(ctx, caller, id, full.language())
	if err != nil {
		return nil, err
	}
	return full.result(a)
}

func sessionResource(ctx context.Context, s *server, caller query.Caller, id string) (any, error) {
	return s.service.Session(ctx, caller, id)
}

func traceResource(ctx context.Context, s *server, caller query.Caller, id string) (any, error) {
	return s.service.Trace(ctx, caller, id)
}

func runbookResource(ctx context.Context, s *server, caller query.Caller, id string) (any, error) {
	return knowledge(ctx, s, caller, KnowledgeInput{Topic: id, Shape: full})
}

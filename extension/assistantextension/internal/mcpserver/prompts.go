package mcpserver

import (
	"context"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// prompt is a way of working that a person can start from their client.
type prompt struct {
	name, title, description string
	arguments                []*mcp.PromptArgument
	text                     string // {name} is replaced by that argument
}

var prompts = []prompt{
	{
		name: "triage", title: "Triage", description: "Find out what is wrong now, why, and who is affected.",
		text: "Call get_status. If an incident is open, call get_incident for the most severe one and get_business_impact; else call " +
			"find_root_cause. Then tell in at most six sentences: what is wrong, since when, the most probable cause with its evidence, " +
			"who is affected, and what to check first, citing search_knowledge where a runbook fits. Quote facts as they are.",
	},
	{
		name: "compare_same_time", title: "Compare with the same time", description: "Now against yesterday and the same weekday last week.",
		text: "Call compare_usage twice, with compare_to shift:P1D and shift:P7D. Tell what differs more than usual, users first, then load. " +
			"Say so if nothing does.",
	},
	{
		name: "weekly_report", title: "Weekly report", description: "The week in one page.",
		arguments: []*mcp.PromptArgument{{Name: "audience", Description: "exec or ops"}},
		text: "Call get_report with period last_week and audience {audience}, and forecast_capacity. Write one page: visitors and requests, " +
			"errors, critical events and what was done, peaks, outlook. Every figure is a quoted fact.",
	},
	{
		name: "shift_handover", title: "Shift handover", description: "What the next operator must know.",
		arguments: []*mcp.PromptArgument{{Name: "hours", Description: "length of the shift in hours, such as 8"}},
		text: "The shift lasted {hours} hours. Call list_incidents with status all, get_status, forecast_capacity and list_sessions with " +
			"min_duration 8h. Hand over: what happened, what is still open, what is likely to come in the next shift, what to watch.",
	},
}

// defaults stand for arguments that were not given.
var defaults = map[string]string{"audience": "ops", "hours": "8"}

// maxArgument bounds an argument of a prompt, in bytes.
const maxArgument = 32

func addPrompts(protocol *mcp.Server) {
	for _, p := range prompts {
		protocol.AddPrompt(
			&mcp.Prompt{Name: p.name, Title: p.title, Description: p.description, Arguments: p.arguments},
			func(_ context.Context, request *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
				text := p.text
				for _, a := range p.arguments {
					value := request.Params.Arguments[a.Name]
					if value == "" {
						value = defaults[a.Name]
					}
					if len(value) > maxArgument {
						return nil, invalid(a.Name, "is too long")
					}
					text = strings.ReplaceAll(text, "{"+a.Name+"}", value)
				}
				return &mcp.GetPromptResult{
					Description: p.description,
					Messages:    []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: text}}},
				}, nil
			})
	}
}

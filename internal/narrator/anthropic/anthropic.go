// Package anthropic calls Claude.
package anthropic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	sdk "github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"

	"github.com/braidotel/braid/internal/narrator"
)

// tool is how the answer is given: Claude is made to fill in its input, which nothing ever executes.
const tool = "sentences"

// DefaultURL is where the provider's own models are.
const DefaultURL = "https://api.anthropic.com/"

// Model calls one model.
type Model struct {
	client sdk.Client
	model  string
}

// New returns the model of that name; baseURL is empty for Anthropic's.
func New(client *http.Client, baseURL, key, model string) *Model {
	if baseURL == "" {
		baseURL = DefaultURL // and not what the environment says
	}
	return &Model{model: model, client: sdk.NewClient(
		option.WithHTTPClient(client), option.WithMaxRetries(0), option.WithAPIKey(key), option.WithBaseURL(baseURL),
	)}
}

// Call implements narrator.Caller.
func (m *Model) Call(ctx context.Context, r narrator.Request) (narrator.Reply, error) {
	var schema struct {
		Properties any      `json:"properties"`
		Required   []string `json:"required"`
	}
	if err := json.Unmarshal(r.Schema, &schema); err != nil {
		return narrator.Reply{}, fmt.Errorf("reading the schema: %w", err)
	}
	message, err := m.client.Messages.New(ctx, sdk.MessageNewParams{
		Model: m.model, MaxTokens: int64(r.MaxOutputTokens), Temperature: sdk.Float(r.Temperature),
		System:   []sdk.TextBlockParam{{Text: r.System}},
		Messages: []sdk.MessageParam{sdk.NewUserMessage(sdk.NewTextBlock(r.User))},
		Tools: []sdk.ToolUnionParam{{OfTool: &sdk.ToolParam{
			Name: tool, Description: sdk.String("Give the sentences."),
			InputSchema: sdk.ToolInputSchemaParam{Properties: schema.Properties, Required: schema.Required},
		}}},
		ToolChoice: sdk.ToolChoiceUnionParam{OfTool: &sdk.ToolChoiceToolParam{Name: tool}},
	})
	if err != nil {
		if refused, is := errors.AsType[*sdk.Error](err); is {
			return narrator.Reply{}, &narrator.StatusError{Status: refused.StatusCode}
		}
		return narrator.Reply{}, fmt.Errorf("calling %s: %w", m.model, err)
	}
	reply := narrator.Reply{InputTokens: message.Usage.InputTokens, OutputTokens: message.Usage.OutputTokens, Model: message.Model}
	for i := range message.Content {
		if block := &message.Content[i]; block.Type == "tool_use" && block.Name == tool {
			reply.Text = string(block.Input)
		} else if block.Type == "text" && reply.Text == "" {
			reply.Text = block.Text
		}
	}
	return reply, nil
}

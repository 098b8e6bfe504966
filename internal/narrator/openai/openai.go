// Package openai calls models that speak OpenAI's chat completions: OpenAI itself, Azure, vLLM, Ollama and their like.
package openai

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"

	"github.com/braidotel/braid/internal/narrator"
)

// DefaultURL is where the provider's own models are.
const DefaultURL = "https://api.openai.com/v1/"

// Model calls one model.
type Model struct {
	client sdk.Client
	model  string
}

// New returns the model of that name at a base URL, such as http://127.0.0.1:11434/v1; empty for OpenAI's.
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
	completion, err := m.client.Chat.Completions.New(ctx, sdk.ChatCompletionNewParams{
		Model:               m.model,
		Messages:            []sdk.ChatCompletionMessageParamUnion{sdk.SystemMessage(r.System), sdk.UserMessage(r.User)},
		MaxCompletionTokens: sdk.Int(int64(r.MaxOutputTokens)),
		Temperature:         sdk.Float(r.Temperature),
		ResponseFormat: sdk.ChatCompletionNewParamsResponseFormatUnion{OfJSONSchema: &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: "sentences", Strict: sdk.Bool(true), Schema: r.Schema},
		}},
	})
	if err != nil {
		if refused, is := errors.AsType[*sdk.Error](err); is {
			return narrator.Reply{}, &narrator.StatusError{Status: refused.StatusCode}
		}
		return narrator.Reply{}, fmt.Errorf("calling %s: %w", m.model, err)
	}
	if len(completion.Choices) == 0 {
		return narrator.Reply{}, fmt.Errorf("calling %s: the answer is empty", m.model)
	}
	return narrator.Reply{
		Text: completion.Choices[0].Message.Content, InputTokens: completion.Usage.PromptTokens, OutputTokens: completion.Usage.CompletionTokens,
		Model: completion.Model,
	}, nil
}

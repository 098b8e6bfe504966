//go:build integration

package actions

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.yaml.in/yaml/v3"

	"github.com/braidotel/braid/testbed/collector"
)

// page is the API as one person uses it.
type page struct {
	t              *testing.T
	url, name, key string
}

func (p *page) call(method, path string, body, into any) int {
	p.t.Helper()
	text, err := json.Marshal(body)
	require.NoError(p.t, err)
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+"api/v1"+path, bytes.NewReader(text))
	require.NoError(p.t, err)
	r.SetBasicAuth(p.name, p.key)
	if method == http.MethodPost {
		var me struct {
			Token string `json:"csrf_token"`
		}
		require.Equal(p.t, http.StatusOK, p.call(http.MethodGet, "/me", nil, &me))
		r.Header.Set("X-Braid-Token", me.Token)
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(p.t, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	require.NoError(p.t, err)
	require.NoError(p.t, json.Unmarshal(raw, into), "%s", raw)
	return response.StatusCode
}

// approval is what is read of one.
type approval struct {
	ID, Digest string
	Status     any // a word, or the number of a refusal
	Detail     string
	Hindrance  *struct{ Code, Text string }
}

// overlay lets the two people of the README decide about calls of one webhook, whose effect is looked at after a second.
const overlay = `yaml:extensions:
  assistant:
    actions:
      observe: 1s
      webhooks: [{name: drain, url: "${env:ACTIONS_HOOK}", secret: "a secret of at least twenty-four bytes"}]
service:
  extensions: [`

// TestAction_TwoPeople_ExecutesOnceAndPipelinesHearOfEveryStep plays the README's two accounts on the shipped standalone.yaml.
func TestAction_TwoPeople_ExecutesOnceAndPipelinesHearOfEveryStep(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var calls []string
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, string(raw))
	}))
	t.Cleanup(hook.Close)
	url, data := start(t, hook.URL)
	lee, kim := &page{t, url, "lee", "lee's key"}, &page{t, url, "kim", "kim's key"}

	var a, b approval
	require.Equal(t, http.StatusOK, lee.call(http.MethodPost, "/approvals", map[string]any{"action": "call_webhook", "webhook": "drain", "reason": "peak tonight"}, &a), a.Detail)
	require.NotNil(t, a.Hindrance)
	assert.Equal(t, "self", a.Hindrance.Code)
	assert.Equal(t, http.StatusForbidden, lee.call(http.MethodPost, "/approvals/"+a.ID+"/approve", map[string]any{"reason": "mine", "digest": a.Digest}, &b))
	require.Equal(t, http.StatusOK, kim.call(http.MethodPost, "/approvals/"+a.ID+"/approve", map[string]any{"reason": "agreed on the phone", "digest": a.Digest}, &b), b.Detail)
	assert.Equal(t, "approved", b.Status)

	var steps []string
	require.Eventually(t, func() bool { steps = told(t, data, a.ID); return len(steps) == 5 }, 90*time.Second, 100*time.Millisecond, "%v", &steps)
	assert.Equal(t, []string{"proposed by lee", "approved by kim", "executing by ", "executed by ", "verified by "}, steps)
	mu.Lock()
	defer mu.Unlock()
	require.Len(t, calls, 1, "it is done once")
	assert.Contains(t, calls[0], a.ID)
}

// extensions are those of a configuration.
func extensions(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	var c struct {
		Service struct {
			Extensions []string `yaml:"extensions"`
		} `yaml:"service"`
	}
	require.NoError(t, yaml.Unmarshal(raw, &c))
	return strings.Join(c.Service.Extensions, ", ")
}

func start(t *testing.T, hook string) (url, data string) {
	t.Helper()
	binary, err := collector.Binary()
	require.NoError(t, err)
	root, err := collector.Root()
	require.NoError(t, err)
	at, err := collector.FreeEndpoints()
	require.NoError(t, err)
	standalone := filepath.Join(root, "distribution", "configs", "standalone.yaml")
	data = t.TempDir()
	env := at.Env()
	env["BRAID_DATA_DIR"], env["ACTIONS_HOOK"] = data, hook
	env["BRAID_KIM_PASSWORD"], env["BRAID_LEE_PASSWORD"] = "kim's key", "lee's key"
	p, err := collector.Start(t.Context(), collector.Config{
		Binary: binary, Env: env, HealthURL: at.HealthURL(), ReadyWithin: 90 * time.Second,
		Configs: []string{
			standalone, filepath.Join(root, "extension", "assistantextension", "testdata", "approvers.yaml"), overlay + extensions(t, standalone) + ", basicauth]",
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.Kill()) })
	return at.PageURL(), data
}

// told are the steps of an action that the file of the events' pipeline has.
func told(t *testing.T, data, id string) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(data, "events.jsonl"))
	if err != nil {
		return nil // not yet
	}
	var out []string
	for line := range strings.Lines(string(raw)) {
		ld, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs([]byte(line))
		if err != nil {
			continue // half written
		}
		for _, rl := range ld.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, r := range sl.LogRecords().All() {
					if get := r.Attributes().AsRaw(); r.EventName() == "braid.action" && get["braid.action.id"] == id {
						by, _ := get["braid.action.by"].(string)
						out = append(out, get["braid.action.state"].(string)+" by "+by)
					}
				}
			}
		}
	}
	return out
}

package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// propose proposes the phase's action, as an operator on the machine does, and again while the history is away.
func (r *rig) propose(ctx context.Context, p *phase) error {
	return r.until(ctx, patience, func() error {
		ctx, cancel := context.WithTimeout(ctx, answerWithin)
		defer cancel()
		var me struct {
			Token string `json:"csrf_token"`
		}
		if _, err := r.call(ctx, http.MethodGet, "me", "", nil, &me); err != nil {
			return err
		}
		order := map[string]string{"action": "call_webhook", "webhook": p.name, "reason": "nobody decides about it"}
		if status, err := r.call(ctx, http.MethodPost, "approvals", me.Token, order, nil); status != http.StatusConflict { // it is there since the last attempt
			return err
		}
		return nil
	})
}

// call is one call of the assistant's API; it returns the status of the answer, which it reads into what is not nil.
func (r *rig) call(ctx context.Context, method, path, token string, body, into any) (int, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	request, err := http.NewRequestWithContext(ctx, method, r.at.PageURL()+"api/v1/"+path, bytes.NewReader(text))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Braid-Token", token)
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, path, response.Status, raw)
	}
	if err == nil && into != nil {
		err = json.Unmarshal(raw, into)
	}
	return response.StatusCode, err
}

// everyProposalIsTold wants an event of each action that was proposed, in the pipeline that the receiver feeds.
func everyProposalIsTold(_ context.Context, r *rig) error {
	told := map[any]bool{}
	for _, e := range r.backend.Events("braid.action") {
		told[e.Attributes["braid.action.target"]] = true
	}
	for _, p := range r.phases {
		if !told["webhook "+p.name] {
			return fmt.Errorf("nobody was told what was proposed %s the fault", p.name)
		}
	}
	return nil
}

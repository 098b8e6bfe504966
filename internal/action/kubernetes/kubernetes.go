// Package kubernetes scales, restarts and rolls back workloads by patches, and uses no other verb: what it must know it
// learns from patches that change nothing. Each patch tests that the workload is still as it was shown to whoever approved.
package kubernetes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/braidotel/braid/internal/action"
)

// Executor does action.ScaleWorkload, action.RestartWorkload and action.RollBack.
type Executor struct {
	client dynamic.Interface
}

var _ action.Executor = (*Executor)(nil)

// New returns an executor over a client of one cluster.
func New(client dynamic.Interface) *Executor { return &Executor{client} }

// manager is the name under which the cluster remembers whose changes they are.
const manager = "braid"

// restarted is the annotation that kubectl rollout restart sets too.
const restarted = "kubectl.kubernetes.io/restartedAt"

var resources = map[string]schema.GroupVersionResource{
	action.Deployment:  {Group: "apps", Version: "v1", Resource: "deployments"},
	action.StatefulSet: {Group: "apps", Version: "v1", Resource: "statefulsets"},
}

// operation is one of a JSON patch (RFC 6902).
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// Resolve implements action.Executor.
func (e *Executor) Resolve(ctx context.Context, _ string, s *action.Service, r action.Order) (action.Arguments, error) {
	if s == nil || s.Workload == (action.Workload{}) {
		return nil, &action.InvalidError{Field: "service", Text: "has no workload in actions::services of the assistant extension"}
	}
	switch r.Action {
	case action.ScaleWorkload:
		scale, err := e.read(ctx, s.Workload, "scale")
		if err != nil {
			return nil, err
		}
		from := integer(scale, "spec", "replicas")
		return action.Scale{Workload: s.Workload, From: from, To: r.To(from)}, nil
	case action.RestartWorkload:
		if _, err := e.read(ctx, s.Workload); err != nil {
			return nil, err
		}
		return action.Restart{Workload: s.Workload}, nil
	case action.RollBack:
		w, err := e.read(ctx, s.Workload)
		if err != nil {
			return nil, err
		}
		return rollback(w, s, r.Version)
	default:
		return nil, fmt.Errorf("%s is nothing that Kubernetes does", r.Action)
	}
}

// rollback finds the container and its present image.
func rollback(w *unstructured.Unstructured, s *action.Service, version string) (action.Arguments, error) {
	containers, _, err := unstructured.NestedSlice(w.Object, "spec", "template", "spec", "containers")
	if err != nil {
		return nil, fmt.Errorf("reading the containers of %s: %w", s.Workload, err)
	}
	for i, c := range containers {
		fields, ok := c.(map[string]any)
		if !ok {
			continue
		}
		name, _ := fields["name"].(string)
		if name != s.Container && (s.Container != "" || len(containers) > 1) {
			continue
		}
		from, _ := fields["image"].(string)
		to, ok := action.Tagged(from, version)
		if !ok {
			return nil, &action.InvalidError{Field: "version", Text: fmt.Sprintf("the image %s is not named by a tag; roll back where it is deployed from", action.Clean(from))}
		}
		return action.Rollback{Workload: s.Workload, Container: name, Index: i, From: from, To: to}, nil
	}
	return nil, &action.InvalidError{Field: "service", Text: "name the container to roll back in actions::services of the assistant extension"}
}

// Execute implements action.Executor.
func (e *Executor) Execute(ctx context.Context, p *action.Proposal) (string, error) {
	switch a := p.Arguments.(type) {
	case action.Scale:
		const path = "/spec/replicas"
		got, err := e.patch(ctx, a.Workload, types.JSONPatchType, []operation{{"test", path, a.From}, {"replace", path, a.To}}, false, "scale")
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%s has %d replicas now", a.Workload, integer(got, "spec", "replicas")), nil
	case action.Restart:
		// The time is that of the proposal: done twice, it would be done once.
		at := p.Proposed.UTC().Format(time.RFC3339)
		body := map[string]any{"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{"annotations": map[string]any{restarted: at}}}}}
		_, err := e.patch(ctx, a.Workload, types.MergePatchType, body, false)
		return fmt.Sprintf("%s replaces its pods", a.Workload), err
	case action.Rollback:
		at := fmt.Sprintf("/spec/template/spec/containers/%d/", a.Index)
		_, err := e.patch(ctx, a.Workload, types.JSONPatchType, []operation{
			{"test", at + "name", a.Container}, {"test", at + "image", a.From}, {"replace", at + "image", a.To},
		}, false)
		return fmt.Sprintf("%s runs %s now", a.Workload, a.To), err
	default:
		return "", action.NotDone(fmt.Errorf("%s is nothing that Kubernetes does", p.Arguments.Kind()))
	}
}

// Look implements action.Executor.
func (e *Executor) Look(ctx context.Context, p *action.Proposal) (string, error) {
	switch a := p.Arguments.(type) {
	case action.Scale:
		s, err := e.read(ctx, a.Workload, "scale")
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%s wants %d replicas and has %d", a.Workload, integer(s, "spec", "replicas"), integer(s, "status", "replicas")), nil
	case action.Restart:
		return e.rollout(ctx, a.Workload)
	case action.Rollback:
		return e.rollout(ctx, a.Workload)
	default:
		return "", nil
	}
}

func (e *Executor) rollout(ctx context.Context, w action.Workload) (string, error) {
	got, err := e.read(ctx, w)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: %d of %d pods are of the present version, %d ready", w, integer(got, "status", "updatedReplicas"),
		integer(got, "spec", "replicas"), integer(got, "status", "readyReplicas")), nil
}

// read gives a workload, or a subresource, by a patch that changes nothing.
func (e *Executor) read(ctx context.Context, w action.Workload, sub ...string) (*unstructured.Unstructured, error) {
	return e.patch(ctx, w, types.MergePatchType, map[string]any{}, true, sub...)
}

func (e *Executor) patch(ctx context.Context, w action.Workload, kind types.PatchType, body any, dry bool, sub ...string) (*unstructured.Unstructured, error) {
	if err := w.Check(); err != nil {
		return nil, action.NotDone(err)
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, action.NotDone(fmt.Errorf("encoding a patch: %w", err))
	}
	options := metav1.PatchOptions{FieldManager: manager}
	if dry {
		options.DryRun = []string{metav1.DryRunAll}
	}
	got, err := e.client.Resource(resources[w.Type]).Namespace(w.Namespace).Patch(ctx, w.Name, kind, text, options, sub...)
	if err != nil {
		return nil, classify(w, err)
	}
	return got, nil
}

// classify tells errors by which nothing was changed: the cluster refused, or was not reached.
func classify(w action.Workload, err error) error {
	told := fmt.Errorf("%s: %w", w, err)
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		code := status.Status().Code
		if code >= http.StatusBadRequest && code < http.StatusInternalServerError && code != http.StatusRequestTimeout {
			return action.NotDone(told)
		}
		return told
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return action.NotDone(told)
	}
	return told
}

func integer(u *unstructured.Unstructured, path ...string) int {
	n, _, _ := unstructured.NestedInt64(u.Object, path...)
	return int(n)
}

package kubernetes

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/component-helpers/auth/rbac/validation"

	"github.com/braidotel/braid/internal/action"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cluster is client-go's fake with the shipped Roles in force.
type cluster struct {
	*fake.FakeDynamicClient
	done []clienttesting.Action // let in
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	scheme := runtime.NewScheme()
	require.NoError(t, appsv1.AddToScheme(scheme))
	require.NoError(t, corev1.AddToScheme(scheme))
	replicas := int32(3)
	meta := metav1.ObjectMeta{Namespace: "shop", Name: "payment"}
	template := corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "proxy", Image: "mesh:1"}, {Name: "app", Image: "registry.test/pay:2.4.1"}}}}
	elsewhere := metav1.ObjectMeta{Namespace: "kube-system", Name: "dns"}
	c := &cluster{FakeDynamicClient: fake.NewSimpleDynamicClient(scheme,
		&appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Replicas: &replicas, Template: template}},
		&appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "ledger"}, Spec: appsv1.StatefulSetSpec{Replicas: &replicas, Template: template}},
		&appsv1.Deployment{ObjectMeta: elsewhere, Spec: appsv1.DeploymentSpec{Replicas: &replicas}},
	)}
	roles := shippedRoles(t)
	c.PrependReactor("*", "*", func(a clienttesting.Action) (bool, runtime.Object, error) {
		if !allowed(roles, a) {
			return true, nil, apierrors.NewForbidden(a.GetResource().GroupResource(), "", errors.New("RBAC"))
		}
		c.done = append(c.done, a)
		return false, nil, nil
	})
	return c
}

// shippedRoles reads the Roles that the distribution ships.
func shippedRoles(t *testing.T) []rbacv1.Role {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash("../../../distribution/kubernetes/rbac-actions.yaml"))
	require.NoError(t, err)
	var roles []rbacv1.Role
	bound := map[string]bool{}
	for doc := range documents(text) {
		switch doc.kind {
		case "Role":
			roles = append(roles, decode[rbacv1.Role](t, doc.text))
		case "RoleBinding":
			b := decode[rbacv1.RoleBinding](t, doc.text)
			require.Equal(t, []rbacv1.Subject{{Kind: "ServiceAccount", Name: "braid", Namespace: "braid"}}, b.Subjects)
			bound[b.Namespace+"/"+b.RoleRef.Name] = true
		case "ServiceAccount":
			decode[corev1.ServiceAccount](t, doc.text)
		default:
			t.Fatalf("a %s grants more than a Role does", doc.kind)
		}
	}
	require.Len(t, roles, 2)
	for _, r := range roles {
		require.True(t, bound[r.Namespace+"/"+r.Name], "%s is bound to nobody", r.Name)
	}
	return roles
}

// allowed evaluates Roles as the API server does.
func allowed(roles []rbacv1.Role, a clienttesting.Action) bool {
	resource := a.GetResource().Resource
	if a.GetSubresource() != "" {
		resource += "/" + a.GetSubresource()
	}
	rule := rbacv1.PolicyRule{Verbs: []string{a.GetVerb()}, APIGroups: []string{a.GetResource().Group}, Resources: []string{resource}}
	return slices.ContainsFunc(roles, func(r rbacv1.Role) bool {
		covered, _ := validation.Covers(r.Rules, []rbacv1.PolicyRule{rule})
		return covered && r.Namespace == a.GetNamespace()
	})
}

var (
	payment = &action.Service{Name: "payment", Workload: action.Workload{Namespace: "shop", Type: action.Deployment, Name: "payment"}, Container: "app"}
	ledger  = &action.Service{Name: "ledger", Workload: action.Workload{Namespace: "shop", Type: action.StatefulSet, Name: "ledger"}}
	dns     = &action.Service{Name: "dns", Workload: action.Workload{Namespace: "kube-system", Type: action.Deployment, Name: "dns"}}
)

func proposal(a action.Arguments) *action.Proposal {
	return &action.Proposal{ID: "a1", Arguments: a, Proposed: time.Date(2026, 11, 18, 3, 0, 0, 0, time.UTC)}
}

func (c *cluster) object(t *testing.T, s *action.Service) map[string]any {
	t.Helper()
	o, err := c.Tracker().Get(resources[s.Workload.Type], s.Workload.Namespace, s.Workload.Name)
	require.NoError(t, err)
	u, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	require.NoError(t, err)
	return u
}

func TestExecute_EachAction_ChangesWhatWasShownAndNothingElse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		service *action.Service
		request action.Order
		want    action.Arguments
		path    []string
		value   any
	}{
		"double":         {payment, action.Order{Action: action.ScaleWorkload, Factor: 2}, action.Scale{Workload: payment.Workload, From: 3, To: 6}, []string{"spec", "replicas"}, int64(6)},
		"a set by one":   {ledger, action.Order{Action: action.ScaleWorkload, Add: -1}, action.Scale{Workload: ledger.Workload, From: 3, To: 2}, []string{"spec", "replicas"}, int64(2)},
		"restart":        {payment, action.Order{Action: action.RestartWorkload}, action.Restart{Workload: payment.Workload}, []string{"spec", "template", "metadata", "annotations", restarted}, "2026-11-18T03:00:00Z"},
		"restart of set": {ledger, action.Order{Action: action.RestartWorkload}, action.Restart{Workload: ledger.Workload}, []string{"spec", "template", "metadata", "annotations", restarted}, "2026-11-18T03:00:00Z"},
		"roll back": {payment, action.Order{Action: action.RollBack, Version: "2.4.0"},
			action.Rollback{Workload: payment.Workload, Container: "app", Index: 1, From: "registry.test/pay:2.4.1", To: "registry.test/pay:2.4.0"}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newCluster(t)
			e := New(k)
			before := k.object(t, c.service)
			arguments, err := e.Resolve(t.Context(), "", c.service, c.request)
			require.NoError(t, err)
			require.Equal(t, c.want, arguments)
			require.Equal(t, before, k.object(t, c.service), "asking changes nothing")
			said, err := e.Execute(t.Context(), proposal(arguments))
			require.NoError(t, err)
			assert.Contains(t, said, c.service.Name)
			after := k.object(t, c.service)
			if c.path != nil {
				got, _, err := unstructured.NestedFieldNoCopy(after, c.path...)
				require.NoError(t, err)
				assert.Equal(t, c.value, got)
				unstructured.RemoveNestedField(before, c.path...)
				unstructured.RemoveNestedField(after, c.path...)
				unstructured.RemoveNestedField(after, "spec", "template", "metadata", "annotations")
				assert.Equal(t, before, after, "nothing else")
			} else {
				containers, _, err := unstructured.NestedSlice(after, "spec", "template", "spec", "containers")
				require.NoError(t, err)
				assert.Equal(t, "mesh:1", containers[0].(map[string]any)["image"])
				assert.Equal(t, "registry.test/pay:2.4.0", containers[1].(map[string]any)["image"])
			}
			_, err = e.Look(t.Context(), proposal(arguments))
			require.NoError(t, err)
			for _, a := range k.done {
				assert.Equal(t, "patch", a.GetVerb())
			}
		})
	}
}

// What has changed since it was shown is left alone.
func TestExecute_WorldChanged_IsRefused(t *testing.T) {
	t.Parallel()
	k := newCluster(t)
	e := New(k)
	for _, a := range []action.Arguments{
		action.Scale{Workload: payment.Workload, From: 2, To: 4},
		action.Rollback{Workload: payment.Workload, Container: "app", Index: 1, From: "registry.test/pay:2.4.2", To: "registry.test/pay:2.4.0"},
		action.Rollback{Workload: payment.Workload, Container: "app", Index: 0, From: "mesh:1", To: "mesh:0"},
	} {
		before := k.object(t, payment)
		_, err := e.Execute(t.Context(), proposal(a))
		require.Error(t, err)
		assert.Equal(t, before, k.object(t, payment))
	}
}

// The shipped Roles let in the patches of the executor, in their namespace, and nothing else.
func TestRBAC_AnythingButThosePatches_IsForbidden(t *testing.T) {
	t.Parallel()
	k := newCluster(t)
	e := New(k)
	for _, r := range []action.Order{{Action: action.ScaleWorkload, Factor: 2}, {Action: action.RestartWorkload}, {Action: action.RollBack, Version: "1"}} {
		_, err := e.Resolve(t.Context(), "", dns, r)
		require.True(t, apierrors.IsForbidden(err), "another namespace: %v", err)
		require.ErrorIs(t, err, action.ErrNotDone)
	}
	_, err := e.Execute(t.Context(), proposal(action.Scale{Workload: dns.Workload, From: 3, To: 1}))
	require.True(t, apierrors.IsForbidden(err))
	assert.Empty(t, k.done)

	roles := shippedRoles(t)
	verbs := []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "impersonate", "bind", "escalate", "*"}
	permitted := 0
	for _, resource := range []string{
		"apps/deployments", "apps/deployments/scale", "apps/deployments/status", "apps/statefulsets", "apps/statefulsets/scale", "apps/daemonsets", "apps/replicasets",
		"/pods", "/pods/exec", "/pods/eviction", "/secrets", "/configmaps", "/namespaces", "/nodes", "/serviceaccounts", "/serviceaccounts/token", "/services",
		"batch/jobs", "rbac.authorization.k8s.io/roles", "rbac.authorization.k8s.io/rolebindings", "*/*", "apps/*",
	} {
		group, name, _ := cut(resource)
		for _, verb := range verbs {
			for _, namespace := range []string{"shop", "", "kube-system"} {
				a := clienttesting.GenericActionImpl{ActionImpl: clienttesting.ActionImpl{Namespace: namespace, Verb: verb, Resource: schema.GroupVersionResource{Group: group, Resource: name}}}
				if allowed(roles, a) {
					permitted++
					assert.Equal(t, "patch", verb)
					assert.Equal(t, "shop", namespace)
				}
			}
		}
	}
	assert.Equal(t, 4, permitted, "deployments and statefulsets, and the scale of each")
}

func TestResolve_WhatCannotBeDone_SaysWhy(t *testing.T) {
	t.Parallel()
	k := newCluster(t)
	e := New(k)
	pinned := &action.Service{Workload: payment.Workload, Container: "sidecar"}
	nowhere := &action.Service{Workload: action.Workload{Namespace: "shop", Type: action.Deployment, Name: "gone"}}
	for name, c := range map[string]struct {
		service *action.Service
		request action.Order
		want    string
	}{
		"no workload":       {&action.Service{Name: "x"}, action.Order{Action: action.ScaleWorkload}, "has no workload"},
		"no service":        {nil, action.Order{Action: action.ScaleWorkload}, "has no workload"},
		"unknown container": {pinned, action.Order{Action: action.RollBack, Version: "1"}, "name the container"},
		"not there":         {nowhere, action.Order{Action: action.RestartWorkload}, "not found"},
		"not Kubernetes":    {payment, action.Order{Action: action.EndSession}, "nothing that Kubernetes does"},
	} {
		_, err := e.Resolve(t.Context(), "", c.service, c.request)
		assert.ErrorContains(t, err, c.want, name)
	}
	_, err := e.Execute(t.Context(), proposal(action.End{Session: "s"}))
	require.ErrorIs(t, err, action.ErrNotDone)
	_, err = e.Execute(t.Context(), proposal(action.Restart{Workload: action.Workload{Namespace: "../x", Type: action.Deployment, Name: "y"}}))
	require.ErrorIs(t, err, action.ErrNotDone)
}

// After a refusal or without a connection nothing was done; after anything else nobody knows.
func TestClassify_Errors_TellWhatIsKnown(t *testing.T) {
	t.Parallel()
	group := schema.GroupResource{Group: "apps", Resource: "deployments"}
	for name, c := range map[string]struct {
		err  error
		sure bool
	}{
		"forbidden":   {apierrors.NewForbidden(group, "x", nil), true},
		"conflict":    {apierrors.NewConflict(group, "x", nil), true},
		"test failed": {apierrors.NewGenericServerResponse(422, "patch", group, "x", "", 0, false), true},
		"too many":    {apierrors.NewTooManyRequests("x", 1), true},
		"timeout":     {apierrors.NewTimeoutError("x", 1), false},
		"internal":    {apierrors.NewInternalError(errors.New("x")), false},
		"cut off":     {errors.New("EOF"), false},
		"deadline":    {context.DeadlineExceeded, false},
		"not reached": {&net.OpError{Op: "dial", Err: errors.New("refused")}, true},
		"read failed": {&net.OpError{Op: "read", Err: errors.New("reset")}, false},
	} {
		assert.Equal(t, c.sure, errors.Is(classify(payment.Workload, c.err), action.ErrNotDone), name)
	}
}

func TestConnect_NoCluster_SaysWhatToGive(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	_, err := Connect(Cluster{})
	require.ErrorContains(t, err, "name a file")
	_, err = Connect(Cluster{Kubeconfig: filepath.Join(t.TempDir(), "none")})
	require.ErrorContains(t, err, "kubeconfig")
	file := filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(file, []byte(`{"apiVersion":"v1","kind":"Config","current-context":"c","contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],`+
		`"clusters":[{"name":"c","cluster":{"server":"https://127.0.0.1:1"}}],"users":[{"name":"u","user":{"token":"t"}}]}`), 0o600))
	e, err := Connect(Cluster{Kubeconfig: file, Timeout: time.Second})
	require.NoError(t, err)
	_, err = e.Execute(t.Context(), proposal(action.Restart{Workload: payment.Workload}))
	require.ErrorIs(t, err, action.ErrNotDone)
}

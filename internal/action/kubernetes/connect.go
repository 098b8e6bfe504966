package kubernetes

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Cluster says which cluster, and as whom.
type Cluster struct {
	// Kubeconfig is a file; empty is the service account of the pod that the collector runs in.
	Kubeconfig string
	// Context is one of the file's; empty is its current one.
	Context string
	// Timeout ends a request.
	Timeout time.Duration
}

// Connect returns an executor for a cluster. It reaches for nothing yet.
func Connect(c Cluster) (*Executor, error) {
	config, err := c.rest()
	if err != nil {
		return nil, err
	}
	config.Timeout, config.UserAgent = c.Timeout, manager
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return once{next} })
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("kubernetes: %w", err)
	}
	return New(client), nil
}

// once keeps the client from repeating a request that the server answered: whether to is not its to decide.
type once struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (o once) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := o.next.RoundTrip(r)
	if answer != nil {
		answer.Header.Del("Retry-After")
	}
	return answer, err
}

func (c Cluster) rest() (*rest.Config, error) {
	if c.Kubeconfig == "" {
		config, err := rest.InClusterConfig()
		if errors.Is(err, rest.ErrNotInCluster) {
			return nil, errors.New("kubeconfig: is empty, and the collector runs in no pod; name a file")
		}
		return config, err
	}
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		&clientcmd.ClientConfigLoadingRules{ExplicitPath: c.Kubeconfig}, &clientcmd.ConfigOverrides{CurrentContext: c.Context}).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	return config, nil
}

package kubernetes

import (
	"errors"
	"fmt"
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
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("kubernetes: %w", err)
	}
	return New(client), nil
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

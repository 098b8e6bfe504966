package incident

import (
	"hash/fnv"
	"time"
)

// Alert is one firing of an alert.
type Alert struct {
	ID        string // unique; made up by the sender
	Time      time.Time
	Tenant    string // never shares an incident with another
	Scope     string // system it belongs to: namespace, environment
	Service   string
	Instance  string
	Host      string
	Source    string // metric, trace, log, an alert manager
	Name      string
	Direction string // up or down, where known
	Operation string
	Client    string // instance or service that called the operation
	Region    string // of the site that tells of it, where several do
	Severity  int32  // severity number of OTLP
	Trace     [16]byte
}

// key tells an alert from others, not its firings from each other.
func (a *Alert) key() uint64 {
	h := fnv.New64a()
	for _, part := range [...]string{a.Tenant, a.Scope, a.Service, a.Instance, a.Host, a.Source, a.Name, a.Direction, a.Operation, a.Client} {
		_, _ = h.Write([]byte(part))
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

// node is the service in the topology.
func (a *Alert) node() string { return Node(a.Scope, a.Service) }

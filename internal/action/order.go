package action

import "math"

// Service is one that actions may concern: who is not in the configuration is out of reach.
type Service struct {
	// Name is its service.name, Aliases what people call it.
	Name    string
	Aliases []string
	// Tenant is whose it is, Environment where it runs.
	Tenant      string
	Environment string
	// Workload runs it; zero where Kubernetes does not. Container is the one that a rollback changes.
	Workload  Workload
	Container string
}

// Order is what somebody wants, before it is made exact: numbers may be relative to what there is.
type Order struct {
	Action Kind `json:"action,omitempty"`
	// Service is the service.name concerned.
	Service string `json:"service,omitempty"`
	// One of Replicas, Factor and Add says how a workload is scaled.
	Replicas int     `json:"replicas,omitempty"`
	Factor   float64 `json:"factor,omitempty"`
	Add      int     `json:"add,omitempty"`
	// Version is the one to roll back to.
	Version string `json:"version,omitempty"`
	Session string `json:"session,omitempty"`
	// Minutes is how long alerts are silenced.
	Minutes    int               `json:"minutes,omitempty"`
	Webhook    string            `json:"webhook,omitempty"`
	Parameters map[string]string `json:"parameters,omitempty"`
	Reason     string            `json:"reason,omitempty"`
}

// To is the number of replicas that a request asks for where there are from; 0 where it asks for none.
func (r *Order) To(from int) int {
	switch {
	case r.Replicas != 0:
		return r.Replicas
	case r.Factor != 0:
		// A doubling of nothing is one, so that the number is never the present one for want of rounding.
		scaled := r.Factor * float64(max(from, 1))
		if math.IsNaN(scaled) || math.IsInf(scaled, 0) || math.Abs(scaled) > math.MaxInt32 {
			return 0
		}
		if r.Factor < 1 {
			return int(math.Floor(scaled))
		}
		return int(math.Ceil(scaled))
	case r.Add != 0:
		return from + r.Add
	}
	return 0
}

// Missing names the field without which a request cannot be made exact; empty where there is none.
func (r *Order) Missing() string {
	needService := r.Action == ScaleWorkload || r.Action == RestartWorkload || r.Action == RollBack || r.Action == SilenceAlerts
	switch {
	case !r.Action.Known():
		return "action"
	case needService && r.Service == "":
		return "service"
	case r.Action == ScaleWorkload && r.Replicas == 0 && r.Factor == 0 && r.Add == 0:
		return "replicas"
	case r.Action == RollBack && r.Version == "":
		return "version"
	case r.Action == EndSession && r.Session == "":
		return "session"
	case r.Action == SilenceAlerts && r.Minutes == 0:
		return "minutes"
	case r.Action == CallWebhook && r.Webhook == "":
		return "webhook"
	}
	return ""
}

// Finding is what an incident's evidence comes to.
type Finding struct {
	// Incident is its id, Service the one it is laid to, Cause the kind of trouble.
	Incident string
	Service  string
	Cause    string
	// Previous is the version before the deployment that is blamed; empty without one.
	Previous string
	Evidence []Evidence
}

// growth is by how much a finding proposes to scale: people may propose more.
const growth = 1.5

// Suggest is the action for a finding; false where the catalogue has none, or its signals are not independent. Causes are
// those of package rca.
func Suggest(f *Finding) (Order, bool) {
	r := Order{Service: f.Service}
	switch f.Cause {
	case "traffic", "cpu":
		r.Action, r.Factor = ScaleWorkload, growth
	case "memory", "dead":
		r.Action = RestartWorkload
	case "deploy":
		r.Action, r.Version = RollBack, f.Previous
	default:
		return Order{}, false
	}
	return r, f.Service != "" && r.Missing() == "" && Independent(f.Evidence)
}

package answer

// Edge is an arrow of a graph: who calls whom, and how that goes. What is not known of it is nil.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Calls is how much goes over it, in the unit of the chart.
	Calls *float64 `json:"calls,omitempty"`
	// Failed is how much of that fails, in percent.
	Failed *float64 `json:"failed,omitempty"`
	// Latency is the median of how long a call takes, in milliseconds.
	Latency *float64 `json:"latency,omitempty"`
	// Store tells that To is a database or the like and no service.
	Store bool `json:"store,omitempty"`
	// Marked tells that the edge lies on the path of an incident.
	Marked bool `json:"marked,omitempty"`
	// Link leads to what stands behind the edge, such as a trace that went over it.
	Link *Link `json:"link,omitempty"`
}

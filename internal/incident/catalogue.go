package incident

import "github.com/braidotel/braid/internal/rca"

// Advice is what to look at and what to do about a kind of cause. It is a fixed catalogue: nothing that telemetry says can
// add to it.
type Advice struct{ Checks, Actions []string }

var catalogue = map[rca.Cause]Advice{
	rca.CauseCPU: {
		[]string{"Compare CPU use and throttling of the pod with its limit", "Look for a neighbour on the same host that takes the CPU"},
		[]string{"Raise the CPU limit or add a replica", "Move the pod to another host"},
	},
	rca.CauseMemory: {
		[]string{"Look at memory and garbage collection over the last hours: a ramp is a leak", "Look for OOM kills"},
		[]string{"Restart the pod to gain time", "Raise the memory limit or roll the latest release back"},
	},
	rca.CauseDisk: {
		[]string{"Look at free space and I/O waits of the volume"},
		[]string{"Free or extend the volume"},
	},
	rca.CauseNetwork: {
		[]string{"Compare what callers and the service itself measure: the difference is spent on the way", "Look at retransmissions and DNS on the host"},
		[]string{"Move the pod to another host", "Cut the path out of the load balancing"},
	},
	rca.CauseCode: {
		[]string{"Read the exceptions and the log lines that are new or gone", "Compare a slow or failed trace with a usual one"},
		[]string{"Roll the latest release back", "Switch the feature off"},
	},
	rca.CauseDependency: {
		[]string{"Look at the answers of the service that is called, and whether it is ours"},
		[]string{"Open the circuit to the dependency or serve without it", "Call its owner"},
	},
	rca.CauseDatabase: {
		[]string{"Look at slow statements, locks and connections of the database", "Compare the plan of the slow statement with that of last week"},
		[]string{"End the sessions that hold locks", "Add the missing index, or roll the change of the schema back"},
	},
	rca.CauseTraffic: {
		[]string{"Look where the additional requests come from: users, a campaign, or one client"},
		[]string{"Add replicas", "Limit the rate of the client"},
	},
	rca.CauseDeploy: {
		[]string{"Read what the release changed on the path to the symptom"},
		[]string{"Roll the release back"},
	},
	rca.CauseDead: {
		[]string{"Look why the service stopped: events of its pods, its last log lines"},
		[]string{"Start it again", "Roll the latest release back"},
	},
}

// Advise returns the advice on a kind of cause; without one, where to begin.
func Advise(kind rca.Cause) Advice {
	if a, ok := catalogue[kind]; ok {
		return a
	}
	return Advice{Checks: []string{"Look at the services with most alerts, those that are called by the others first"}}
}

package seasonalityprocessor

import "slices"

// instances are attributes that differ from one start of the same thing to the next; a series that ended with each restart
// would never see a week.
var instances = []string{
	"service.instance.id", "process.pid", "container.id", "k8s.pod.uid", "k8s.pod.start_time",
	"collector.instance.id",
}

// processors are attributes that tell a host's processors apart, by their older and newer names; their mean is learnt.
var processors = []string{"cpu", "cpu.logical_number", "system.cpu.logical_number"}

// service is what tells services and their places apart.
var service = []string{
	"service.namespace", "service.name", "deployment.environment.name", "k8s.cluster.name", "k8s.namespace.name",
	"braid.region",
}

// defaultRules are the rules of defaults: true. The README lists them.
func defaultRules() []RuleConfig {
	zero, one := 0.0, 1.0
	busy := []LimitConfig{{Name: "90 %", Value: 0.9}}
	ratio := RuleConfig{Floor: &zero, Ceiling: &one, Limits: busy, Drop: instances}
	rules := []RuleConfig{
		{Names: []string{"braid.concurrent_users.uncertainty"}, Skip: true},
		{Names: []string{"braid.*"}, Floor: &zero, Drop: instances},
	}
	// The states of a processor or memory sum up to 1: only what is in use has a limit.
	idle := ratio
	idle.Names, idle.Attributes = []string{"system.cpu.utilization"}, map[string]string{"cpu.mode,state": "^idle$"}
	idle.Drop, idle.Limits = append(slices.Clone(processors), instances...), []LimitConfig{{Name: "90 %", Value: 0.1, Below: true}}
	cpu := idle
	cpu.Attributes, cpu.Limits = nil, nil
	used := ratio
	used.Names = []string{"system.memory.utilization", "system.paging.utilization"}
	used.Attributes = map[string]string{"system.memory.state,system.paging.state,state": "^used$"}
	unused := used
	unused.Attributes, unused.Limits = nil, nil
	others := ratio
	others.Names = []string{
		"system.filesystem.utilization", "k8s.*utilization", "container.*.utilization", "jvm.cpu.*utilization",
	}
	rules = append(rules, idle, cpu, used, unused, others,
		RuleConfig{Names: []string{"*.uptime", "*.limit", "*.page_size", "*.frequency", "*.count_limit"}, Skip: true},
		RuleConfig{Names: []string{"system.cpu.*"}, Floor: &zero, Drop: append(slices.Clone(processors), instances...)},
		RuleConfig{Names: []string{"system.*", "k8s.*", "container.*", "jvm.*"}, Floor: &zero, Drop: instances},
		RuleConfig{
			Names:  []string{"http.server.request.duration", "http.server.duration"},
			Errors: map[string]string{"http.response.status_code,http.status_code": "^5"},
			By:     append([]string{"http.request.method", "http.method", "http.route"}, service...), Floor: &zero,
		},
		RuleConfig{
			Names: []string{"http.server.active_requests"}, Floor: &zero,
			By: append([]string{"http.request.method"}, service...),
		},
		RuleConfig{
			Names:  []string{"traces.span.metrics.calls"},
			Errors: map[string]string{"status.code,otel.status_code": "^(STATUS_CODE_)?ERROR$"},
			By:     append([]string{"span.name", "span.kind"}, service...),
		},
		RuleConfig{
			Names: []string{"traces.span.metrics.duration"}, Values: []string{ofQuantiles}, Floor: &zero,
			By: append([]string{"span.name", "span.kind"}, service...),
		})
	return rules
}

package decision

import "slices"

// WorkloadScope is a part of the record's scope: workloads, and possibly ports of them. Each
// field that is given must match, and any of its entries will do (all entries, for Labels).
// The zero WorkloadScope is the record's whole scope.
type WorkloadScope struct {
	Place `json:"-"`

	Namespaces []Pattern         `json:"namespaces"`
	Workloads  []WorkloadPattern `json:"workloads"`
	Labels     map[string]string `json:"labels"` // of the pods
	Ports      []Port            `json:"ports"`  // of the workload, not of a Service; empty: all
}

// Whole reports whether the scope is the record's whole scope.
func (s *WorkloadScope) Whole() bool {
	return len(s.Namespaces) == 0 && len(s.Workloads) == 0 && len(s.Labels) == 0 && len(s.Ports) == 0
}

// Contains reports whether the port of the workload is in the scope. Port 0 stands for the
// workload as a whole, which a scope of single ports does not contain.
func (s *WorkloadScope) Contains(w Workload, port Port) bool {
	switch {
	case len(s.Namespaces) > 0 && !matchAny(s.Namespaces, w.Namespace),
		len(s.Workloads) > 0 && !slices.ContainsFunc(s.Workloads, func(p WorkloadPattern) bool { return p.Matches(w) }),
		len(s.Ports) > 0 && !slices.Contains(s.Ports, port):
		return false
	}
	return hasLabels(w.Labels, s.Labels)
}

// rank says how specific the scope is: a named workload before labels, these before ports, these
// before a namespace, as in Istio, where a policy of a workload wins over that of its namespace
// and a port wins within its policy. Higher is more specific; 0 is the whole scope.
func (s *WorkloadScope) rank() int {
	rank := 0
	for i, given := range []bool{
		len(s.Namespaces) > 0, len(s.Ports) > 0, len(s.Labels) > 0, len(s.Workloads) > 0,
	} {
		if given {
			rank |= 1 << (2 * i)
		}
	}
	// A name is more specific than a pattern.
	if len(s.Namespaces) > 0 && !slices.ContainsFunc(s.Namespaces, func(p Pattern) bool { return !p.literal() }) {
		rank |= 1 << 1
	}
	if len(s.Workloads) > 0 && !slices.ContainsFunc(s.Workloads, func(p WorkloadPattern) bool { return !Pattern(p).literal() }) {
		rank |= 1 << 7
	}
	return rank
}

package decision

import (
	"slices"
)

// Workload is what selectors and scopes look at. Kind is that of the controller whose pods they
// are, the outermost one: CronJob rather than Job, Deployment rather than ReplicaSet; Pod for a
// pod without a controller.
type Workload struct {
	Namespace    string
	Kind         string
	Name         string
	Labels       map[string]string // of the pods
	HostNetwork  bool
	RuntimeClass string // empty for the cluster's default
}

// Selector selects workloads: each field that is given must match, and any of its entries will
// do (all entries, for Labels). Ports, CIDRs and Direction do not select workloads but say what
// of them is meant. The zero Selector selects nothing (V-13),
// nor does one in which something could not be read.
type Selector struct {
	Place `json:"-"`

	Namespaces     []Pattern         `json:"namespaces"`
	Kinds          []string          `json:"kinds"` // as Kubernetes spells them: CronJob, DaemonSet
	Names          []Pattern         `json:"names"`
	Labels         map[string]string `json:"labels"`      // of the pods; all must be there with the same value
	HostNetwork    *bool             `json:"hostNetwork"` // nil: either
	RuntimeClasses []string          `json:"runtimeClasses"`

	Direction Direction `json:"direction"` // of a bypass; empty: both
	Ports     []Port    `json:"ports"`     // of the workload when inbound, of the server when outbound; empty: all
	CIDRs     []CIDR    `json:"cidrs"`     // of the peers; empty: all

	// ExpectMin and ExpectMax are how many workloads are expected to match, both included.
	// Nil means not stated (V-14); a stated 0 is a number like others.
	ExpectMin *int `json:"expectMin"`
	ExpectMax *int `json:"expectMax"`
}

// Port is a TCP or UDP port. The zero Port is none.
type Port uint16

// Empty reports whether no field that selects workloads is given.
func (s *Selector) Empty() bool {
	return len(s.Namespaces) == 0 && len(s.Kinds) == 0 && len(s.Names) == 0 && len(s.Labels) == 0 &&
		s.HostNetwork == nil && len(s.RuntimeClasses) == 0
}

// Matches reports whether the workload is selected. An empty or faulty selector matches none.
func (s *Selector) Matches(w Workload) bool {
	switch {
	case s.Empty(), s.Faulty(),
		len(s.Namespaces) > 0 && !matchAny(s.Namespaces, w.Namespace),
		len(s.Kinds) > 0 && !slices.Contains(s.Kinds, w.Kind),
		len(s.Names) > 0 && !matchAny(s.Names, w.Name),
		s.HostNetwork != nil && *s.HostNetwork != w.HostNetwork,
		len(s.RuntimeClasses) > 0 && !slices.Contains(s.RuntimeClasses, w.RuntimeClass):
		return false
	}
	return hasLabels(w.Labels, s.Labels)
}

// hasLabels reports whether every entry of want stands in labels.
func hasLabels(labels, want map[string]string) bool {
	for k, v := range want {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// MatchesPort reports whether a port and a direction are meant: no ports mean all of them, and no
// direction means both. Port 0, an unknown port, is meant only when all are.
func (s *Selector) MatchesPort(d Direction, p Port) bool {
	if s.Direction != "" && d != "" && s.Direction != d {
		return false
	}
	return len(s.Ports) == 0 || p != 0 && slices.Contains(s.Ports, p)
}

package mesh

// Replicas is how many instances of a control plane there are, and what keeps them apart. The zero
// Replicas says that nothing is known.
type Replicas struct {
	Declared *int     // what its controller asks for; nil when that is not in the input
	Min, Max *int     // between which an autoscaler keeps it; nil when the input holds none
	Running  int      // its running pods in the input
	Zones    []string // of the nodes on which those run, sorted; pods whose zone is not known add none
	// Spread are the kinds of place over which the scheduler is asked to spread the instances, sorted:
	// "kubernetes.io/hostname", "topology.kubernetes.io/zone", …
	Spread  []string
	Strict  []string // those of Spread that are demanded and not only preferred, sorted
	Budgets []string // what must stay up while nodes are drained, as written: "minAvailable: 1"
	Why     []Step
	Unknown []Gap
}

// Guaranteed is how many instances the configuration asks for at the least: the lower bound of an
// autoscaler, else what the controller asks for. It returns false when neither is known.
func (r Replicas) Guaranteed() (int, bool) {
	switch {
	case r.Min != nil:
		return *r.Min, true
	case r.Declared != nil:
		return *r.Declared, true
	default:
		return 0, false
	}
}

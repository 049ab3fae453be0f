package decision

// Selection is the choice itself. "No mesh" is a choice too: mechanism none.
type Selection struct {
	Place `json:"-"`

	Mesh             string    `json:"mesh"`             // product, in lower case: istio, linkerd, cilium; empty with mechanism none
	Mechanism        Mechanism `json:"mechanism"`        // where traffic is intercepted
	VersionEvaluated Version   `json:"versionEvaluated"` // what the evaluation looked at
	VersionDeployed  Version   `json:"versionDeployed"`  // what was installed
	// Distribution is who built it: "upstream", or a vendor's name. Vendors support other
	// ranges of Kubernetes than upstream does. Empty means upstream.
	Distribution string `json:"distribution"`
	// ControlRequirement is the requirement that only a mesh can satisfy. Empty means that
	// none was named (V-35).
	ControlRequirement string      `json:"controlRequirement"`
	Reasons            []Reason    `json:"reasons"`
	Criteria           []Criterion `json:"criteria"` // all that were weighed, also those that did not decide
}

// Mechanism is the pattern by which traffic between services is intercepted.
type Mechanism string

// The zero Mechanism is not stated. Ambient and eBPF are two: ambient redirects inside the pod
// to a proxy of the node and asks for no kernel version.
const (
	MechanismNone        Mechanism = "none"        // no mesh
	MechanismSidecar     Mechanism = "sidecar"     // a proxy in each pod
	MechanismAmbient     Mechanism = "ambient"     // a proxy on each node, waypoints for layer 7
	MechanismEBPF        Mechanism = "ebpf"        // programs in the kernel
	MechanismApplication Mechanism = "application" // libraries in the applications
)

// UnmarshalText accepts the words of the constants.
func (m *Mechanism) UnmarshalText(text []byte) error {
	return readWord(m, "mechanism", text, MechanismNone, MechanismSidecar, MechanismAmbient,
		MechanismEBPF, MechanismApplication)
}

// Reason is one reason for the choice.
type Reason struct {
	Place `json:"-"`

	ID        string     `json:"id"`        // may be empty
	Statement string     `json:"statement"` // the reason in words
	Criterion string     `json:"criterion"` // the id of the criterion that it rests on; may be empty
	Holds     *Condition `json:"holds"`     // while this is true the reason is good; nil when only people can judge
}

// Criterion is something the alternatives were measured by.
type Criterion struct {
	Place `json:"-"`

	ID       string `json:"id"` // such as "version-coupling", "operational-cost", "latency"
	Note     string `json:"note"`
	Decisive bool   `json:"decisive"` // false: weighed, but not what decided
}

// CriterionVersionCoupling is the id of the criterion "how tightly the mesh's version is bound to
// the version of Kubernetes". A record that does not weigh it is reported (V-08).
const CriterionVersionCoupling = "version-coupling"

// Alternative is something else that was considered.
type Alternative struct {
	Place `json:"-"`

	Product   string    `json:"product"` // in lower case; "none" for doing without a mesh
	Version   Version   `json:"version"` // the version that was looked at
	Mechanism Mechanism `json:"mechanism"`
	Rejected  Rejection `json:"rejected"`
}

// Rejection is why an alternative was not chosen.
type Rejection struct {
	Place `json:"-"`

	Ground Ground `json:"ground"`
	Reason string `json:"reason"`
	// Holds is true as long as the rejection is justified; nil when only people can judge.
	Holds *Condition `json:"holds"`
	// PreferredIfLifted says that the alternative would be taken if the ground fell away.
	PreferredIfLifted bool `json:"preferredIfLifted"`
}

// Ground is the family of a rejection. A constraint may be lifted from outside; a judgement of
// capability ages with the product's versions.
type Ground string

// The zero Ground is not stated.
const (
	GroundConstraint Ground = "constraint" // the environment forbids it: kernel, platform, licence, policy
	GroundCapability Ground = "capability" // it lacks something, or does it in an unwanted way
	GroundCost       Ground = "cost"       // money, resources, people
	GroundMaturity   Ground = "maturity"   // too young when it was looked at
	GroundExperience Ground = "experience" // nobody here knows it
	GroundOther      Ground = "other"
)

// UnmarshalText accepts the words of the constants.
func (g *Ground) UnmarshalText(text []byte) error {
	return readWord(g, "ground of rejection", text, GroundConstraint, GroundCapability, GroundCost,
		GroundMaturity, GroundExperience, GroundOther)
}

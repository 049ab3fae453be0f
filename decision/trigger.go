package decision

// Trigger is a condition under which the decision is looked at again.
type Trigger struct {
	Place `json:"-"`

	ID    string      `json:"id"` // unique within the record
	Kind  TriggerKind `json:"kind"`
	When  *Condition  `json:"when"` // nil: cannot be evaluated (V-27)
	Then  string      `json:"then"` // what is to be done
	Owner Party       `json:"owner"`
	Note  string      `json:"note"`
}

// TriggerKind is what a trigger watches.
type TriggerKind string

// The zero TriggerKind is not stated.
const (
	TriggerCompatibility TriggerKind = "compatibility" // versions, ranges, ends of life
	TriggerCost          TriggerKind = "cost"          // resources, money, working time
	TriggerConstraint    TriggerKind = "constraint"    // a ground of rejection falls away
	TriggerReliability   TriggerKind = "reliability"   // incidents
	TriggerSecurity      TriggerKind = "security"      // certificates, coverage, audits
	TriggerScale         TriggerKind = "scale"         // growth
	TriggerOther         TriggerKind = "other"
)

// UnmarshalText accepts the words of the constants.
func (k *TriggerKind) UnmarshalText(text []byte) error {
	return readWord(k, "kind of trigger", text, TriggerCompatibility, TriggerCost, TriggerConstraint,
		TriggerReliability, TriggerSecurity, TriggerScale, TriggerOther)
}

// FactDeclaration makes the name of a fact known that conditions of the record speak of.
// Facts that can be derived from a cluster or from product data need none: see WellKnownFacts.
type FactDeclaration struct {
	Place `json:"-"`

	Name   string   `json:"name"` // dotted, such as "ops.meshIncidents"
	Kind   FactKind `json:"kind"`
	Unit   Unit     `json:"unit"` // empty for a fact of events
	Source string   `json:"source"`
	TTL    Duration `json:"ttl"` // older values are not used; zero: they do not age
	Note   string   `json:"note"`
}

// FactKind is the shape of a fact.
type FactKind string

// The zero FactKind is not stated.
const (
	FactGauge  FactKind = "gauge"  // a value at a time
	FactEvents FactKind = "events" // a log of dated events, to be counted
	FactDate   FactKind = "date"   // a day
)

// UnmarshalText accepts the words of the constants.
func (k *FactKind) UnmarshalText(text []byte) error {
	return readWord(k, "kind of fact", text, FactGauge, FactEvents, FactDate)
}

// Unit is what a value is measured in. Values of unlike units are never compared.
type Unit string

// The zero Unit is not stated.
const (
	UnitCount         Unit = "count"
	UnitPercent       Unit = "percent"
	UnitBytes         Unit = "bytes"          // a number, or one with a suffix as Kubernetes writes it: 50Mi
	UnitDuration      Unit = "duration"       // written as in Duration: "4h"
	UnitVersion       Unit = "version"        // of software; quoted: "1.28"
	UnitKernelVersion Unit = "kernel-version" // of a Linux kernel; quoted: "5.10"
	UnitDate          Unit = "date"           // YYYY-MM-DD
	UnitEUR           Unit = "EUR"            // money is not converted
	UnitUSD           Unit = "USD"
	UnitGBP           Unit = "GBP"
)

// UnmarshalText accepts the words of the constants.
func (u *Unit) UnmarshalText(text []byte) error {
	return readWord(u, "unit", text, UnitCount, UnitPercent, UnitBytes, UnitDuration, UnitVersion,
		UnitKernelVersion, UnitDate, UnitEUR, UnitUSD, UnitGBP)
}

// WellKnownFacts are the facts that need no declaration, ordered by name: they follow from a
// cluster or from product data. The caller owns the slice.
func WellKnownFacts() []FactDeclaration {
	return []FactDeclaration{
		{Name: "controlplane.share", Kind: FactGauge, Unit: UnitPercent, Note: "of the allocatable resources of the nodes that run the mesh's control plane"},
		{Name: "exclusions.count", Kind: FactGauge, Unit: UnitCount, Note: "workloads outside the mesh"},
		{Name: "kubernetes.eol", Kind: FactDate, Unit: UnitDate, Note: "end of life of the cluster's minor version"},
		{Name: "kubernetes.version", Kind: FactGauge, Unit: UnitVersion},
		{Name: "mesh.ca.expiry", Kind: FactDate, Unit: UnitDate, Note: "of the root certificate that ends first"},
		{Name: "mesh.enrolled.pods", Kind: FactGauge, Unit: UnitCount},
		{Name: "mesh.enrolled.workloads", Kind: FactGauge, Unit: UnitCount},
		{Name: "mesh.eol", Kind: FactDate, Unit: UnitDate, Note: "end of life of the mesh's minor version"},
		{Name: "mesh.version", Kind: FactGauge, Unit: UnitVersion},
		{Name: "node.kernel.min", Kind: FactGauge, Unit: UnitKernelVersion, Note: "of all nodes"},
		{Name: "node.kubelet.min", Kind: FactGauge, Unit: UnitVersion, Note: "of all nodes"},
		{Name: "workloads.count", Kind: FactGauge, Unit: UnitCount},
	}
}

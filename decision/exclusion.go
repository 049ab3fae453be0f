package decision

import "net/netip"

// Exclusion is a gap in the mesh that is there on purpose, with its reason and its consequences.
type Exclusion struct {
	Place `json:"-"`

	ID   string        `json:"id"` // unique among the documents that are read together
	Kind ExclusionKind `json:"kind"`

	Selector Selector `json:"selector"`
	// Mechanisms are what takes the workloads out, all that hold: a pod may be on the host
	// network and carry an annotation too. Empty means not stated (V-45).
	Mechanisms []ExclusionMechanism `json:"mechanisms"`

	ReasonClass ReasonClass `json:"reasonClass"`
	Reason      string      `json:"reason"`
	// Holds is true as long as the reason does, beyond what its class says by itself; nil when
	// the class says it all, or only people can judge.
	Holds *Condition `json:"holds"`

	Traffic      []TrafficClaim `json:"traffic"`
	Implication  Implication    `json:"implication"`
	Compensating []Control      `json:"compensating"`

	Owner        Party  `json:"owner"`
	ApprovedBy   Party  `json:"approvedBy"`   // the zero Party: nobody has approved it
	Since        Date   `json:"since"`        // the first day
	LastReviewed Date   `json:"lastReviewed"` // zero: never since the first day
	ReviewBy     Date   `json:"reviewBy"`     // the last day on which the review is in time
	Expires      Date   `json:"expires"`      // the last day of validity; zero: as long as it is reviewed
	Ticket       string `json:"ticket"`

	Evidence []Evidence `json:"evidence"`

	scope Scope // of the document
}

// Matches reports whether the exclusion speaks of the workload: its selector matches and the
// workload's namespace is in the scope of the exclusion's document. Ports and CIDRs are not looked at.
func (e *Exclusion) Matches(w Workload) bool {
	return e.scope.Contains(w.Namespace) && e.Selector.Matches(w)
}

// ReviewOverdue reports whether the day for review has passed on the day now. It is false when
// either day is not set.
func (e *Exclusion) ReviewOverdue(now Date) bool {
	return !e.ReviewBy.IsZero() && !now.IsZero() && now.After(e.ReviewBy)
}

// Expired reports whether the last day of validity has passed on the day now. It is false when
// either day is not set.
func (e *Exclusion) Expired(now Date) bool {
	return !e.Expires.IsZero() && !now.IsZero() && now.After(e.Expires)
}

// ExclusionKind is what is left out.
type ExclusionKind string

// The zero ExclusionKind is not stated.
const (
	ExcludeWorkload    ExclusionKind = "workload"             // workloads that are not enrolled
	ExcludeNamespace   ExclusionKind = "namespace"            // namespaces in which nothing is enrolled
	PortBypass         ExclusionKind = "port-bypass"          // ports of enrolled workloads that skip the proxy
	CIDRBypass         ExclusionKind = "cidr-bypass"          // destinations that skip the proxy
	MTLSDowngrade      ExclusionKind = "mtls-downgrade"       // servers that accept plaintext inside a stricter scope
	ClientTLSDowngrade ExclusionKind = "client-tls-downgrade" // clients told to send plaintext
	AuthzExemption     ExclusionKind = "authz-exemption"      // servers or paths without authorization
	NonMeshClient      ExclusionKind = "non-mesh-client"      // callers that cannot be members: probes, API server webhooks, load balancers
	EgressPlaintext    ExclusionKind = "egress-plaintext"     // plaintext that leaves the cluster
)

func exclusionKinds() []ExclusionKind {
	return []ExclusionKind{
		ExcludeWorkload, ExcludeNamespace, PortBypass, CIDRBypass, MTLSDowngrade,
		ClientTLSDowngrade, AuthzExemption, NonMeshClient, EgressPlaintext,
	}
}

// UnmarshalText accepts the words of the constants.
func (k *ExclusionKind) UnmarshalText(text []byte) error {
	return readWord(k, "kind of exclusion", text, exclusionKinds()...)
}

// OutsideMesh reports whether such an exclusion explains that a workload is not enrolled at all.
func (k ExclusionKind) OutsideMesh() bool { return k == ExcludeWorkload || k == ExcludeNamespace }

// TrafficClaim is what the record says of the traffic of excluded workloads.
type TrafficClaim struct {
	Place `json:"-"`

	Direction Direction `json:"direction"`
	// None claims that there is no traffic with members of the mesh in this direction.
	None       bool    `json:"none"`
	Peer       string  `json:"peer"`     // the other end in words, such as "external database"
	Ports      []Port  `json:"ports"`    // of the server; empty: not stated
	Protocol   string  `json:"protocol"` // such as "postgresql"
	Encryption Transit `json:"encryption"`
	Note       string  `json:"note"`
}

// Direction is which way connections are opened, seen from the workload.
type Direction string

// The zero Direction is not stated: both may be meant.
const (
	Inbound  Direction = "inbound"
	Outbound Direction = "outbound"
)

// UnmarshalText accepts the words of the constants.
func (d *Direction) UnmarshalText(text []byte) error {
	return readWord(d, "direction", text, Inbound, Outbound)
}

// Transit is how traffic outside the mesh is protected on the way.
type Transit string

// The zero Transit is not stated, and never reads as encrypted.
const (
	TransitPlaintext Transit = "plaintext"
	TransitTLS       Transit = "tls"        // the application speaks TLS itself
	TransitMutualTLS Transit = "mutual-tls" // the application checks both ends itself
	TransitNode      Transit = "node"       // encrypted between nodes, not authenticated: WireGuard, IPsec
)

// UnmarshalText accepts the words of the constants.
func (t *Transit) UnmarshalText(text []byte) error {
	return readWord(t, "encryption", text, TransitPlaintext, TransitTLS, TransitMutualTLS, TransitNode)
}

// Implication is what follows from an exclusion for security.
type Implication struct {
	Place `json:"-"`

	Effects []Effect `json:"effects"`
	Text    string   `json:"text"`
}

// Effect is one consequence. It speaks of the mesh's layer: an application may encrypt by itself.
type Effect string

// The effects. The zero Effect is not stated.
const (
	EffectPlaintext        Effect = "plaintext"         // bytes cross the network unencrypted
	EffectAcceptsPlaintext Effect = "accepts-plaintext" // a server also takes unencrypted connections
	EffectApplicationTLS   Effect = "application-tls"   // encrypted by the application, not by the mesh
	EffectNoIdentity       Effect = "no-identity"       // the peer is not authenticated by the mesh
	EffectNoAuthorization  Effect = "no-authorization"  // authorization policy of the mesh does not apply
	EffectNoTelemetry      Effect = "no-telemetry"      // no metrics, logs or traces from the mesh
	EffectNoTrafficPolicy  Effect = "no-traffic-policy" // no retries, timeouts or circuit breaking by the mesh
)

// UnmarshalText accepts the words of the constants.
func (e *Effect) UnmarshalText(text []byte) error {
	return readWord(e, "effect", text, EffectPlaintext, EffectAcceptsPlaintext, EffectApplicationTLS,
		EffectNoIdentity, EffectNoAuthorization, EffectNoTelemetry, EffectNoTrafficPolicy)
}

// Control is something that stands in for what the mesh would have done.
type Control struct {
	Place `json:"-"`

	Kind ControlKind `json:"kind"`
	Ref  string      `json:"ref"` // the object as "Kind/namespace/name", or a name outside the cluster
	Text string      `json:"text"`
}

// ControlKind is the family of a compensating control.
type ControlKind string

// The zero ControlKind is not stated.
const (
	ControlNetworkPolicy  ControlKind = "network-policy"  // Kubernetes or Cilium policy
	ControlIPAllowlist    ControlKind = "ip-allowlist"    // kept by the peer or a firewall
	ControlCredentials    ControlKind = "credentials"     // passwords, tokens, keys
	ControlApplicationTLS ControlKind = "application-tls" // TLS by the application
	ControlNodeEncryption ControlKind = "node-encryption" // WireGuard or IPsec between nodes
	ControlIsolation      ControlKind = "isolation"       // own nodes, own cluster, own network
	ControlMonitoring     ControlKind = "monitoring"
	ControlOther          ControlKind = "other"
)

// UnmarshalText accepts the words of the constants.
func (k *ControlKind) UnmarshalText(text []byte) error {
	return readWord(k, "kind of control", text, ControlNetworkPolicy, ControlIPAllowlist,
		ControlCredentials, ControlApplicationTLS, ControlNodeEncryption, ControlIsolation,
		ControlMonitoring, ControlOther)
}

// CIDR is a range of addresses. The zero CIDR is not set.
type CIDR = netip.Prefix

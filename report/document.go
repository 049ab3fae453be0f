package report

import (
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Schema names the form of Document. It changes when a reader of the former one could go wrong;
// fields may be added without that.
const Schema = "meshposture.dev/report/v1alpha1"

// Document is a report as data, which JSON writes. Lists are in a fixed order and never null.
// Strings that are not known are left out; words are those of the packages that judged.
type Document struct {
	Schema   string  `json:"schema"`         // the constant Schema
	Date     string  `json:"date,omitempty"` // YYYY-MM-DD
	Complete bool    `json:"complete"`       // whether everything was read, understood and decided
	Recorded bool    `json:"recorded"`       // whether a record was given
	Summary  Summary `json:"summary"`

	Decisions     []Decision     `json:"decisions"`     // in the order of the record
	ControlPlanes []ControlPlane `json:"controlPlanes"` // by mesh and revision
	Components    []Component    `json:"components"`    // of data planes, by mesh, kind, revision and version
	Nodes         []Node         `json:"nodes"`         // by name
	Workloads     []Workload     `json:"workloads"`     // by namespace, kind and name
	Entries       []Entry        `json:"entries"`       // how traffic enters the cluster, by object and port
	Exits         []Exit         `json:"exits"`         // destinations outside that are named, by host and port
	Exclusions    []Exclusion    `json:"exclusions"`    // all that are in force, in the order of the record

	Findings     []Finding          `json:"findings"`     // most severe first
	Undecided    []Undecided        `json:"undecided"`    // by code
	Failed       []Failure          `json:"failed"`       // by code
	RecordIssues []decision.Issue   `json:"recordIssues"` // gravest first
	Problems     []source.Problem   `json:"problems"`     // by position
	Skipped      []snapshot.Skipped `json:"skipped"`      // by position
	Unread       []UnreadKind       `json:"unread"`       // by group and kind
}

// Summary counts. Each workload is inside, outside or undecided.
type Summary struct {
	Workloads    int            `json:"workloads"`
	Pods         int            `json:"pods"` // of all workloads, those that have not run to their end
	Inside       int            `json:"inside"`
	Outside      int            `json:"outside"`
	Undecided    int            `json:"undecided"`
	Undocumented int            `json:"undocumented"` // of those outside: no exclusion explains them, and they are in scope; without a record all
	OutOfScope   int            `json:"outOfScope"`   // of those outside: no exclusion explains them, and the record does not speak of their namespaces
	WeakestPort  map[string]int `json:"weakestPort"`  // workloads inside by the weakest mode that any of their ports enforces
	Findings     map[string]int `json:"findings"`     // by severity
	NotJudged    int            `json:"notJudged"`    // what keeps the report from being complete; docs/report.md lists what counts
	Unread       int            `json:"unread"`       // objects of kinds that nobody reads
}

// Decision names a decision of the record.
type Decision struct {
	ID         string     `json:"id"`
	Title      string     `json:"title,omitempty"`
	Status     string     `json:"status,omitempty"`
	Date       string     `json:"date,omitempty"`
	Mesh       string     `json:"mesh,omitempty"`
	Mechanism  string     `json:"mechanism,omitempty"`
	Version    string     `json:"version,omitempty"` // as deployed
	StatedMTLS []string   `json:"statedMTLS"`        // modes, each once, in the order of the record
	TargetMTLS []string   `json:"targetMTLS"`
	Pos        source.Pos `json:"pos"`
}

// ControlPlane is one installation or revision of a mesh.
type ControlPlane struct {
	Mesh               string        `json:"mesh"`
	Namespace          string        `json:"namespace,omitempty"`
	Revision           string        `json:"revision,omitempty"`
	Tags               []string      `json:"tags"`
	Version            string        `json:"version,omitempty"`
	TrustDomain        string        `json:"trustDomain,omitempty"`
	TrustDomainAliases []string      `json:"trustDomainAliases"`
	RootNamespace      string        `json:"rootNamespace,omitempty"`
	Assumed            bool          `json:"assumed"`
	CA                 CA            `json:"ca"`
	Admission          []Certificate `json:"admission"` // with which it answers the API server, first to expire first
	Replicas           Replicas      `json:"replicas"`
	Links              []Link        `json:"links"` // other clusters, by name
	Why                []Step        `json:"why"`
	Unknown            []Gap         `json:"unknown"`
}

// Node is a node of the cluster.
type Node struct {
	Name    string `json:"name"`
	Kubelet string `json:"kubelet,omitempty"`
	Kernel  string `json:"kernel,omitempty"`
}

// Step is one reason of an answer. Object, field and pos are left out where a default decided.
type Step struct {
	Rule   string     `json:"rule"`
	Object source.Ref `json:"object,omitzero"`
	Field  string     `json:"field,omitempty"` // path within the object, as in source.Loc.Field
	Pos    source.Pos `json:"pos,omitzero"`
	Detail string     `json:"detail"`
}

// Gap is something whose absence leaves an answer open.
type Gap struct {
	Reason source.ProblemCode `json:"reason"`
	Object source.Ref         `json:"object,omitzero"`
	Field  string             `json:"field,omitempty"`
	Pos    source.Pos         `json:"pos,omitzero"`
	Detail string             `json:"detail"`
}

// Workload is a controller, or a pod without one.
type Workload struct {
	Namespace string       `json:"namespace"`
	Kind      string       `json:"kind"`
	Name      string       `json:"name"`
	Pos       source.Pos   `json:"pos,omitzero"` // of its own object; left out when only pods of it were in the input
	Account   string       `json:"serviceAccount"`
	Services  []string     `json:"services"` // that select its pods
	Pods      int          `json:"pods"`     // that have not run to their end
	Inside    truth.Value  `json:"inside"`   // "true", "false" or "unknown"
	InScope   bool         `json:"inScope"`  // whether the record speaks of its namespace
	Meshes    []Membership `json:"meshes"`   // what each mesh says, by mesh
	Ports     []Port       `json:"ports"`    // by number and protocol, at last those that are not declared
	Bypasses  []Bypass     `json:"bypasses"`
	// Exclusions are the ids of those in force whose selectors match the workload, of any kind.
	Exclusions []string `json:"exclusions"`
	// Documented is whether an exclusion explains that a workload is outside; left out for others.
	Documented *bool `json:"documented,omitempty"`
}

// Membership is what one mesh says of a workload: as it is written down, and as its pods run.
type Membership struct {
	Mesh     string      `json:"mesh"`
	Inside   truth.Value `json:"inside"`
	Drifted  truth.Value `json:"drifted"` // whether what runs differs from what is declared
	Declared Enrolment   `json:"declared"`
	Observed []Enrolment `json:"observed"` // most pods first; empty when none runs
}

// Enrolment is how pods take part in a mesh.
type Enrolment struct {
	Mode       string   `json:"mode"`
	Cause      string   `json:"cause"`
	Explicit   bool     `json:"explicit"`
	Revision   string   `json:"revision,omitempty"`
	Version    string   `json:"version,omitempty"`
	Identity   string   `json:"identity,omitempty"`
	Advertises []string `json:"advertises"`
	Pods       []string `json:"pods"` // names; empty for what is declared
	Why        []Step   `json:"why"`
	Unknown    []Gap    `json:"unknown"`
}

// Port is a port of a workload's pods.
type Port struct {
	Number   int    `json:"number"` // 0 stands for every TCP port that is not declared
	Name     string `json:"name,omitempty"`
	Protocol string `json:"protocol"` // TCP, UDP or SCTP
	Service  bool   `json:"service"`  // whether a Service sends to it
	// Accepts is whom the port lets anything through for, connections and policies taken together: a word of
	// mesh.Acceptance. It is left out for ports that are not TCP.
	Accepts string    `json:"accepts,omitempty"`
	Inbound []Inbound `json:"inbound"` // weakest first; empty for ports that are not TCP
}

// Inbound is what a port accepts, on some or all pods.
type Inbound struct {
	Mesh     string      `json:"mesh,omitempty"`
	Protocol string      `json:"protocol"` // as the proxy treats it
	Captured truth.Value `json:"captured"`
	Declared string      `json:"declared"`
	Enforced string      `json:"enforced"`
	Explicit bool        `json:"explicit"`
	Pods     []string    `json:"pods"` // names; empty when none runs
	Why      []Step      `json:"why"`
	Unknown  []Gap       `json:"unknown"`
}

// Bypass is traffic that goes around the proxy.
type Bypass struct {
	Mesh       string      `json:"mesh"`
	Direction  string      `json:"direction"`
	Ports      []string    `json:"ports"`
	CIDRs      []string    `json:"cidrs"`
	Effective  truth.Value `json:"effective"`
	Explicit   bool        `json:"explicit"`   // whether the workload or its namespace asks for it
	Exclusions []string    `json:"exclusions"` // ids of those that speak of it
	Why        []Step      `json:"why"`
	Unknown    []Gap       `json:"unknown"`
}

// Exclusion is an exclusion of the record that is in force.
type Exclusion struct {
	ID            string     `json:"id"`
	Kind          string     `json:"kind"`
	Mechanisms    []string   `json:"mechanisms"`
	ReasonClass   string     `json:"reasonClass,omitempty"`
	Reason        string     `json:"reason,omitempty"`
	Effects       []string   `json:"effects"`
	Implication   string     `json:"implication,omitempty"`
	Compensating  []Control  `json:"compensating"`
	Owner         string     `json:"owner,omitempty"`
	ApprovedBy    string     `json:"approvedBy,omitempty"`
	Since         string     `json:"since,omitempty"`
	ReviewBy      string     `json:"reviewBy,omitempty"`
	Expires       string     `json:"expires,omitempty"`
	Ticket        string     `json:"ticket,omitempty"`
	ReviewOverdue bool       `json:"reviewOverdue"`
	Expired       bool       `json:"expired"`
	ExpectMin     *int       `json:"expectMin,omitempty"`
	ExpectMax     *int       `json:"expectMax,omitempty"`
	Matches       []string   `json:"matches"` // workloads as "namespace/Kind/name", inside or outside
	Pos           source.Pos `json:"pos"`
}

// Control is what stands in for the mesh.
type Control struct {
	Kind string `json:"kind,omitempty"`
	Ref  string `json:"ref,omitempty"`
	Text string `json:"text,omitempty"`
}

// Finding is something that a reader should know.
type Finding struct {
	Key      string     `json:"key"` // the same in the next run, whatever moved in the files
	Code     string     `json:"code"`
	Name     string     `json:"name"`
	Severity string     `json:"severity"`
	Subject  string     `json:"subject"`
	Pos      source.Pos `json:"pos,omitzero"`
	Message  string     `json:"message"`
	Why      []Step     `json:"why"`
	Related  []Related  `json:"related"`
}

// Related is another place that belongs to a finding.
type Related struct {
	Pos     source.Pos `json:"pos,omitzero"`
	Message string     `json:"message"`
}

// Undecided is a question that a check could not answer.
type Undecided struct {
	Code    string     `json:"code"`
	Name    string     `json:"name"`
	Subject string     `json:"subject"`
	Pos     source.Pos `json:"pos,omitzero"`
	Message string     `json:"message"`
}

// Failure is a check that did not finish.
type Failure struct {
	Code  string `json:"code"`
	Error string `json:"error"`
}

// UnreadKind counts objects of a kind that nobody read.
type UnreadKind struct {
	source.Kind
	Count int `json:"count"`
}

package decision

// Decision is a document of kind MeshDecision: one choice of a mesh, or of none, with everything
// that belongs to it. Once accepted it is not rewritten but superseded; what changes from month
// to month, the exclusions, may live in an ExclusionRegister of its own.
type Decision struct {
	Place `json:"-"`

	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`

	ID             string   `json:"id"` // unique among the documents that are read together
	Title          string   `json:"title"`
	Status         Status   `json:"status"`         // empty is read as draft
	Date           Date     `json:"date"`           // when the status was reached
	DecisionMakers []Party  `json:"decisionMakers"` // teams and roles
	Supersedes     []string `json:"supersedes"`     // ids of earlier decisions
	SupersededBy   string   `json:"supersededBy"`   // the id of the later decision
	Scope          Scope    `json:"scope"`          // the zero Scope is everything

	Selection    Selection     `json:"selection"`
	Alternatives []Alternative `json:"alternatives"`
	// NoAlternatives says why no alternative was considered. Empty means that they are listed.
	NoAlternatives string `json:"noAlternatives"`

	Enrolment  []Enrolment  `json:"enrolment"`  // how workloads come into the mesh
	Exclusions []*Exclusion `json:"exclusions"` // in the order of the text

	MTLS          MTLS          `json:"mtls"`
	Authorization Authorization `json:"authorization"`

	Compatibility  Compatibility `json:"compatibility"`
	UpgradeHistory []Upgrade     `json:"upgradeHistory"`

	Facts    []FactDeclaration `json:"facts"` // facts that triggers and reasons speak of
	Triggers []Trigger         `json:"triggers"`

	Evidence []Evidence `json:"evidence"`
}

// Register is a document of kind ExclusionRegister: the living list of what is outside the mesh
// on purpose.
type Register struct {
	Place `json:"-"`

	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`

	ID         string       `json:"id"`       // unique among the documents that are read together
	Title      string       `json:"title"`    // may be empty
	Decision   string       `json:"decision"` // the id of the decision whose perimeter it describes; empty for any
	Scope      Scope        `json:"scope"`    // the zero Scope is everything
	Exclusions []*Exclusion `json:"exclusions"`
}

// Status is how far a decision has come.
type Status string

// The zero Status is not stated, and never reads as accepted.
const (
	StatusDraft      Status = "draft"      // being written
	StatusProposed   Status = "proposed"   // up for decision
	StatusAccepted   Status = "accepted"   // in force
	StatusRejected   Status = "rejected"   // decided against
	StatusDeprecated Status = "deprecated" // no longer to be followed, without a successor
	StatusSuperseded Status = "superseded" // replaced by another decision
)

// UnmarshalText accepts the words of the constants.
func (s *Status) UnmarshalText(text []byte) error {
	return readWord(s, "status", text, StatusDraft, StatusProposed, StatusAccepted, StatusRejected,
		StatusDeprecated, StatusSuperseded)
}

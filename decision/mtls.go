package decision

// MTLS is what the record says of mutual TLS: how it is, how it shall be, and the way there.
type MTLS struct {
	Place `json:"-"`

	Stated []StatedMode `json:"stated"` // what is in force, by scope
	Target []TargetMode `json:"target"` // what shall be in force, by scope
	// FullEnrolment claims that every workload in the record's scope is a member of the mesh,
	// except those that an exclusion names. False claims nothing.
	FullEnrolment bool            `json:"fullEnrolment"`
	Migration     []MigrationStep `json:"migration"`
}

// Mode is what servers accept.
type Mode string

// The zero Mode is not stated, and never reads as strict.
const (
	ModeStrict     Mode = "strict"     // mutual TLS only
	ModePermissive Mode = "permissive" // mutual TLS and plaintext
	ModeDisabled   Mode = "disabled"   // plaintext only, by policy of the mesh
	ModeNone       Mode = "none"       // the mesh has no part in it
)

// UnmarshalText accepts the words of the constants, and Istio's spelling of them: STRICT,
// PERMISSIVE, DISABLE (istio.io/api v1.31.1, security/v1beta1/peer_authentication.proto).
func (m *Mode) UnmarshalText(text []byte) error {
	switch string(text) {
	case "STRICT":
		*m = ModeStrict
	case "PERMISSIVE":
		*m = ModePermissive
	case "DISABLE", "DISABLED", "disable":
		*m = ModeDisabled
	case "NONE":
		*m = ModeNone
	default:
		return readWord(m, "mode", text, ModeStrict, ModePermissive, ModeDisabled, ModeNone)
	}
	return nil
}

// WeakerThan reports whether m asks for less than n. A mode that is not stated is neither weaker
// nor stronger.
func (m Mode) WeakerThan(n Mode) bool { return m.strength() != 0 && m.strength() < n.strength() }

// strength orders modes by what they refuse; none and disabled refuse nothing.
func (m Mode) strength() int {
	switch m {
	case ModeNone, ModeDisabled:
		return 1
	case ModePermissive:
		return 2
	case ModeStrict:
		return 3
	default:
		return 0
	}
}

// StatedMode states the mode of a scope.
type StatedMode struct {
	Place `json:"-"`

	Scope    WorkloadScope `json:"scope"` // the zero scope is the record's whole scope
	Mode     Mode          `json:"mode"`
	Since    Date          `json:"since"`
	Note     string        `json:"note"`
	Evidence []Evidence    `json:"evidence"`
}

// TargetMode says which mode a scope shall have, and by when.
type TargetMode struct {
	Place `json:"-"`

	Scope WorkloadScope `json:"scope"` // the zero scope is the record's whole scope
	Mode  Mode          `json:"mode"`
	By    Date          `json:"by"` // the last day; zero: without a date (V-23)
	Note  string        `json:"note"`
}

// MigrationStep is one step towards the target.
type MigrationStep struct {
	Place `json:"-"`

	ID     string        `json:"id"` // unique within the migration; may be empty when nothing refers to it
	Action Action        `json:"action"`
	Scope  WorkloadScope `json:"scope"` // the zero scope is the record's whole scope
	// After are the ids of the steps that must be done before. Nil, the field left out, means
	// the step before this one in the list; an empty list means that it can be done at once.
	After  []string     `json:"after"`
	Text   string       `json:"text"`
	Verify Verification `json:"verify"`
	Owner  Party        `json:"owner"`
	Done   Date         `json:"done"` // zero: not done
}

// Action is what a migration step does.
type Action string

// The zero Action is not stated.
const (
	ActionInventory       Action = "inventory"        // find what is not enrolled
	ActionEnrol           Action = "enrol"            // bring workloads into the mesh
	ActionObserve         Action = "observe"          // watch traffic for a time
	ActionVerify          Action = "verify"           // make sure that no plaintext is left
	ActionAllowPolicies   Action = "allow-policies"   // allow what is needed
	ActionDefaultDeny     Action = "default-deny"     // refuse the rest
	ActionStrict          Action = "strict"           // refuse plaintext
	ActionRemoveOverrides Action = "remove-overrides" // take away what was only for the way
	ActionOther           Action = "other"
)

// UnmarshalText accepts the words of the constants.
func (a *Action) UnmarshalText(text []byte) error {
	return readWord(a, "action", text, ActionInventory, ActionEnrol, ActionObserve, ActionVerify,
		ActionAllowPolicies, ActionDefaultDeny, ActionStrict, ActionRemoveOverrides, ActionOther)
}

// Verification is how one makes sure that a step has worked.
type Verification struct {
	Place `json:"-"`

	Text    string `json:"text"`
	Command string `json:"command"` // a shell command; it ages with the output that it reads (V-37)
}

package decision

// Authorization is the model by which callers are admitted, and the calls that are documented.
type Authorization struct {
	Place `json:"-"`

	Stated    AuthzModel `json:"stated"` // what is in force
	Target    AuthzModel `json:"target"` // what shall be in force; empty: what is stated
	By        Date       `json:"by"`     // the last day for the target
	Wildcards Wildcards  `json:"wildcards"`
	// Map is where the documented calls stand, when not in Edges: a path or a link.
	Map   string `json:"map"`
	Edges []Edge `json:"edges"`
	Note  string `json:"note"`
}

// AuthzModel is what happens to a call that no rule speaks of.
type AuthzModel string

// The zero AuthzModel is not stated.
const (
	AuthzDefaultDeny  AuthzModel = "default-deny"  // refused unless allowed
	AuthzDefaultAllow AuthzModel = "default-allow" // allowed unless refused
	AuthzNone         AuthzModel = "none"          // the mesh does not authorize
)

// UnmarshalText accepts the words of the constants.
func (m *AuthzModel) UnmarshalText(text []byte) error {
	return readWord(m, "authorization model", text, AuthzDefaultDeny, AuthzDefaultAllow, AuthzNone)
}

// Wildcards is whether rules may name everything with "*".
type Wildcards string

// The zero Wildcards is not stated.
const (
	WildcardsForbidden   Wildcards = "forbidden"
	WildcardsDiscouraged Wildcards = "discouraged"
	WildcardsAllowed     Wildcards = "allowed"
)

// UnmarshalText accepts the words of the constants.
func (w *Wildcards) UnmarshalText(text []byte) error {
	return readWord(w, "rule for wildcards", text, WildcardsForbidden, WildcardsDiscouraged, WildcardsAllowed)
}

// Edge is a documented call.
type Edge struct {
	Place `json:"-"`

	From    Endpoint   `json:"from"`
	To      Endpoint   `json:"to"`
	Ports   []Port     `json:"ports"`   // of the server's workload; empty: all
	Methods []string   `json:"methods"` // HTTP; empty: all
	Paths   []string   `json:"paths"`   // HTTP; empty: all
	Intent  EdgeIntent `json:"intent"`
	Reason  string     `json:"reason"`
	Expires Date       `json:"expires"` // the last day; zero: no end
}

// Endpoint is an end of a documented call. The zero Endpoint is anybody.
type Endpoint struct {
	Namespace      Pattern         `json:"namespace"`
	ServiceAccount Pattern         `json:"serviceAccount"`
	Workload       WorkloadPattern `json:"workload"`
}

// wild reports whether the endpoint names no single workload or identity.
func (e Endpoint) wild() bool {
	one := func(p Pattern) bool { return p != "" && p.literal() }
	return !one(e.Namespace) || !one(e.ServiceAccount) && !one(Pattern(e.Workload))
}

// EdgeIntent tells a rule that was wanted from one that was convenient.
type EdgeIntent string

// The zero EdgeIntent is not stated.
const (
	IntentPolicy   EdgeIntent = "policy"   // it shall be so
	IntentShortcut EdgeIntent = "shortcut" // broader than needed, for the time being
)

// UnmarshalText accepts the words of the constants.
func (i *EdgeIntent) UnmarshalText(text []byte) error {
	return readWord(i, "intent", text, IntentPolicy, IntentShortcut)
}

package mesh

import "fmt"

// Acceptance is whom a port lets anything through for, by connections and policies together, in words
// that are the same for every mesh: one mesh refuses plaintext when the connection is made, another
// request by request, and the outcome is one.
type Acceptance uint8

// The zero Acceptance is unknown. The constants from AcceptsAnybody on are ordered from weak to strong.
const (
	AcceptsUnknown    Acceptance = iota
	AcceptsAnybody               // any client, whether or not it proves an identity
	AcceptsSomeOpenly            // clients without an identity get some requests through, such as probes, or from some networks
	AcceptsMesh                  // any client that proves an identity of the mesh, and no other
	AcceptsNamed                 // only identities that policies name
	AcceptsNobody                // no workload of the input, and nobody else
)

var acceptanceNames = [...]string{"unknown", "anybody", "some-openly", "mesh-identities", "named-identities", "nobody"}

// String returns the word of a, such as "mesh-identities".
func (a Acceptance) String() string {
	if int(a) < len(acceptanceNames) {
		return acceptanceNames[a]
	}
	return fmt.Sprintf("Acceptance(%d)", uint8(a))
}

// MarshalText writes String's word.
func (a Acceptance) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Accepts says whom the port accepts. The Admission of Stranger has the terms of AcceptsSomeOpenly.
func (c Callers) Accepts() Acceptance {
	switch c.Stranger().Access {
	case AccessAlways:
		return AcceptsAnybody
	case AccessSometimes:
		return AcceptsSomeOpenly
	case AccessNever:
	default:
		return AcceptsUnknown
	}
	switch c.Newcomer().Access {
	case AccessAlways, AccessSometimes:
		return AcceptsMesh
	case AccessNever:
	default:
		return AcceptsUnknown
	}
	switch {
	case !c.With(AccessAlways).IsEmpty() || !c.With(AccessSometimes).IsEmpty():
		return AcceptsNamed
	case !c.With(AccessUndecided).IsEmpty():
		return AcceptsUnknown
	default:
		return AcceptsNobody
	}
}

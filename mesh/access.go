package mesh

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Access is how much of what a client may send to a port gets through.
type Access uint8

// The zero Access is undecided, never "never" and never "always".
const (
	AccessUndecided Access = iota
	AccessNever            // nothing gets through
	AccessSometimes        // some requests do and some do not
	AccessAlways           // whatever the client sends gets through
)

var accessNames = [...]string{"undecided", "never", "sometimes", "always"}

// String returns the word of a, such as "sometimes".
func (a Access) String() string {
	if int(a) < len(accessNames) {
		return accessNames[a]
	}
	return fmt.Sprintf("Access(%d)", uint8(a))
}

// MarshalText writes String's word.
func (a Access) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Possible reports whether anything gets through.
func (a Access) Possible() truth.Value {
	switch a {
	case AccessNever:
		return truth.False
	case AccessSometimes, AccessAlways:
		return truth.True
	default:
		return truth.Unknown
	}
}

// Condition is a test of one attribute of a request.
type Condition struct {
	// Attribute names what is tested: "method", "path", "host", "header[x-env]", "claim[groups]",
	// "token.principal", "token.audience", "token.presenter", "source.address", "origin.address",
	// "destination.address", "sni", "protocol", "transport" (tls is TLS that proves nothing), …
	Attribute string
	Values    []string // as the policy writes them; any of them
	Not       bool     // none of them instead
}

// String returns the condition as a phrase, such as "method is GET or POST".
func (c Condition) String() string {
	verb := " is "
	if c.Not {
		verb = " is not "
	}
	return c.Attribute + verb + strings.Join(c.Values, " or ")
}

// Clause is a conjunction of conditions; the empty Clause always holds.
type Clause struct {
	Conditions []Condition
	Rule       Rule // that says so
}

// Terms are what one point on the path asks of requests.
type Terms struct {
	Mesh   string
	Kind   PointKind
	Proxy  string   // as in Point
	When   []Clause // one of them must hold; empty asks nothing
	Unless []Clause // and none of these
}

func (t Terms) same(u Terms) bool {
	same := func(a, b Clause) bool {
		return a.Rule == b.Rule && slices.EqualFunc(a.Conditions, b.Conditions, Condition.same)
	}
	return t.Mesh == u.Mesh && t.Kind == u.Kind && t.Proxy == u.Proxy &&
		slices.EqualFunc(t.When, u.When, same) && slices.EqualFunc(t.Unless, u.Unless, same)
}

func (c Condition) same(d Condition) bool {
	return c.Attribute == d.Attribute && c.Not == d.Not && slices.Equal(c.Values, d.Values)
}

// Admission says how much of what a client may send to a port gets through, and on which terms.
type Admission struct {
	Access  Access
	Terms   []Terms // for AccessSometimes, in the order of the path: all of them must be met
	Why     []Step
	Unknown []Gap
}

// And is what gets through where a and b both judge. Where each lets some requests through and both
// test one attribute, whether a request can meet both is not worked out, and the answer is undecided.
func (a Admission) And(b Admission) Admission {
	c := Admission{
		Access: a.Access.and(b.Access), Terms: slices.Concat(a.Terms, b.Terms),
		Why: slices.Concat(a.Why, b.Why), Unknown: slices.Concat(a.Unknown, b.Unknown),
	}
	switch {
	case a.Access == AccessNever && b.Access != AccessNever:
		c.Why, c.Unknown = a.Why, nil
	case b.Access == AccessNever && a.Access != AccessNever:
		c.Why, c.Unknown = b.Why, nil
	case c.Access == AccessSometimes && !slices.EqualFunc(a.Terms, b.Terms, Terms.same):
		if attribute, both := shared(a.Terms, b.Terms); both {
			c.Access = AccessUndecided
			c.Unknown = append(c.Unknown, Gap{
				Reason: source.ProblemUnsupported, Detail: "two places test " + attribute + ", and whether a request can pass both is not worked out",
			})
		}
	}
	if c.Access != AccessSometimes {
		c.Terms = nil
	}
	return c
}

// shared is the first attribute that both test.
func shared(a, b []Terms) (string, bool) {
	tested := map[string]bool{}
	for attribute := range attributes(a) {
		tested[attribute] = true
	}
	for attribute := range attributes(b) {
		if tested[attribute] {
			return attribute, true
		}
	}
	return "", false
}

// attributes yields what the terms test, in their order.
func attributes(all []Terms) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, t := range all {
			for _, clause := range slices.Concat(t.When, t.Unless) {
				for _, c := range clause.Conditions {
					if !yield(c.Attribute) {
						return
					}
				}
			}
		}
	}
}

func (a Access) and(b Access) Access {
	switch {
	case a == AccessNever || b == AccessNever:
		return AccessNever
	case a == AccessUndecided || b == AccessUndecided:
		return AccessUndecided
	default:
		return min(a, b)
	}
}

// or is what gets through where the client may choose between a and b.
func (a Access) or(b Access) Access {
	switch {
	case a == AccessAlways || b == AccessAlways:
		return AccessAlways
	case a == AccessUndecided || b == AccessUndecided:
		return AccessUndecided
	default:
		return max(a, b)
	}
}

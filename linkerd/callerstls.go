package linkerd

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// endsTLS reports whether the gate tells clients with TLS of the mesh, but no certificate, from those with
// plaintext.
func (g *gate) endsTLS() bool {
	for one := range g.allOfAll() {
		if one.who.need == needTLS && !g.inbound && g.protocol != protocolOpaque {
			return true
		}
	}
	return false
}

// orOverTLS adds to what a stranger gets through in plaintext what it does over TLS: whoever asks for the
// server's name may begin the mesh's TLS without a certificate (linkerd2-proxy linkerd/meshtls/rustls, whose
// servers take clients that prove nothing).
func (g *gate) orOverTLS(plain mesh.Admission) mesh.Admission {
	over := g.admission(&visitor{outside: true, tls: truth.True, named: truth.False}, true)
	switch {
	case plain.Access == mesh.AccessUndecided || plain.Access == mesh.AccessAlways || over.Access == mesh.AccessNever:
		return plain
	case over.Access == mesh.AccessUndecided:
		return over
	case over.Access == plain.Access && slices.EqualFunc(over.Terms, plain.Terms, sameTerms):
		return plain
	case slices.ContainsFunc(slices.Concat(plain.Terms, over.Terms), func(t mesh.Terms) bool { return len(t.Unless) > 0 }):
		gap := mesh.Gap{
			Reason: source.ProblemLimit, Object: g.step.Object,
			Detail: "the terms of the routes and those of TLS without a certificate are too entangled to be said together",
		}
		return mesh.Admission{Why: over.Why, Unknown: slices.Concat(plain.Unknown, over.Unknown, []mesh.Gap{gap})}
	}
	terms := mesh.Terms{Mesh: Name, Kind: mesh.PointServer}
	for _, t := range plain.Terms {
		terms.When = append(terms.When, t.When...)
	}
	byTLS := mesh.Condition{Attribute: attrTransport, Values: []string{"tls"}}
	when := []mesh.Clause{{}}
	if over.Access == mesh.AccessSometimes {
		when = over.Terms[0].When
	}
	for _, c := range when {
		c.Conditions = append([]mesh.Condition{byTLS}, c.Conditions...)
		terms.When = append(terms.When, c)
	}
	return mesh.Admission{Access: mesh.AccessSometimes, Terms: []mesh.Terms{terms}, Why: over.Why, Unknown: slices.Concat(plain.Unknown, over.Unknown)}
}

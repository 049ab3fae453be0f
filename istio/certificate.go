package istio

import (
	"github.com/meshposture/meshposture/internal/certs"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// certificates collects certificates, each once, with the objects that hold it.
type certificates struct{ certs.Set }

// add reads a text in a field of an object. path is that of the text inside the field, for a problem
// with a configuration that is itself a text.
func (cs *certificates) add(c *compiler, e embedded, path, text string) {
	found, faults := certs.Read([]byte(text))
	if len(found) == 0 && len(faults) == 0 {
		faults = []string{"there is no certificate"}
	}
	for _, f := range faults {
		cs.Gaps = append(cs.Gaps, c.reportIn(e, source.ProblemBadValue, path, f))
	}
	field := e.field
	if field == "" {
		field = path
	}
	cs.Add(found, e.o.Ref, mesh.Step{Rule: ruleCACertificate, Object: e.o.Ref, Loc: e.o.At(field), Detail: "the certificate stands here"})
}

// with is both together; neither is changed.
func (cs certificates) with(more certificates) certificates {
	return certificates{cs.With(more.Set)}
}

// chained is whether the certificates lead to the roots: Unknown where some do and some do not, since
// which of them signs is then not told.
func (cs certificates) chained(roots certificates) truth.Value {
	all, some := truth.True, truth.False
	for _, cert := range cs.Sorted() {
		leads := cs.LeadsTo(roots.Set, cert.Fingerprint)
		all, some = all.And(leads), some.Or(leads)
	}
	if all != some {
		return truth.Unknown
	}
	return all
}

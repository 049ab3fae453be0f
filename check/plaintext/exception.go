package plaintext

import "github.com/meshposture/meshposture/truth"

// Around is what surrounds a setting that lets plaintext in.
type Around uint8

// The zero Around is that of a setting that is no exception.
const (
	AroundNothing   Around = iota
	AroundNamespace        // the rest of the namespace is strict
	AroundAll              // the setting is the rule of its namespace, and the rest of all ports is strict
)

// Exceptions finds the settings that let plaintext into ports whose surroundings are strict; ports
// are all ports that could be asked about. A setting is an exception when
//
//   - somebody wrote it down: an object of the workload's own namespace declares that plaintext is
//     accepted, not a default, not a policy for the whole mesh, and not a data plane that departs
//     from what is declared, and
//   - in its surroundings at least as many ports refuse plaintext as accept it. The surroundings
//     are the namespace, or all ports when the setting decides most of its namespace.
//
// A setting that fails the second rule is itself, or follows, the rule of its surroundings.
func Exceptions(ports []Port) map[Setting]Around {
	var all tally
	namespaces := map[string]*tally{}
	decided := map[Setting]int{} // how many ports each setting decides
	where := map[Setting]string{}
	for _, p := range ports {
		ns := p.Workload.ID().Namespace
		if namespaces[ns] == nil {
			namespaces[ns] = new(tally)
		}
		all.add(p)
		namespaces[ns].add(p)
		decided[p.Setting()]++
		if p.Accepts == truth.True && p.local() {
			where[p.Setting()] = ns
		}
	}
	out := map[Setting]Around{}
	for s, ns := range where {
		n := namespaces[ns]
		rule := 2*decided[s] > n.ports
		switch {
		case !rule && n.strict >= n.plaintext:
			out[s] = AroundNamespace
		case rule && all.strict >= all.plaintext:
			out[s] = AroundAll
		}
	}
	return out
}

// tally counts ports by what they accept.
type tally struct{ ports, strict, plaintext int }

func (t *tally) add(p Port) {
	t.ports++
	switch p.Accepts {
	case truth.False:
		t.strict++
	case truth.True:
		t.plaintext++
	case truth.Unknown:
	}
}

// local reports whether an object of the workload's namespace, or the Namespace itself, declares that
// the port accepts plaintext.
func (p Port) local() bool {
	object, ns := p.Setting().Object, p.Workload.ID().Namespace
	return p.Inbound.Explicit && p.Inbound.Declared.AcceptsPlaintext() == truth.True &&
		(object.Namespace == ns || object.Kind.Kind == "Namespace" && object.Name == ns)
}

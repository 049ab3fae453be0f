package plaintext

import "github.com/meshposture/meshposture/truth"

// Exceptions returns the settings that let plaintext into ports of a scope that is otherwise
// strict; ports are all ports of the scope that could be asked about. A setting is an exception when
//
//   - somebody wrote it down: an object of the workload's own namespace declares that plaintext is
//     accepted, not a default, not a policy for the whole mesh, and not a data plane that departs
//     from what is declared, and
//   - at least as many ports of the scope refuse plaintext as the setting lets it into.
//
// A setting that fails the second rule is itself the rule of the scope. The result is empty where
// there is no exception.
func Exceptions(ports []Port) map[Setting]bool {
	lets := map[Setting]int{}
	strict := 0
	for _, p := range ports {
		switch {
		case p.Accepts == truth.False:
			strict++
		case p.Accepts == truth.True && p.local():
			lets[p.Setting()]++
		}
	}
	out := map[Setting]bool{}
	for s, n := range lets {
		if n <= strict {
			out[s] = true
		}
	}
	return out
}

// local reports whether an object of the workload's namespace, or the Namespace itself, declares that
// the port accepts plaintext.
func (p Port) local() bool {
	object, ns := p.Setting().Object, p.Workload.ID().Namespace
	return p.Inbound.Explicit && p.Inbound.Declared.AcceptsPlaintext() == truth.True &&
		(object.Namespace == ns || object.Kind.Kind == "Namespace" && object.Name == ns)
}

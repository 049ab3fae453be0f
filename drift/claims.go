package drift

import (
	"slices"

	"github.com/meshposture/meshposture/check/plaintext"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// claims is what the decisions state about modes, with the ports that each statement is about.
type claims struct {
	stated    []*claim // in the order of the text
	ambiguous []ambiguity
	unread    []*decision.Decision // their scope could not be read wholly, so that nothing is compared
}

// claim is one entry of mtls.stated with the ports for which it is the most specific.
type claim struct {
	entry  *decision.StatedMode
	ports  []plaintext.Port // of enrolled workloads, in the graph's order
	unsure []*subject       // workloads of which it is not known whether they are enrolled
	owner  map[*mesh.Workload]*subject
}

// ambiguity is a workload for which the record cannot be read one way.
type ambiguity struct {
	subject    *subject
	contenders []decision.Place
}

// newClaims asks about every port once. Workloads outside the mesh have no part in it: they are
// excluded, or DRF-EXC-01.
func newClaims(v *view) claims {
	var all claims
	ports := map[*subject][]plaintext.Port{}
	for _, d := range v.decisions {
		byPath := map[string]*claim{}
		var mentioned []uint16
		for i := range d.MTLS.Stated {
			e := &d.MTLS.Stated[i]
			c := &claim{entry: e, owner: map[*mesh.Workload]*subject{}}
			byPath[e.Path()] = c
			all.stated = append(all.stated, c)
			for _, n := range e.Scope.Ports {
				mentioned = append(mentioned, uint16(n))
			}
		}
		if len(byPath) == 0 {
			continue
		}
		if d.Scope.Faulty() {
			all.unread = append(all.unread, d)
			continue
		}
		for _, s := range v.workloads {
			if s.inside == truth.False || s.component || !d.Scope.Contains(s.as.Namespace) {
				continue
			}
			if ports[s] == nil {
				ports[s] = plaintext.Ports(s.workload)
			}
			all.assign(d, byPath, s, withMentioned(ports[s], s.workload, mentioned))
		}
	}
	return all
}

// withMentioned adds ports that the record speaks of and nobody declares.
func withMentioned(ports []plaintext.Port, w *mesh.Workload, mentioned []uint16) []plaintext.Port {
	for _, n := range mentioned {
		if !slices.ContainsFunc(ports, func(p plaintext.Port) bool { return p.Number == n }) {
			ports = append(ports[:len(ports):len(ports)], plaintext.At(w, n))
		}
	}
	return ports
}

// assign gives each port of a workload to the entry that speaks of it.
func (all *claims) assign(d *decision.Decision, byPath map[string]*claim, s *subject, ports []plaintext.Port) {
	told := false
	for _, p := range ports {
		answer := d.StatedFor(s.as, decision.Port(p.Number))
		if len(answer.Contenders) > 0 && !told {
			all.ambiguous = append(all.ambiguous, ambiguity{s, answer.Contenders})
			told = true
		}
		c := byPath[answer.Place.Path()]
		if answer.Mode == "" || c == nil {
			continue
		}
		c.owner[s.workload] = s
		if s.inside == truth.True {
			c.ports = append(c.ports, p)
		} else if n := len(c.unsure); n == 0 || c.unsure[n-1] != s {
			c.unsure = append(c.unsure, s)
		}
	}
}

// tolerated reports whether an exclusion documents that the port accepts plaintext: a downgrade of
// its mode, or a way around its proxy.
func tolerated(s *subject, number uint16) (truth.Value, []*decision.Exclusion) {
	allows := func(e *decision.Exclusion) bool {
		return (e.Kind == decision.MTLSDowngrade || e.Kind == decision.PortBypass) &&
			e.Selector.MatchesPort(decision.Inbound, decision.Port(number))
	}
	if slices.ContainsFunc(s.sure, allows) {
		return truth.True, nil
	}
	var perhaps []*decision.Exclusion
	for _, e := range s.perhaps {
		if e.Kind == "" || e.Kind == decision.MTLSDowngrade || e.Kind == decision.PortBypass {
			perhaps = append(perhaps, e)
		}
	}
	if len(perhaps) > 0 {
		return truth.Unknown, perhaps
	}
	return truth.False, nil
}

// observed is an enforced mode in the record's words; empty when it has none.
func observed(m mesh.MTLS) decision.Mode {
	switch m {
	case mesh.MTLSNone:
		return decision.ModeNone
	case mesh.MTLSDisabled:
		return decision.ModeDisabled
	case mesh.MTLSPermissive:
		return decision.ModePermissive
	case mesh.MTLSStrict:
		return decision.ModeStrict
	default:
		return ""
	}
}

// workloads counts the workloads of some ports.
func workloads(ports []plaintext.Port) int {
	n := 0
	for i, p := range ports {
		if i == 0 || p.Workload != ports[i-1].Workload {
			n++
		}
	}
	return n
}

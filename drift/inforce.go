package drift

import (
	"cmp"
	"slices"

	"github.com/meshposture/meshposture/check/plaintext"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// judgeable reports whether the posture tells if exclusions of the kind are in force. The others
// speak of clients, authorization and what leaves the cluster, which the graph does not hold yet.
func judgeable(k decision.ExclusionKind) bool {
	switch k {
	case decision.ExcludeWorkload, decision.ExcludeNamespace, decision.PortBypass, decision.CIDRBypass, decision.MTLSDowngrade:
		return true
	default:
		return false
	}
}

// inForce reports whether what the exclusion allows is so for a workload that it matches: the
// workload is outside, the ports skip the proxy, plaintext is accepted. The last two are asked of
// workloads that are, or may be, enrolled.
func inForce(e *decision.Exclusion, s *subject) truth.Value {
	switch e.Kind {
	case decision.ExcludeWorkload, decision.ExcludeNamespace:
		return s.inside.Not()
	case decision.PortBypass, decision.CIDRBypass:
		if s.inside == truth.Unknown {
			return truth.Unknown // the mesh lists the bypasses of its members only
		}
		var effective []truth.Value
		for _, b := range s.workload.Bypasses() {
			if uses(e, b) {
				effective = append(effective, b.Effective)
			}
		}
		return truth.Any(effective...)
	case decision.MTLSDowngrade:
		if s.inside == truth.Unknown {
			return truth.Unknown
		}
		return acceptsThrough(e, s)
	default:
		return truth.Unknown
	}
}

// acceptsThrough reports whether one of the ports that the exclusion means accepts plaintext.
func acceptsThrough(e *decision.Exclusion, s *subject) truth.Value {
	var accepts []truth.Value
	if len(e.Selector.Ports) == 0 {
		for _, p := range plaintext.Ports(s.workload) {
			accepts = append(accepts, p.Accepts)
		}
	}
	for _, port := range e.Selector.Ports {
		accepts = append(accepts, plaintext.At(s.workload, uint16(port)).Accepts)
	}
	return truth.Any(accepts...)
}

// uses reports whether some of the bypass is what the exclusion documents.
func uses(e *decision.Exclusion, b mesh.Bypass) bool {
	return slices.ContainsFunc(items(b), func(item string) bool { return documents(e, b, item) })
}

// extent sorts the workloads that an exclusion matches by whether it is in force for them. For a
// bypass or a downgrade, workloads outside the mesh are left out: they have no proxy to speak of.
type extent struct {
	in, out, unsure []*subject
}

func (m matched) extent() extent {
	var x extent
	for _, s := range m.sure {
		if s.inside == truth.False && judgeable(m.exclusion.Kind) && !m.exclusion.Kind.OutsideMesh() {
			continue
		}
		switch inForce(m.exclusion, s) {
		case truth.True:
			x.in = append(x.in, s)
		case truth.False:
			x.out = append(x.out, s)
		default:
			x.unsure = append(x.unsure, s)
		}
	}
	x.unsure = append(x.unsure, m.perhaps...)
	return x
}

// gaps says why it is not known for some workloads whether the exclusion is in force.
func (m matched) gaps(x extent) []mesh.Gap {
	var all []mesh.Gap
	for _, s := range x.unsure {
		if slices.Contains(m.perhaps, s) {
			return append(all, unread([]*decision.Exclusion{m.exclusion})...)
		}
		all = append(all, m.doubts(s)...)
	}
	return all
}

// notCompared says that the posture does not tell whether exclusions of the kind are in force.
func notCompared(e *decision.Exclusion) mesh.Gap {
	return mesh.Gap{
		Reason: source.ProblemUnsupported, Loc: e.Loc("kind"),
		Detail: "exclusions of kind " + cmp.Or(string(e.Kind), "unknown") + " are not compared with the cluster",
	}
}

// doubts says what is not known of a workload that the exclusion matches.
func (m matched) doubts(s *subject) []mesh.Gap {
	if !judgeable(m.exclusion.Kind) {
		return []mesh.Gap{notCompared(m.exclusion)}
	}
	if s.inside == truth.Unknown {
		return s.unsure()
	}
	var all []mesh.Gap
	if m.exclusion.Kind == decision.MTLSDowngrade {
		for _, p := range plaintext.Ports(s.workload) {
			all = append(all, p.Inbound.Unknown...)
		}
		return all
	}
	for _, b := range s.workload.Bypasses() {
		all = append(all, b.Unknown...)
	}
	return all
}

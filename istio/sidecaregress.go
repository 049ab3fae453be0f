package istio

import (
	"slices"
	"strings"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// sight is whether a client's proxy knows a Service, and why it does not.
type sight struct {
	sees truth.Value
	why  mesh.Step
	gaps []mesh.Gap
}

var inSight = sight{sees: truth.True}

// egressGaps are what was not understood of the resource's outbound side, or of which pods it is for.
func (r *sidecarResource) egressGaps() []mesh.Gap {
	var gaps []mesh.Gap
	for _, g := range r.resource.gaps {
		if touches(g, "spec.egress", "spec.outboundTrafficPolicy", "spec.workloadSelector") {
			gaps = append(gaps, g)
		}
	}
	return gaps
}

// scopeOf is the Sidecar resource that counts for a pod's outbound side; nil for none. The gaps say
// why it may be another.
func (s *sidecars) scopeOf(root string, p *mesh.Pod) (*sidecarResource, []mesh.Gap) {
	r := s.of(root, p)
	var gaps []mesh.Gap
	for _, ns := range []string{p.Namespace.Name, root} {
		for _, other := range s.byNamespace[ns] {
			if other == r || slices.ContainsFunc(other.resource.gaps, func(g mesh.Gap) bool { return touches(g, "spec.workloadSelector") }) {
				gaps = append(gaps, other.egressGaps()...)
			}
		}
		if root == p.Namespace.Name {
			break
		}
	}
	return r, gaps
}

// exported says whether a Service is visible to proxies in a namespace; it is all that counts for
// gateways.
func (v *clientView) exportedTo(client string, s *mesh.Service) sight {
	if !v.exportsOf(s).reaches(s.Namespace.Name, client) {
		step := mesh.Step{Rule: ruleExportTo, Object: s.Object(), Loc: s.At(source.Key("metadata.annotations", annotationExportTo))}
		step.Detail = "Service " + s.Namespace.Name + "/" + s.Name + " is not exported to the client's namespace"
		if _, ok := v.exported[s]; !ok {
			step = v.meshStep(ruleExportTo, step.Detail+" (defaultServiceExportTo)")
		}
		return sight{sees: truth.False, why: step}
	}
	return inSight
}

// sight says whether a sidecar in a namespace knows a port of a Service, under the Sidecar resource
// that counts for it; nil for none.
// pilot/pkg/model/sidecar.go convertToSidecarScope.
func (v *clientView) sight(r *sidecarResource, client string, s *mesh.Service, port uint16) sight {
	if seen := v.exportedTo(client, s); seen.sees != truth.True {
		return seen
	}
	if e := v.rival(r, client, s); e != nil {
		return sight{why: e.step(), gaps: []mesh.Gap{e.rivalry(s)}}
	}
	if r == nil || len(r.spec.GetEgress()) == 0 {
		return inSight
	}
	seen, ported := truth.False, false
	var gaps []mesh.Gap
	for i, l := range r.spec.GetEgress() {
		took, gap := v.imports(r, i, l, client, s, port)
		switch n := l.GetPort().GetNumber(); {
		case n == uint32(port) && took != truth.True:
			ported = true
		case n == 0 && took == truth.True && ported && !declaredTCP(s, port):
			took, gap = truth.Unknown, []mesh.Gap{r.portTaken(i, s)}
		default:
		}
		seen, gaps = seen.Or(took), append(gaps, gap...)
	}
	if seen == truth.True {
		return inSight
	}
	why := mesh.Step{
		Rule: ruleSidecarEgress, Object: r.obj.Ref, Loc: r.obj.At("spec.egress"),
		Detail: "Sidecar " + r.obj.Ref.Namespace + "/" + r.obj.Ref.Name + " does not import Service " + s.Namespace.Name + "/" + s.Name,
	}
	if named := v.routes.named(v.hosts[s], r, client); len(named) > 0 {
		gaps = append(gaps, named...)
		seen = truth.Unknown
	}
	return sight{sees: seen, why: why, gaps: gaps}
}

// portTaken says that another listener of the resource has the Service's port to itself: HTTP on the
// port then knows the hosts of that listener only, while the Service's cluster is there all the same.
// pilot/pkg/networking/core/listener.go buildSidecarOutboundListeners, which locks the listeners of
// ports that are named before it comes to the one for all others.
func (r *sidecarResource) portTaken(i int, s *mesh.Service) mesh.Gap {
	return mesh.Gap{
		Reason: source.ProblemUnsupported, Object: r.obj.Ref, Loc: r.obj.At(source.Index("spec.egress", i)),
		Detail: "Service " + s.Namespace.Name + "/" + s.Name + " is imported by the listener for all ports, and another listener of the Sidecar that does not import it has the Service's port; which of them takes the connection is not judged",
	}
}

// declaredTCP reports whether a Service's port is declared to be TCP: a sidecar listens for those by
// the Service's own address.
func declaredTCP(s *mesh.Service, port uint16) bool {
	return slices.ContainsFunc(s.Ports, func(sp mesh.ServicePort) bool {
		return sp.Port == port && servicePortProtocol(sp) == mesh.ProtocolTCP
	})
}

// imports says whether an egress listener takes in a port of a Service.
func (v *clientView) imports(r *sidecarResource, i int, l *networkingv1alpha3.IstioEgressListener, client string, s *mesh.Service, port uint16) (truth.Value, []mesh.Gap) {
	n := l.GetPort().GetNumber()
	if n != 0 && n != uint32(port) && !strings.EqualFold(l.GetPort().GetProtocol(), "HTTP_PROXY") {
		return truth.False, nil
	}
	taken, left := v.matchHosts(l.GetHosts(), client, s.Namespace.Name, v.hosts[s])
	switch {
	case !taken || left == truth.True:
		return truth.False, nil
	case left == truth.Unknown:
		return truth.Unknown, []mesh.Gap{{
			Reason: source.ProblemIncomplete, Object: r.obj.Ref, Loc: r.obj.At(source.Index("spec.egress", i) + ".hosts"),
			Detail: "hosts with ~ are left out since Istio 1.31, and the version of istiod is not known",
		}}
	case n != 0 && (l.GetBind() != "" || l.GetCaptureMode() == networkingv1alpha3.CaptureMode_NONE):
		return truth.Unknown, []mesh.Gap{{
			Reason: source.ProblemUnsupported, Object: r.obj.Ref, Loc: r.obj.At(source.Index("spec.egress", i)),
			Detail: "the Service is imported by a listener with an address of its own; whether clients connect to that is not in the input",
		}}
	default:
		return truth.True, nil
	}
}

// matchHosts says whether a listener's hosts take in a host of a namespace, and whether they leave it
// out.
func (v *clientView) matchHosts(hosts []string, client, own, host string) (taken bool, left truth.Value) {
	left = truth.False
	for _, h := range hosts {
		ns, pattern, ok := strings.Cut(h, "/")
		if !ok || strings.Contains(pattern, "/") {
			continue // istiod passes over it
		}
		if !hostWithin(host, pattern) {
			continue
		}
		left = left.Or(v.excludes(ns, client, own))
		if ns == "." {
			ns = client
		}
		taken = taken || ns == "*" || ns == own
	}
	return taken, left
}

// excludes reports whether an entry ~namespace/host, whose host fits, leaves out what is in a
// namespace. Istio knows the form since 1.31; before that such an entry imports nothing.
func (v *clientView) excludes(ns, client, own string) truth.Value {
	ns, ok := strings.CutPrefix(ns, "~")
	switch ns {
	case "":
		ns = "*"
	case ".":
		ns = client
	}
	if !ok || ns != "*" && ns != own {
		return truth.False
	}
	return v.rev.since(31)
}

// passGaps says why it is not known what a proxy sends to destinations that it lets pass; nil where it
// is the bytes as they are.
func (v *clientView) passGaps(r *sidecarResource) []mesh.Gap {
	if r != nil && r.spec.GetOutboundTrafficPolicy() != nil {
		return r.egressProxy()
	}
	return v.dynamic
}

// egressProxy names the proxy that connections to unknown destinations are sent to instead; nil for none.
func (r *sidecarResource) egressProxy() []mesh.Gap {
	p := r.spec.GetOutboundTrafficPolicy().GetEgressProxy()
	if p == nil {
		return nil
	}
	return []mesh.Gap{{
		Reason: source.ProblemUnsupported, Object: r.obj.Ref, Loc: r.obj.At("spec.outboundTrafficPolicy.egressProxy"),
		Detail: "the sidecar sends connections to unknown destinations to egress proxy " + p.GetHost() + ", which is not followed",
	}}
}

// passesUnknown reports whether a proxy lets connections to destinations that it does not know pass.
func (v *clientView) passesUnknown(r *sidecarResource) (bool, mesh.Step) {
	if r == nil || r.spec.GetOutboundTrafficPolicy() == nil {
		return v.open, v.openWhy
	}
	mode := r.spec.GetOutboundTrafficPolicy().GetMode()
	return opens(mode), mesh.Step{
		Rule: ruleOutboundPolicy, Object: r.obj.Ref, Loc: r.obj.At("spec.outboundTrafficPolicy"),
		Detail: "outboundTrafficPolicy of Sidecar " + r.obj.Ref.Namespace + "/" + r.obj.Ref.Name + " is " + mode.String(),
	}
}

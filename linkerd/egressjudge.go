package linkerd

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// undeclaredPortsRefused is the edge release with which connections to ports that a Service does not
// declare are refused: linkerd2 925608267.
var undeclaredPortsRefused = edition{25, 7, 1}

// AuthorizeEgress judges a request of a proxy's client to an address, in the order in which the policy
// controller looks addresses up: Services, EgressNetworks, anything else
// (policy-controller/runtime/src/lib.rs OutboundDiscover::lookup_ip).
//
// It is policy for clients that cooperate and no firewall: what goes around the proxy gets out.
func (l *Layer) AuthorizeEgress(client mesh.Party, r mesh.EgressRequest) []mesh.Point {
	if client.Pod == nil || client.Enrolment.Mesh != Name || client.Enrolment.Mode.Inside() != truth.True {
		return nil
	}
	r.Addr = r.Addr.Unmap()
	var p mesh.Point
	if gaps := l.otherProxy(client); len(gaps) > 0 {
		p = mesh.Point{Unknown: gaps, Why: []mesh.Step{{Rule: mesh.RuleNotUnderstood, Object: gaps[0].Object, Loc: gaps[0].Loc, Detail: gaps[0].Detail}}}
	} else {
		p = l.judgeEgress(client, r)
	}
	p.Mesh, p.Kind, p.Identity = Name, mesh.PointClient, client.Enrolment.Identity
	return []mesh.Point{p}
}

// otherProxy says why the input does not show by which policy a client's proxy goes; nil where it does.
func (l *Layer) otherProxy(client mesh.Party) []mesh.Gap {
	c := sender{Party: client}
	switch {
	case client.Pod.Machine:
		return []mesh.Gap{c.gap("how the proxy of a machine outside the cluster is configured is not in the input")}
	case l.controlPlaneOf(client) != l.settings.namespace:
		return []mesh.Gap{c.gap("the control plane that configures the client's proxy is not the one of the input")}
	default:
		return nil
	}
}

func (l *Layer) judgeEgress(client mesh.Party, r mesh.EgressRequest) mesh.Point {
	step, around := l.aroundProxy(client, r)
	if around == truth.True {
		return mesh.Point{Allowed: truth.True, Why: []mesh.Step{step}}
	}
	p := l.lookUp(client.Pod, r)
	if p.Allowed == truth.True {
		return p // whichever way it goes
	}
	if around == truth.Unknown {
		p.Allowed = truth.Unknown
		p.Unknown = append(p.Unknown, mesh.Gap{Reason: source.ProblemIncomplete, Object: step.Object, Loc: step.Loc, Detail: step.Detail})
	}
	if gaps := l.config(client.Pod).gaps; len(gaps) > 0 {
		p.Allowed = truth.Unknown
		p.Unknown = append(p.Unknown, gaps...)
	}
	return p
}

// aroundProxy reports whether the connection goes around the client's proxy, and why.
func (l *Layer) aroundProxy(client mesh.Party, r mesh.EgressRequest) (mesh.Step, truth.Value) {
	own := len(client.Addrs) == 1 && client.Addrs[0].Unmap() == r.Addr
	switch {
	case r.Addr.IsLoopback() || own:
		return podStep(client.Pod, ruleEgressLoopback, "connections of a pod to itself are not redirected to the proxy"), truth.True
	case l.config(client.Pod).skipOutbound.has(r.Port):
		return l.skipStep(client.Pod, "port "+strconv.Itoa(int(r.Port))+" goes around the proxy: it is among the outbound ports to skip"), truth.True
	case r.Addr.Is6():
		return l.ipv6Step(client.Pod)
	default:
		return mesh.Step{}, truth.False
	}
}

// skipStep names the setting that lets outbound ports go around the proxy.
func (l *Layer) skipStep(p *mesh.Pod, detail string) mesh.Step {
	s := l.config(p).loc(annotationSkipOutbound)
	s.Rule, s.Detail = ruleOutboundSkipped, detail+": "+s.Detail
	return s
}

// ipv6Step says whether connections over IPv6 go around the proxy: unless the pod's linkerd-init, or the CNI
// plugin, redirects them too (linkerd2-proxy-init proxy-init/cmd/root.go and cni-plugin/main.go;
// charts/partials/templates/_proxy-init.tpl, disableIPv6).
func (l *Layer) ipv6Step(p *mesh.Pod) (mesh.Step, truth.Value) {
	r := l.config(p).redirection
	if r.ipv6 == truth.True {
		return mesh.Step{}, truth.False
	}
	s := r.step
	switch {
	case r.ipv6 == truth.Unknown:
		s.Detail = "whether the CNI plugin redirects IPv6 is not in the input"
	case s.Rule == "":
		s = l.settings.at("", "connections over IPv6 are not redirected to the proxy: disableIPv6 is true")
	default:
		s.Detail = "connections over IPv6 are not redirected to the proxy"
	}
	s.Rule = ruleIPv6NotCaptured
	return s, r.ipv6.Not()
}

func podStep(p *mesh.Pod, rule, detail string) mesh.Step {
	return mesh.Step{Rule: rule, Object: p.Object(), Loc: p.At("metadata.name"), Detail: detail}
}

// lookUp judges what the proxy sees.
func (l *Layer) lookUp(client *mesh.Pod, r mesh.EgressRequest) mesh.Point {
	namespace := client.Namespace.Name
	if s := l.egress.services[r.Addr]; s != nil && (len(s.Ports) > 0 || !l.refusesUndeclared()) {
		return l.toService(s, r.Port)
	}
	if gaps := l.egressGaps(namespace); len(gaps) > 0 {
		return mesh.Point{Unknown: gaps, Why: []mesh.Step{{
			Rule: mesh.RuleNotUnderstood, Object: gaps[0].Object, Loc: gaps[0].Loc, Detail: "which EgressNetwork counts for the address is not known: " + gaps[0].Detail,
		}}}
	}
	n := l.egress.resolve(namespace, r.Addr)
	if n == nil {
		return mesh.Point{Allowed: truth.True, Why: l.unmatched(namespace, r.Addr)}
	}
	q := &egressQuestion{layer: l, network: n, namespace: namespace, request: r, ingress: l.config(client).ingress}
	return q.judge()
}

// egressGaps are what leaves open which EgressNetwork counts for clients of a namespace.
func (l *Layer) egressGaps(namespace string) []mesh.Gap {
	var gaps []mesh.Gap
	for _, n := range l.egress.seen(namespace) {
		gaps = append(gaps, n.gaps...)
	}
	if len(l.egress.byRef) > 0 {
		gaps = append(gaps, l.settings.gaps...)
	}
	return gaps
}

func (l *Layer) refusesUndeclared() bool {
	return l.settings.release.sinceEdge(19, undeclaredPortsRefused)
}

// toService judges a request to an address of a Service: what becomes of it is no question of egress,
// but for a port that the Service does not declare (policy-controller/grpc/src/outbound.rs undefined_port).
func (l *Layer) toService(s *mesh.Service, port uint16) mesh.Point {
	step := mesh.Step{Rule: ruleClusterIP, Object: s.Object(), Loc: s.At("spec.clusterIP"), Detail: "the address is that of Service " + s.Namespace.Name + "/" + s.Name + ": no EgressNetwork counts"}
	declared := slices.ContainsFunc(s.Ports, func(p mesh.ServicePort) bool { return p.Port == port })
	if declared || !l.refusesUndeclared() {
		return mesh.Point{Allowed: truth.True, Why: []mesh.Step{step}}
	}
	refusal := mesh.Step{
		Rule: ruleUndeclaredPort, Object: s.Object(), Loc: s.At("spec.ports"),
		Detail: "the Service does not declare port " + strconv.Itoa(int(port)) + ": the client's proxy refuses the connection",
	}
	p := mesh.Point{Allowed: truth.False, By: mesh.Rule{Policy: s.Object(), Index: -1, Loc: refusal.Loc}, Why: []mesh.Step{refusal, step}}
	if l.settings.release.minor == 0 {
		p.Unknown = []mesh.Gap{{
			Reason: source.ProblemIncomplete, Object: s.Object(), Loc: refusal.Loc,
			Detail: "proxies pass connections to ports that a Service does not declare before 2.19, and the release is not known",
		}}
	}
	if gaps := s.Gaps(); len(gaps) > 0 {
		p.Allowed, p.Unknown = truth.Unknown, append(p.Unknown, gaps...)
	}
	return p
}

// unmatched says why nothing judges an address.
func (l *Layer) unmatched(namespace string, a netip.Addr) []mesh.Step {
	first := mesh.Step{Rule: ruleNoEgressNetwork}
	switch seen := l.egress.seen(namespace); {
	case len(seen) == 0:
		first.Detail = "neither namespace " + namespace + " nor " + l.egress.global + " has an EgressNetwork"
	case seen[0].obj.Ref.Namespace == namespace:
		first.Object, first.Detail = seen[0].obj.Ref, "no EgressNetwork of namespace "+namespace+" has the address, and those of others do not count where it has any"
	default:
		first.Object, first.Detail = seen[0].obj.Ref, "no EgressNetwork of namespace "+l.egress.global+" has the address"
	}
	if l.settings.inCluster(a) {
		return []mesh.Step{first, l.settings.at(ruleClusterNetwork, "the address is in clusterNetworks: connections go where they are addressed to")}
	}
	return []mesh.Step{first}
}

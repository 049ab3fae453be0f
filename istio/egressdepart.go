package istio

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Depart says what a client's side sends to a host of a ServiceEntry: what its DestinationRule asks for,
// after the VirtualServices for sidecars have had their say, which may lead through a gateway.
func (l *Layer) Depart(client mesh.Party, exit mesh.Exit) mesh.Departure {
	e := l.boundary.external[exit.Object]
	if e == nil {
		return mesh.Departure{Unknown: []mesh.Gap{{Reason: source.ProblemDangling, Object: exit.Object, Detail: "the exit is not one of Istio's"}}}
	}
	if len(e.gaps) > 0 {
		return mesh.Departure{Why: []mesh.Step{e.step()}, Unknown: slices.Clone(e.gaps)}
	}
	d := &departure{layer: l, view: l.view(l.named(client.Enrolment.Revision)), client: client, entry: e, exit: exit}
	if len(d.view.gaps) > 0 {
		return mesh.Departure{Why: []mesh.Step{e.step()}, Unknown: slices.Clone(d.view.gaps)}
	}
	switch client.Enrolment.Mode {
	case mesh.ModeAmbient:
		return d.ambient()
	case mesh.ModeSidecar, mesh.ModeNativeSidecar:
		return d.sidecar()
	case mesh.ModeGateway:
		return d.direct(exit.Host, exit.Port)
	default:
		return mesh.Departure{Unknown: []mesh.Gap{{Reason: source.ProblemUnsupported, Object: client.Pod.Object(), Detail: "what a client of mode " + client.Enrolment.Mode.String() + " sends to hosts outside is not judged"}}}
	}
}

// departure answers one question.
type departure struct {
	layer  *Layer
	view   *clientView
	client mesh.Party
	entry  *serviceEntry
	exit   mesh.Exit
}

func (d *departure) namespace() string { return d.client.Pod.Namespace.Name }

// ambient is what ztunnel sends: the bytes as they are, or to a waypoint that the ServiceEntry or its
// namespace asks for.
func (d *departure) ambient() mesh.Departure {
	asks := d.entry.meta.Labels[labelUseWaypoint]
	if asks == "" {
		if ns := d.layer.cluster.Namespace(d.entry.namespace()); ns != nil {
			asks = ns.Labels[labelUseWaypoint]
		}
	}
	if asks != "" && asks != "none" {
		return mesh.Departure{Why: []mesh.Step{d.entry.step()}, Unknown: []mesh.Gap{{
			Reason: source.ProblemUnsupported, Object: d.entry.obj.Ref, Loc: d.entry.obj.At("metadata"),
			Detail: "connections go through waypoint " + asks + ", and what leaves it for hosts outside is not judged",
		}}}
	}
	return mesh.Departure{Sends: mesh.WirePlaintext, Beyond: mesh.WirePlaintext, Why: []mesh.Step{d.entry.step()}}
}

// sidecar follows the route for the host and port, else sends to the host itself.
func (d *departure) sidecar() mesh.Departure {
	if !d.view.sees(d.entry.exportTo, d.entry.namespace(), d.namespace()) {
		return mesh.Departure{Sends: mesh.WireNothing, Beyond: mesh.WireNothing, Why: []mesh.Step{{
			Rule: ruleExportTo, Object: d.entry.obj.Ref, Loc: d.entry.obj.At("spec.exportTo"),
			Detail: "the ServiceEntry is not exported to namespace " + d.namespace() + ": to its sidecars the host is unknown",
		}}}
	}
	if scope, gaps := d.layer.sidecars.scopeOf(d.view.root, d.client.Pod); len(gaps) > 0 || len(scope.egress()) > 0 {
		return mesh.Departure{Unknown: append(slices.Clone(gaps), scope.egress()...)}
	}
	v, targets := d.route()
	if len(targets) == 0 {
		return d.direct(d.exit.Host, d.exit.Port)
	}
	step := mesh.Step{Rule: ruleEgressRoute, Object: v.obj.Ref, Loc: v.loc("spec.hosts"), Detail: "VirtualService " + v.name() + " routes connections to " + d.exit.Host}
	if gaps := append(v.doubts(""), d.bySubnet(v)...); len(gaps) > 0 {
		return mesh.Departure{Why: []mesh.Step{step}, Unknown: gaps}
	}
	var all []mesh.Departure
	for _, t := range targets {
		all = append(all, d.follow(v, t))
	}
	first := all[0]
	for _, other := range all[1:] {
		if other.Sends != first.Sends || other.Beyond != first.Beyond || !slices.Equal(other.Via, first.Via) {
			return mesh.Departure{Why: []mesh.Step{step}, Unknown: []mesh.Gap{{
				Reason: source.ProblemUnsupported, Object: v.obj.Ref, Loc: v.loc("spec"), Detail: "the routes to the host differ in how they leave",
			}}}
		}
	}
	first.Why = append([]mesh.Step{step}, first.Why...)
	return first
}

// egress are the reasons to distrust what the pod's proxy knows of hosts outside: a Sidecar resource
// narrows it, which is judged for Services only.
func (r *sidecarResource) egress() []mesh.Gap {
	if r == nil || len(r.spec.GetEgress()) == 0 {
		return nil
	}
	for _, e := range r.spec.GetEgress() {
		if slices.Contains(e.GetHosts(), "*/*") && e.GetPort() == nil {
			return nil
		}
	}
	return []mesh.Gap{{
		Reason: source.ProblemUnsupported, Object: r.obj.Ref, Loc: r.obj.At("spec.egress"),
		Detail: "the Sidecar resource narrows what the proxy knows; whether the host is in it is not judged",
	}}
}

// direct is what leaves for the host without a gateway in between.
func (d *departure) direct(host string, port uint16) mesh.Departure {
	s := d.view.sendsOutside(d.entry, d.namespace(), d.client.Pod, host, port)
	return mesh.Departure{Sends: s.Wire, Beyond: s.Wire, Why: s.Why, Unknown: s.Unknown}
}

// route finds the VirtualService for the host, the closest and oldest that the client sees, and its
// destinations for connections to the exit's port. Without any the host itself is the destination.
func (d *departure) route() (*virtualService, []*networkingv1alpha3.Destination) {
	var v *virtualService
	d.layer.boundary.services.byHost.all(d.exit.Host, func(list []*virtualService) {
		for _, c := range list {
			if _, ok := c.seenFrom(d.namespace(), d.layer.boundary.services.exports); ok && v == nil {
				v = c
			}
		}
	})
	if v == nil {
		return nil, nil
	}
	var all []*networkingv1alpha3.Destination
	if parseServerProtocol(d.exit.Protocol) == serverHTTP {
		for _, h := range v.http {
			if len(h.matches) > 0 && !slices.ContainsFunc(h.matches, func(m *networkingv1alpha3.HTTPMatchRequest) bool {
				return d.takes(v, m.GetPort(), m.GetGateways(), m.GetSourceLabels(), m.GetSourceNamespace())
			}) {
				continue
			}
			for _, r := range h.spec.GetRoute() {
				if r.GetWeight() != 0 || len(h.spec.GetRoute()) == 1 {
					all = append(all, r.GetDestination())
				}
			}
		}
		return v, all
	}
	return v, d.layer4Route(v)
}

// layer4Route are the destinations of the first route by server name, else by port.
func (d *departure) layer4Route(v *virtualService) []*networkingv1alpha3.Destination {
	destinations := func(routes []*networkingv1alpha3.RouteDestination) (all []*networkingv1alpha3.Destination) {
		for _, r := range routes {
			if r.GetWeight() != 0 || len(routes) == 1 {
				all = append(all, r.GetDestination())
			}
		}
		return all
	}
	if word := strings.ToLower(d.exit.Protocol); word == "tls" || word == "https" {
		for _, t := range v.spec.GetTls() {
			for _, m := range t.GetMatch() {
				if slices.ContainsFunc(m.GetSniHosts(), func(sni string) bool { return hostWithin(d.exit.Host, sni) }) &&
					d.takes(v, m.GetPort(), m.GetGateways(), m.GetSourceLabels(), m.GetSourceNamespace()) {
					return destinations(t.GetRoute())
				}
			}
		}
	}
	for _, t := range v.spec.GetTcp() {
		if len(t.GetMatch()) == 0 || slices.ContainsFunc(t.GetMatch(), func(m *networkingv1alpha3.L4MatchAttributes) bool {
			return d.takes(v, m.GetPort(), m.GetGateways(), m.GetSourceLabels(), m.GetSourceNamespace())
		}) {
			return destinations(t.GetRoute())
		}
	}
	return nil
}

// bySubnet names the conditions on the address to which a client connects, which the name of a host does
// not tell. pilot/pkg/networking/core/tls.go buildSidecarOutboundTLSFilterChainOpts, and the same for TCP.
func (d *departure) bySubnet(v *virtualService) []mesh.Gap {
	if parseServerProtocol(d.exit.Protocol) == serverHTTP {
		return nil
	}
	var gaps []mesh.Gap
	add := func(path string, i, j int, subnets []string) {
		if len(subnets) > 0 {
			at := source.Index(source.Index("spec."+path, i)+".match", j) + ".destinationSubnets"
			gaps = append(gaps, mesh.Gap{
				Reason: source.ProblemUnsupported, Object: v.obj.Ref, Loc: v.loc(at),
				Detail: "a route counts for some addresses only, and at which the host is found is not judged",
			})
		}
	}
	for i, t := range v.spec.GetTls() {
		for j, m := range t.GetMatch() {
			add("tls", i, j, m.GetDestinationSubnets())
		}
	}
	for i, t := range v.spec.GetTcp() {
		for j, m := range t.GetMatch() {
			add("tcp", i, j, m.GetDestinationSubnets())
		}
	}
	return gaps
}

// takes reports whether a condition holds for the client's sidecar.
func (d *departure) takes(v *virtualService, port uint32, gateways []string, labels map[string]string, namespace string) bool {
	if port != 0 && port != uint32(d.exit.Port) {
		return false
	}
	names := fullGatewayNames(gateways, v.namespace())
	return (len(names) == 0 || slices.Contains(names, meshGatewayName)) &&
		kube.Subset(labels, d.client.Pod.Labels) && (namespace == "" || namespace == d.namespace())
}

// follow says what leaves for one destination of a route.
func (d *departure) follow(v *virtualService, to *networkingv1alpha3.Destination) mesh.Departure {
	host := fullHost(to.GetHost(), v.namespace(), v.domain)
	port := uint16(min(to.GetPort().GetNumber(), 65535))
	if port == 0 {
		port = d.exit.Port
	}
	if host == d.exit.Host {
		return d.direct(host, port)
	}
	rest, inCluster := strings.CutSuffix(host, ".svc."+v.domain)
	name, ns, _ := strings.Cut(rest, ".")
	if s := d.layer.cluster.Service(ns, name); inCluster && s != nil {
		return d.through(s, port)
	}
	return mesh.Departure{Unknown: []mesh.Gap{{
		Reason: source.ProblemUnsupported, Object: v.obj.Ref, Loc: v.loc("spec"), Detail: "the host is routed to " + host + ", which is not followed",
	}}}
}

// through says what leaves by a Service of gateway proxies: the client's own connection to them, and
// what they send on to the host.
func (d *departure) through(s *mesh.Service, port uint16) mesh.Departure {
	var out *mesh.Departure
	for _, w := range s.Workloads() {
		one := d.by(w, s, port)
		switch {
		case out == nil:
			out = &one
		case out.Sends != one.Sends || out.Beyond != one.Beyond:
			out.Sends, out.Beyond = mesh.WireUnknown, mesh.WireUnknown
			out.Unknown = append(out.Unknown, mesh.Gap{Reason: source.ProblemUnsupported, Object: s.Object(), Loc: s.At("spec.selector"), Detail: "the gateways behind the Service differ"})
		default:
			out.Via = append(out.Via, w)
		}
	}
	if out == nil {
		return mesh.Departure{Unknown: []mesh.Gap{{
			Reason: source.ProblemIncomplete, Object: s.Object(), Loc: s.At("spec.selector"), Detail: "the proxies of the gateway are not in the input",
		}}}
	}
	return *out
}

// by is what leaves through one workload behind a port of the Service.
func (d *departure) by(w *mesh.Workload, s *mesh.Service, port uint16) mesh.Departure {
	one := mesh.Departure{Via: []*mesh.Workload{w}}
	r := d.layer.newRouter(w)
	if r.routes != truth.True {
		one.Unknown = append(slices.Clone(r.gaps), mesh.Gap{Reason: source.ProblemUnsupported, Object: s.Object(), Loc: s.At("spec.selector"), Detail: w.ID().String() + ", to which the host is routed, is no gateway proxy"})
		return one
	}
	onward := map[uint16]bool{}
	for _, target := range s.Backend(port).Targets(w) {
		for _, p := range d.layer.boundary.onward[onwardKey{w, target, d.exit.Host}] {
			onward[p] = true
		}
	}
	if len(onward) == 0 {
		one.Unknown = []mesh.Gap{{Reason: source.ProblemDangling, Object: s.Object(), Loc: s.At("metadata.name"), Detail: fmt.Sprintf("no server of %s routes to %s", w.ID(), d.exit.Host)}}
		return one
	}
	sent, gaps := d.sent(w, s, port)
	one.Sends, one.Unknown = sent, gaps
	one.Why = []mesh.Step{{Rule: ruleEgressGateway, Object: s.Object(), Loc: s.At("metadata.name"), Detail: "the connections go through " + w.ID().String()}}
	for i, p := range slices.Sorted(maps.Keys(onward)) {
		beyond := d.view.sendsOutside(d.entry, r.namespace(), r.pod, d.exit.Host, p)
		one.Why, one.Unknown = append(one.Why, beyond.Why...), append(one.Unknown, beyond.Unknown...)
		if i > 0 && beyond.Wire != one.Beyond {
			one.Beyond = mesh.WireUnknown
			one.Unknown = append(one.Unknown, mesh.Gap{
				Reason: source.ProblemUnsupported, Object: s.Object(), Loc: s.At("metadata.name"),
				Detail: fmt.Sprintf("the routes of %s to ports of %s differ in how they leave", w.ID(), d.exit.Host),
			})
			return one
		}
		one.Beyond = beyond.Wire
	}
	return one
}

// sent is what the client's side sends to a gateway.
func (d *departure) sent(w *mesh.Workload, s *mesh.Service, port uint16) (mesh.Wire, []mesh.Gap) {
	bk := s.Backend(port)
	for _, target := range bk.Targets(w) {
		sending := d.layer.Send(mesh.Edge{
			Client: d.client, Server: w.Variants()[0], Port: target, Way: mesh.Way{Service: s, Port: port},
		})
		return sending.Wire, sending.Unknown
	}
	return mesh.WireUnknown, bk.Unknown
}

package istio

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// onwardKey asks to which ports of a host a gateway's proxies send on what comes in at a port of theirs.
type onwardKey struct {
	proxy *mesh.Workload
	port  uint16 // of the proxy's pods
	host  string
}

// exits lists the hosts of ServiceEntries, and to which of them gateways send on.
func (b *boundaryCompiler) exits() {
	b.out.external, b.out.services, b.out.onward = map[source.Ref]*serviceEntry{}, b.services, map[onwardKey][]uint16{}
	for _, e := range b.view.entries.all {
		b.out.external[e.obj.Ref] = e
		for i, host := range e.spec.GetHosts() {
			for _, p := range e.spec.GetPorts() {
				b.out.exits = append(b.out.exits, mesh.Exit{
					Mesh: Name, Object: e.obj.Ref, Loc: e.obj.At(source.Index("spec.hosts", i)), Host: host,
					Networks: slices.Clone(e.spec.GetAddresses()), Port: uint16(min(p.GetNumber(), 65535)), Protocol: p.GetProtocol(),
					Outside: truth.Of(e.external()), Clients: b.view.clientsOf(e), Why: []mesh.Step{e.step()}, Unknown: slices.Clone(e.gaps),
				})
			}
		}
	}
	b.onward()
}

// onward notes which hosts outside the servers' routes lead to. What a route says at one port of a
// gateway does not hold at another.
func (b *boundaryCompiler) onward() {
	routers := map[*mesh.Workload]*router{}
	for _, e := range b.out.entries {
		if e.Served == truth.False || !slices.ContainsFunc(e.Backends, func(bk mesh.Backend) bool { return bk.External != "" }) {
			continue
		}
		for _, w := range e.Proxies {
			if routers[w] == nil {
				routers[w] = b.layer.newRouter(w)
			}
			port := b.layer.listensOn(routers[w], e.Port)
			for _, bk := range e.Backends {
				if bk.External == "" {
					continue
				}
				key := onwardKey{w, port, bk.External}
				if !slices.Contains(b.out.onward[key], bk.Port) {
					b.out.onward[key] = append(b.out.onward[key], bk.Port)
				}
			}
		}
	}
}

// clientsOf are the namespaces that see a ServiceEntry; nil for all, and empty for none.
func (v *clientView) clientsOf(e *serviceEntry) []string {
	x := e.exportTo
	if len(x) == 0 {
		x = v.services
	}
	if x.has(exportPublic) {
		return nil
	}
	names := []string{}
	if x.has(exportNone) {
		return names
	}
	names = append(names, x.named()...)
	if x.has(exportPrivate) {
		names = append(names, e.namespace())
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Exits lists the hosts of ServiceEntries, one for each port.
func (l *Layer) Exits() []mesh.Exit { return slices.Clone(l.boundary.exits) }

// Outlet says whether a proxy lets connections to destinations pass that it does not know. That is no
// firewall: what goes around the proxy gets out all the same.
func (l *Layer) Outlet(client mesh.Party) (mesh.Outlet, bool) {
	switch client.Enrolment.Mode {
	case mesh.ModeSidecar, mesh.ModeNativeSidecar:
		return l.sidecarOutlet(client), true
	case mesh.ModeAmbient:
		return mesh.Outlet{Passes: truth.True, Why: []mesh.Step{{
			Rule: ruleZtunnelPasses, Object: client.Pod.Object(), Loc: client.Pod.At("metadata.name"),
			Detail: "ztunnel passes connections to destinations that it does not know, whatever outboundTrafficPolicy says",
		}}}, true
	case mesh.ModeGateway, mesh.ModeWaypoint:
		return mesh.Outlet{Passes: truth.False, Why: []mesh.Step{{
			Rule: ruleGatewayRoutes, Object: client.Pod.Object(), Loc: client.Pod.At("metadata.name"),
			Detail: "a gateway sends only where its routes lead",
		}}}, true
	default:
		return mesh.Outlet{}, false
	}
}

func (l *Layer) sidecarOutlet(client mesh.Party) mesh.Outlet {
	rev := l.named(client.Enrolment.Revision)
	v := l.view(rev)
	scope, gaps := l.sidecars.scopeOf(v.root, client.Pod)
	gaps = slices.Concat(gaps, v.gaps)
	passes, step := v.passesUnknown(scope)
	o := mesh.Outlet{Passes: truth.Of(passes), Why: []mesh.Step{step}}
	if len(gaps) > 0 {
		o.Passes, o.Unknown = truth.Unknown, gaps
	}
	for _, bypass := range l.Bypasses(client.Pod, client.Enrolment) {
		if bypass.Direction == mesh.Outwards && bypass.Effective != truth.False && o.Passes != truth.True {
			o.Passes = o.Passes.Or(bypass.Effective)
			o.Why, o.Unknown = append(o.Why, bypass.Why...), append(o.Unknown, bypass.Unknown...)
		}
	}
	return o
}

package istio

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// waypointGate is a waypoint on the way to a port of a Service, or of a workload when the way names
// no Service. Its policies see the Service's port (pilot/pkg/networking/core/listener_waypoint.go).
func (l *Layer) waypointGate(proxy string, way mesh.Way, server *mesh.Pod, port uint16) *gate {
	key := gateKey{pod: server, port: port, way: way, waypoint: proxy}
	return l.authz.gates.Of(key, func() *gate { return l.newWaypointGate(proxy, way, server, port) })
}

func (l *Layer) newWaypointGate(proxy string, way mesh.Way, server *mesh.Pod, port uint16) *gate {
	g := &gate{kind: mesh.PointWaypoint, proxy: proxy, captured: truth.True, port: port}
	ns, name, _ := strings.Cut(proxy, "/")
	x := proxied{namespace: ns, labels: map[string]string{gatewayNameLabel: name}, waypoint: true, service: way.Service}
	if way.Service != nil {
		g.port = way.Port
		for _, sp := range way.Service.Ports {
			if sp.Port == way.Port && sp.Protocol == "TCP" {
				g.protocol = servicePortProtocol(sp)
			}
		}
	}
	serves := ""
	if x.service != nil {
		serves = x.service.Namespace.Name
	}
	for _, rev := range l.servingOrNone(l.waypointRevision(proxy)) {
		g.bundles = append(g.bundles, l.envoyBundle(rev, x))
		g.gaps = append(g.gaps, l.unverifiedWaypoint(mesh.AspectAuthorization, rev, ns, name, serves)...)
		g.distrust(rev, server)
	}
	return g
}

// waypointRevision is the revision that makes and serves a waypoint.
func (l *Layer) waypointRevision(proxy string) string {
	if gw := l.waypoints.gateways[proxy]; gw != nil {
		return gw.Labels[labelRevision]
	}
	return ""
}

// behindWaypoint is what the server's proxy sees of a connection that comes through a waypoint, which
// proves its identity in a tunnel only: networking/core/cluster_waypoint.go buildWaypointTLSContext.
func (l *Layer) behindWaypoint(proxy string, t mesh.Transport) (peer, mesh.Wire) {
	switch {
	case t.Authenticated == truth.True:
		return l.waypointPeer(proxy), mesh.WireTunnel
	case t.Authenticated == truth.Unknown:
		return peer{}, mesh.WireUnknown
	case t.Encrypted == truth.True:
		return peer{seen: peerNone}, mesh.WireTLS
	default:
		return peer{seen: peerNone}, mesh.WirePlaintext
	}
}

// waypointPeer is what the server's proxy sees of a client whose request comes through a waypoint.
func (l *Layer) waypointPeer(proxy string) peer {
	ns, name, _ := strings.Cut(proxy, "/")
	id := ""
	for i, rev := range l.servingOrNone(l.waypointRevision(proxy)) {
		if own := l.waypointIdentity(rev, ns, name); i == 0 {
			id = own
		} else if own != id {
			return named("")
		}
	}
	return named(id)
}

// implicitWaypoints are the waypoints from which istiod lets a pod accept connections by a policy of
// its own making, behind a feature flag (pilot/pkg/serviceregistry/ambient/policies.go
// implicitWaypointPolicy, workloads.go implicitWaypointPolicies).
func (l *Layer) implicitWaypoints(rev *revision, p *mesh.Pod) (names []string, doubts []mesh.Gap) {
	if !rev.flag("PILOT_AUTO_ALLOW_WAYPOINT_POLICY") {
		return nil, nil
	}
	bindings := []mesh.Binding{l.bindPod(p)}
	for _, s := range l.services[p.Workload] {
		if b, ok := l.Bind(s); ok {
			bindings = append(bindings, b)
		}
	}
	for _, b := range bindings {
		doubts = append(doubts, b.Unknown...)
		if b.Proxy == "" || slices.Contains(names, b.Proxy) {
			continue
		}
		names = append(names, b.Proxy)
	}
	slices.Sort(names)
	return names, doubts
}

// allowWaypoint adds the policy that istiod makes for a waypoint.
func (s *ruleset) allowWaypoint(l *Layer, proxy string) {
	who := l.waypointPeer(proxy)
	r := &rule{policy: &authzPolicy{}, name: implicitPolicy(proxy)}
	m := matcher{kind: peerExact, text: strings.TrimPrefix(who.name, spiffeScheme)}
	if who.seen != peerNamed {
		m.kind = peerUnsure
	}
	r.from = []clause{{tests: []test{{attr: facet{kind: attrIdentity}, any: []matcher{m}, values: []string{m.text}}}}}
	ns, name, _ := strings.Cut(r.name, "/")
	r.policy.ref = source.Ref{Kind: kindAuthorizationPolicy, Namespace: ns, Name: name} // no object of the cluster
	r.id = mesh.Rule{Policy: r.policy.ref, Index: -1}
	r.step = mesh.Step{Rule: ruleWaypointAllowed, Detail: "istiod lets waypoint " + proxy + " reach the pod (PILOT_AUTO_ALLOW_WAYPOINT_POLICY)"}
	if gw := l.waypoints.gateways[proxy]; gw != nil {
		r.step.Object, r.step.Loc = gw.obj.Ref, gw.obj.At("metadata.name")
	}
	r.some = r.step
	s.allow, s.allows = append(s.allow, r), truth.True
}

// implicitPolicy is the name of the policy that istiod makes for a waypoint.
func implicitPolicy(proxy string) string {
	ns, name, _ := strings.Cut(proxy, "/")
	return ns + "/istio_allow_waypoint_" + ns + "_" + name
}

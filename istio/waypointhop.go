package istio

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// throughWaypoint joins both parts of a way over a waypoint: the client must reach the waypoint, which
// takes HBONE only, and the waypoint the server.
func (l *Layer) throughWaypoint(e mesh.Edge, s mesh.Sending, in mesh.Inbound) mesh.Transport {
	if s.Wire != mesh.WireTunnel && s.Wire != mesh.WireMesh {
		return fateFails.transport([]mesh.Step{{Rule: ruleReceived, Detail: "waypoint " + s.Proxy + " takes HBONE only"}}, nil)
	}
	namespace, name, _ := strings.Cut(s.Proxy, "/")
	entry := e
	entry.Server.Enrolment.Mode = mesh.ModeWaypoint // whose proxy judges the client's trust domain
	if t, ok := l.distrusted(entry); ok {
		return t
	}
	out, revision := l.waypointSends(namespace, name, e)
	hop := e
	hop.Client = mesh.Party{Enrolment: mesh.Enrolment{Mesh: Name, Mode: mesh.ModeWaypoint, Identity: l.waypointIdentity(revision, namespace, name)}}
	t := l.arrives(hop, out, in)
	t.Why = slices.Concat([]mesh.Step{{Rule: ruleUseWaypoint, Detail: "waypoint " + s.Proxy + " sends " + out.Wire.String()}}, out.Why, t.Why)
	t.Unknown = withGaps(out.Unknown, t.Unknown)
	return t
}

// waypointSends is what a waypoint sends to the server for the way that the client took.
func (l *Layer) waypointSends(namespace, name string, e mesh.Edge) (mesh.Sending, *revision) {
	revision := ""
	if gw := l.waypoints.gateways[namespace+"/"+name]; gw != nil {
		revision = gw.Labels[labelRevision]
	}
	rev := l.named(revision)
	ds := newDestinations(l, mesh.Target{Server: e.Server, Port: e.Port, Way: e.Way})
	d := ds.under(rev)
	if len(d.gaps) > 0 {
		return mesh.Sending{Unknown: d.gaps}, rev
	}
	s := d.throughCluster(&caller{mode: mesh.ModeWaypoint, namespace: namespace})
	if s.Wire == mesh.WireTunnel && rev != nil && namespace != e.Server.Pod.Namespace.Name &&
		rev.flag("PILOT_SKIP_VALIDATE_TRUST_DOMAIN") && rev.since(28) != truth.True {
		// Before 1.28 such a waypoint demands servers of its own namespace (istio/istio#56741).
		return mesh.Sending{Why: s.Why, Unknown: []mesh.Gap{{
			Reason: source.ProblemUnsupported,
			Detail: "with PILOT_SKIP_VALIDATE_TRUST_DOMAIN, a waypoint before Istio 1.28 refuses servers of other namespaces than its own",
		}}}, rev
	}
	return s, rev
}

// waypointIdentity is the name in a waypoint's certificate; empty where it is not known.
func (l *Layer) waypointIdentity(rev *revision, namespace, name string) string {
	if rev == nil || len(rev.mesh.gaps) > 0 {
		return ""
	}
	account := name
	if gw := l.waypoints.gateways[namespace+"/"+name]; gw != nil && gw.Annotations[annotationGatewayAccount] != "" {
		account = gw.Annotations[annotationGatewayAccount]
	}
	return "spiffe://" + rev.mesh.trustDomain + "/ns/" + namespace + "/sa/" + account
}

const annotationGatewayAccount = "gateway.istio.io/service-account"

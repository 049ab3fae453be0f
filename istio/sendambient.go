package istio

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
)

// ambientSends is what ztunnel makes of its client's connections: HBONE to the waypoint, if there is
// one for the way that the client takes, else to pods that take it, else the bytes as they are. It
// knows neither DestinationRules nor automatic mutual TLS. ztunnel src/proxy/outbound.rs build_request.
func (l *Layer) ambientSends(ds *destinations) mesh.Sending {
	server, s := ds.target.Server, ds.target.Way.Service
	if s != nil && portOf(s, ds.target.Way.Port) == "UDP" {
		return mesh.Sending{Wire: mesh.WirePlaintext, Why: []mesh.Step{{
			Rule: ruleNotCaptured, Object: s.Object(), Loc: s.At("spec.ports"), Detail: "the port is not TCP, and ztunnel takes in nothing else",
		}}}
	}
	var b mesh.Binding
	if s != nil && !s.Headless { // a headless Service has no address of its own to go by
		b = ds.binding()
	} else {
		b = l.bindPod(server.Pod)
	}
	if b.Proxy != "" && len(b.Unknown) == 0 {
		return mesh.Sending{Wire: mesh.WireTunnel, Proxy: b.Proxy, Why: append(slices.Clone(b.Why), mesh.Step{
			Rule: ruleZtunnel, Detail: "ztunnel sends to waypoint " + b.Proxy + " instead of the pod",
		})}
	}
	switch {
	case takesTunnel(server):
		return mesh.Sending{Wire: mesh.WireTunnel, Port: tunnelPort, Unknown: b.Unknown, Why: []mesh.Step{{
			Rule: ruleZtunnel, Object: server.Pod.Object(), Loc: server.Pod.At("metadata"), Detail: "the server takes HBONE, so the client's ztunnel sends it",
		}}}
	case len(b.Unknown) > 0:
		return mesh.Sending{Why: b.Why, Unknown: b.Unknown}
	case server.Enrolment.Mode == mesh.ModeUnknown && server.Pod.IsTemplate():
		return mesh.Sending{Why: server.Enrolment.Why, Unknown: orIncomplete(server.Enrolment.Unknown, server.Pod, "how the server is enrolled is not known")}
	default:
		return mesh.Sending{Wire: mesh.WirePlaintext, Why: []mesh.Step{{
			Rule: ruleZtunnel, Object: server.Pod.Object(), Loc: server.Pod.At("metadata"),
			Detail: "the server does not tell that it takes HBONE (ambient mode, or label " + labelTunnel + "=http), so the client's ztunnel sends the bytes as they are",
		}}}
	}
}

// portOf is the protocol of a Service's port; TCP counts before others with the same number.
func portOf(s *mesh.Service, port uint16) string {
	protocol := ""
	for _, sp := range s.Ports {
		if sp.Port == port && protocol != "TCP" {
			protocol = sp.Protocol
		}
	}
	return protocol
}

// bindPod says which waypoint clients in ambient mode reach a pod through that they address itself:
// the one that its label names, else that of its namespace, if it takes traffic to workloads.
// pilot/pkg/serviceregistry/ambient/waypoints.go fetchWaypointForWorkload.
func (l *Layer) bindPod(p *mesh.Pod) mesh.Binding {
	if len(l.waypoints.gateways) == 0 || p.Labels[labelManaged] != "" {
		return mesh.Binding{}
	}
	ask, asked := podWish(p)
	if !asked {
		if _, own := p.Labels[labelUseWaypoint]; !own && len(p.Namespace.Gaps()) > 0 {
			return mesh.Binding{Unknown: p.Namespace.Gaps()}
		}
		return mesh.Binding{}
	}
	b := mesh.Binding{Mesh: Name, Why: []mesh.Step{ask.step}}
	l.waypoints.bindTraffic(&b, ask, p.Namespace, "workload")
	return b
}

func podWish(p *mesh.Pod) (wish, bool) {
	if v, ok := p.Labels[labelUseWaypoint]; ok {
		if v == "none" {
			return wish{}, false
		}
		return newWish(v, p.Labels, p.Namespace.Name, mesh.Step{
			Rule: ruleUseWaypoint, Object: p.Object(), Loc: p.LabelLoc(labelUseWaypoint), Detail: "the pod has label " + labelUseWaypoint + "=" + v,
		}), true
	}
	return namespaceWish(p.Namespace)
}

package istio

import (
	"slices"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// namespaceMode is the mTLS mode of a namespace as clients' proxies are told: by the policies of the
// mesh and of the namespace, without those of workloads and ports.
type namespaceMode struct {
	disabled truth.Value
	why      mesh.Step
	gaps     []mesh.Gap
}

// modeOfNamespace merges the PeerAuthentications of the mesh and of a namespace.
// pilot/pkg/model/push_context.go BestEffortInferServiceMTLSMode.
func (l *Layer) modeOfNamespace(root, ns string) namespaceMode {
	var c candidates
	if top := l.policies.byNamespace[root]; top != nil {
		c.mesh = top.wide
	}
	if own := l.policies.byNamespace[ns]; own != nil && ns != root {
		c.namespace = own.wide
	}
	c.collectGaps()
	list, ok := c.choices(true)
	if !ok || len(c.gaps) > 0 {
		return namespaceMode{why: undecidedPolicies(c), gaps: orTooMany(c.gaps, ok)}
	}
	mode, why, _ := list[0].declared(0)
	m := namespaceMode{disabled: truth.Of(mode == modeDisable), why: why}
	for _, ch := range list[1:] {
		if other, _, _ := ch.declared(0); (other == modeDisable) != (mode == modeDisable) {
			return namespaceMode{why: why, gaps: []mesh.Gap{orderGap(c)}}
		}
	}
	return m
}

// endpoint is what clients' proxies are told about a server's pod and port. It is immutable.
type endpoint struct {
	mtls     bool        // label security.istio.io/tlsMode=istio
	tunnel   bool        // it takes HBONE, for sidecars and gateways
	ztunnel  bool        // it takes HBONE, for ztunnel
	disabled truth.Value // its own mode is DISABLE; meaningful with mtls only
	identity string      // in its certificate; empty where that is not known
	stranger bool        // clients expect another trust domain in it
	why      []mesh.Step
	gaps     []mesh.Gap // where disabled is Unknown
}

// endpointOf is what clients are told about a pod and port, worked out once.
func (v *clientView) endpointOf(server mesh.Party, port uint16) *endpoint {
	ep := v.endpoints.Of(endpointKey{server.Pod, port}, func() *endpoint { return v.newEndpoint(server, port) })
	if ep.identity == server.Enrolment.Identity && ep.mtls == takesMesh(server) && ep.ztunnel == takesTunnel(server) {
		return ep
	}
	return v.newEndpoint(server, port) // the pod is asked about as if it were enrolled in another way
}

type endpointKey struct {
	pod  *mesh.Pod
	port uint16
}

// newEndpoint reads what istiod tells about a pod by its labels, and by its effective mode.
// pilot/pkg/xds/endpoints: checkMtlsEnabled, supportTunnel.
func (v *clientView) newEndpoint(server mesh.Party, port uint16) *endpoint {
	p := server.Pod
	ep := &endpoint{identity: server.Enrolment.Identity, disabled: truth.False, mtls: takesMesh(server)}
	ep.ztunnel = takesTunnel(server)
	ep.tunnel = ep.ztunnel || p.Labels[labelManaged] == managedWaypoint
	ep.why = []mesh.Step{labelStep(p, ep.mtls)}
	if domain, ok := trustDomainOf(ep.identity); ok && v.rev != nil {
		ep.stranger = domain != v.rev.mesh.trustDomain && !slices.Contains(v.rev.mesh.aliases, domain)
	}
	if !ep.mtls {
		return ep
	}
	in := mesh.Inbound{Port: port}
	v.layer.declare(&in, v.root, p)
	switch in.Declared {
	case mesh.MTLSUnknown:
		ep.disabled, ep.gaps = truth.Unknown, in.Unknown
	case mesh.MTLSDisabled:
		ep.disabled = truth.True
	default:
	}
	ep.why = slices.Clip(append(ep.why, in.Why...))
	return ep
}

// managedWaypoint is the value of label gateway.istio.io/managed on the pods of waypoints.
const managedWaypoint = "istio.io-mesh-controller"

// takesMesh reports whether a pod's label, or what injection adds, tells clients to begin mutual TLS.
func takesMesh(server mesh.Party) bool {
	return advertises(server.Enrolment, advertisesMTLS) || server.Pod.Labels[labelTLSMode] == "istio"
}

// takesTunnel reports whether a pod tells clients that it takes HBONE: ztunnel does it for it, or its
// label names the tunnel.
func takesTunnel(server mesh.Party) bool { return advertises(server.Enrolment, advertisesHBONE) }

func advertises(e mesh.Enrolment, way string) bool {
	for _, w := range e.Advertises {
		if w == way {
			return true
		}
	}
	return false
}

// labelStep explains a decision by the pod's label, or by its absence.
func labelStep(p *mesh.Pod, takes bool) mesh.Step {
	s := mesh.Step{Rule: ruleAutoMTLS, Object: p.Object(), Loc: p.LabelLoc(labelTLSMode)}
	switch _, ok := p.Labels[labelTLSMode]; {
	case !ok && takes:
		s.Loc = p.At("metadata")
		s.Detail = "injection labels the server's pod " + labelTLSMode + "=istio, so clients begin mutual TLS"
	case takes:
		s.Detail = "the server's pod has label " + labelTLSMode + "=istio, so clients begin mutual TLS"
	case ok:
		s.Detail = "the server's pod has label " + labelTLSMode + "=" + p.Labels[labelTLSMode] + ", so clients do not begin mutual TLS"
	default:
		s.Loc = p.At("metadata")
		s.Detail = "the server's pod has no label " + labelTLSMode + ", so clients do not begin mutual TLS"
	}
	return s
}

// readiness is whether all pods behind a Service take the mesh's mutual TLS.
type readiness struct {
	all  truth.Value
	why  mesh.Step
	gaps []mesh.Gap
}

type serviceKey struct {
	service *mesh.Service
	port    uint16
}

// allTake reports whether every pod behind a port of a Service is labelled for mutual TLS: where
// connections go to the address that the client chose, one pod without it decides for all of them.
// pilot/pkg/model/push_context.go BestEffortInferServiceMTLSMode.
func (v *clientView) allTake(s *mesh.Service, port uint16) readiness {
	return v.headless.Of(serviceKey{s, port}, func() readiness { return readinessOf(s, port) })
}

func readinessOf(s *mesh.Service, port uint16) readiness {
	r := readiness{all: truth.True}
	for _, w := range s.Workloads() {
		for _, party := range w.Variants() {
			if !kube.Subset(s.Selector, party.Pod.Labels) || !sendsTo(s, port, party.Pod) {
				continue
			}
			r.add(party)
		}
	}
	return r
}

// add takes one kind of pod in. Only the absence of the label, or the word disabled, counts.
func (r *readiness) add(party mesh.Party) {
	label, ok := party.Pod.Labels[labelTLSMode]
	without := ok && label == "disabled" || !ok && !takesMesh(party)
	switch {
	case without && party.Enrolment.Mode == mesh.ModeUnknown && party.Pod.IsTemplate():
		r.all = r.all.And(truth.Unknown)
		r.gaps = append(r.gaps, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: party.Pod.Object(), Loc: party.Pod.At("metadata"),
			Detail: "it is not known whether the pod will have a sidecar, and one pod of a headless Service without it turns mutual TLS off for all",
		})
	case without && r.all != truth.False:
		r.all, r.why = truth.False, labelStep(party.Pod, false)
		r.why.Detail = "a pod behind the Service has no label " + labelTLSMode + "=istio, which turns mutual TLS off for all of them, because connections go to the address that the client chose"
	default:
	}
}

// sendsTo reports whether a port of a Service leads to some port of the pod.
func sendsTo(s *mesh.Service, port uint16, p *mesh.Pod) bool {
	for _, sp := range s.Ports {
		if _, ok := sp.Target(p); ok && sp.Port == port {
			return true
		}
	}
	return false
}

package istio

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// destinations are a target as the proxies of each revision see it. They are made for one question
// and not shared.
type destinations struct {
	layer  *Layer
	target mesh.Target
	byView map[*revision]*destination
	bound  *mesh.Binding // of the Service; nil while nobody has asked
}

func newDestinations(l *Layer, t mesh.Target) *destinations {
	return &destinations{layer: l, target: t}
}

// binding is the waypoint of the Service that the target is addressed by; zero for none.
func (ds *destinations) binding() mesh.Binding {
	if ds.bound == nil {
		b, _ := ds.layer.Bind(ds.target.Way.Service)
		ds.bound = &b
	}
	return *ds.bound
}

// under is the target as a revision's proxies see it.
func (ds *destinations) under(rev *revision) *destination {
	if d, ok := ds.byView[rev]; ok {
		return d
	}
	if ds.byView == nil {
		ds.byView = map[*revision]*destination{}
	}
	d := ds.layer.newDestination(ds, rev)
	ds.byView[rev] = d
	return d
}

// destination is a target as one control plane describes it to its proxies.
type destination struct {
	all      *destinations
	view     *clientView
	way      mesh.Way
	port     uint16 // of the server's pod
	server   mesh.Party
	end      *endpoint      // nil where gaps are
	notTCP   bool           // the Service's port is not TCP
	detected bool           // the Service's port names no protocol
	headless []*destination // the headless Services that the pod's own address belongs to
	gaps     []mesh.Gap     // why nothing of this is known

	listed    []*mergedRule // the rules for a client in the namespace listedFor
	doubts    []mesh.Gap
	listedFor string
	asked     bool
}

func (l *Layer) newDestination(ds *destinations, rev *revision) *destination {
	v := l.view(rev)
	d := &destination{all: ds, view: v, way: ds.target.Way, port: ds.target.Port, server: ds.target.Server}
	d.gaps = v.gaps
	if p := d.server.Pod; rev != nil && rev.discovers(p.Namespace) != truth.True {
		d.gaps = append(slices.Clone(d.gaps), undiscovered(rev, p))
	}
	if d.server.Enrolment.Mode == mesh.ModeUnknown && d.server.Pod.IsTemplate() {
		d.gaps = append(slices.Clone(d.gaps), orIncomplete(d.server.Enrolment.Unknown, d.server.Pod, "how the server is enrolled is not known")...)
	}
	if len(d.gaps) > 0 {
		return d
	}
	d.end = v.endpointOf(d.server, d.port)
	if s := d.way.Service; s == nil {
		d.findHeadless()
	} else {
		d.readPort(s)
	}
	return d
}

// readPort notes what the Service says of the port that the client addresses.
func (d *destination) readPort(s *mesh.Service) {
	for _, sp := range s.Ports {
		if sp.Port == d.way.Port {
			d.notTCP = sp.Protocol != "TCP"
			d.detected = servicePortProtocol(sp) == mesh.ProtocolDetected
			if !d.notTCP {
				return
			}
		}
	}
}

// findHeadless finds the headless Services for whose pods sidecars listen by address: on ports that
// are not declared to be HTTP, and have the same number on both sides.
func (d *destination) findHeadless() {
	for _, s := range d.view.layer.services[d.server.Pod.Workload] {
		if !s.Headless || !(mesh.Way{Service: s, Port: d.port}).Leads(d.server.Pod, d.port) {
			continue
		}
		h := &destination{all: d.all, view: d.view, way: mesh.Way{Service: s, Port: d.port}, port: d.port, server: d.server, end: d.end}
		h.readPort(s)
		if h.notTCP || !h.detected && h.http(s) {
			continue
		}
		d.headless = append(d.headless, h)
	}
}

func (d *destination) http(s *mesh.Service) bool {
	return slices.ContainsFunc(s.Ports, func(sp mesh.ServicePort) bool {
		return sp.Port == d.way.Port && sp.Protocol == "TCP" && servicePortProtocol(sp) == mesh.ProtocolHTTP
	})
}

// addressed is the port that the client itself connects to.
func (d *destination) addressed() uint16 {
	if d.way.Service == nil {
		return d.port
	}
	return d.way.Port
}

func (d *destination) notTCPStep() mesh.Step {
	s := d.way.Service
	return mesh.Step{
		Rule: ruleNotCaptured, Object: s.Object(), Loc: s.At("spec.ports"),
		Detail: "the port is not TCP, and proxies take in nothing else",
	}
}

// rules are those of which one counts for clients in a namespace.
func (d *destination) rules(namespace string) ([]*mergedRule, []mesh.Gap) {
	if !d.asked || d.listedFor != namespace {
		d.listed, d.doubts = d.view.rules.candidates(namespace, d.way.Service.Namespace.Name, d.view.hosts[d.way.Service])
		d.asked, d.listedFor = true, namespace
	}
	return d.listed, d.doubts
}

// cluster is how a client's proxy opens connections to the Service. The gaps say why that is not known.
func (d *destination) cluster(k *caller) (dial, []mesh.Gap) {
	list, gaps := d.rules(k.namespace)
	c := dial{hbone: d.view.hbone, unsent: d.view.unsent, prefers: d.view.prefers, waypoint: k.mode == mesh.ModeWaypoint}
	c.sidecar = k.mode == mesh.ModeSidecar || k.mode == mesh.ModeNativeSidecar
	if k.noHBONE {
		c.hbone, c.unsent = truth.False, false
	}
	if c.waypoint {
		c.rule = unselective(list)
	} else {
		c.rule = choose(list, k.namespace, k.labels)
	}
	if c.rule != nil {
		c.tls = c.rule.main.of(d.way.Port)
		gaps = withGaps(gaps, c.rule.gaps)
		gaps = withGaps(gaps, d.subsetGaps(c))
	}
	s := d.way.Service
	gaps = withGaps(gaps, d.view.backendGaps(s.Object(), c.rule))
	c.passes = s.Headless && k.mode != mesh.ModeGateway && !d.view.eds || c.tls.passes
	if c.tls.cluster == nil {
		d.autoMTLS(&c)
	}
	return c, gaps
}

// autoMTLS says whether Istio begins mutual TLS to the Service of its own accord.
// pilot/pkg/networking/core/cluster_tls.go buildUpstreamTLSSettings.
func (d *destination) autoMTLS(c *dial) {
	s := d.way.Service
	if !d.view.auto {
		c.auto, c.autoWhy = truth.False, d.view.autoWhy
		return
	}
	if s.Headless || c.rule != nil && c.rule.main.passes {
		if ready := d.view.allTake(s, d.way.Port); ready.all != truth.True {
			c.auto, c.autoWhy, c.autoGaps = ready.all, ready.why, ready.gaps
			return
		}
	}
	m := d.view.modes[s.Namespace.Name]
	c.auto, c.autoWhy, c.autoGaps = m.disabled.Not(), m.why, m.gaps
}

// throughCluster is what a client's proxy sends to the Service.
func (d *destination) throughCluster(k *caller) mesh.Sending {
	s := d.way.Service
	if s == nil { // a waypoint, which forwards to pods by their address
		return dial{waypoint: true}.to(d.end)
	}
	if s.Type == "ExternalName" {
		return mesh.Sending{Unknown: []mesh.Gap{{
			Reason: source.ProblemUnsupported, Object: s.Object(), Loc: s.At("spec.type"), Detail: "the Service is a name for another host, which is not followed",
		}}}
	}
	c, gaps := d.cluster(k)
	if len(gaps) > 0 {
		return mesh.Sending{Unknown: gaps}
	}
	return c.to(d.end)
}

// subsetGaps names the VirtualServices that send to a subset in which the server stands and for which
// the rule has another word about TLS: which of the two a connection meets depends on its route.
func (d *destination) subsetGaps(c dial) []mesh.Gap {
	return d.view.subsetGaps(c, d.view.hosts[d.way.Service], d.way.Port, func(s ruleSubset) bool {
		return kube.Subset(s.GetLabels(), d.server.Pod.Labels)
	})
}

// subsetGaps does so for a port of any host, and for those subsets that hold its server.
func (v *clientView) subsetGaps(c dial, host string, port uint16, holds func(ruleSubset) bool) []mesh.Gap {
	var gaps []mesh.Gap
	for _, s := range c.rule.subsets {
		own, ok := c.rule.sub[s.GetName()]
		if !ok || !holds(s) {
			continue
		}
		t := own.of(port)
		alike := t.cluster.GetMode() == c.tls.cluster.GetMode() && (t.cluster == nil) == (c.tls.cluster == nil) && t.passes == c.tls.passes
		settings := "TLS settings"
		switch {
		case wraps(s.GetTrafficPolicy()):
			settings = "a tunnel or a PROXY protocol"
		case alike:
			continue
		}
		for _, g := range v.routes.routesTo(host, s.GetName()) {
			g.Detail += ", for which DestinationRule " + s.rule.name() + " has " + settings + " of its own"
			gaps = append(gaps, g)
		}
	}
	return gaps
}

const labelIngressUseWaypoint = "istio.io/ingress-use-waypoint"

// ingressUsesWaypoint reports whether gateways, too, reach the Service through its waypoint: its own
// label says so, else that of its namespace.
// pilot/pkg/serviceregistry/ambient/services.go ingressUseWaypointFromLabels;
// pilot/pkg/xds/endpoints/endpoint_builder.go findServiceWaypoint.
func (d *destination) ingressUsesWaypoint() (mesh.Step, bool) {
	s := d.way.Service
	if s.Headless || d.view.rev == nil || !d.view.rev.flagOr("ENABLE_INGRESS_WAYPOINT_ROUTING", true) {
		return mesh.Step{}, false
	}
	step := mesh.Step{Rule: ruleUseWaypoint, Object: s.Object(), Loc: s.LabelLoc(labelIngressUseWaypoint)}
	value, ok := s.Labels[labelIngressUseWaypoint]
	if !ok {
		value = s.Namespace.Labels[labelIngressUseWaypoint]
		step.Object, step.Loc = s.Namespace.Object(), s.Namespace.LabelLoc(labelIngressUseWaypoint)
	}
	step.Detail = "label " + labelIngressUseWaypoint + "=" + value + " has gateways send to the Service's waypoint"
	return step, strings.EqualFold(value, "true")
}

// refusesHBONE reports whether a client's proxy metadata turns HBONE off.
func (v *clientView) refusesHBONE(p *mesh.Pod) bool {
	const name = "ISTIO_META_DISABLE_HBONE_SEND"
	if v.rev != nil && v.rev.mesh.pb.GetDefaultConfig().GetProxyMetadata()[name] == "true" {
		return true
	}
	if strings.Contains(p.Annotations[annotationProxyConfig], name) {
		own, _ := podProxyConfig(p)
		return own.GetProxyMetadata()[name] == "true"
	}
	px, ok := proxyOf(p)
	return ok && px.env(name) == "true"
}

package mesh

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Exposures lists how a port of the workload's pods is reached from outside the cluster without any
// proxy in between that the input knows: by the Services that send to it, in the order of their
// names, and by the pods' nodes.
func (c *Cluster) Exposures(w *Workload, port uint16) []Exposure {
	var all []Exposure
	for _, s := range w.services {
		for i, sp := range s.Ports {
			if w.sendsTo(s, sp, port) {
				all = append(all, s.exposures(i)...)
			}
		}
	}
	return append(all, w.hostExposures(port)...)
}

// sendsTo reports whether a port of a Service ends at a port of any of the workload's pods.
func (w *Workload) sendsTo(s *Service, sp ServicePort, port uint16) bool {
	ends := func(p *Pod) bool {
		n, ok := sp.Target(p)
		return ok && n == port && kube.Subset(s.Selector, p.Labels)
	}
	if ends(w.template) {
		return true
	}
	for p := range w.Pods() {
		if ends(p) {
			return true
		}
	}
	return false
}

// exposures are the ways to a port of the Service from outside: none for a Service of type ClusterIP
// without external addresses.
func (s *Service) exposures(port int) []Exposure {
	sp := s.Ports[port]
	at := s.At(source.Index("spec.ports", port))
	var all []Exposure
	add := func(kind EntryKind, number uint16, addresses, sources []string) {
		all = append(all, Exposure{
			Kind: kind, Object: s.Object(), Loc: at, Port: number, Addresses: addresses, Sources: sources,
			Local: s.exposed.ExternalTrafficPolicy == "Local",
		})
	}
	switch s.Type {
	case "LoadBalancer":
		add(EntryLoadBalancer, sp.Port, nil, s.exposed.SourceRanges)
		if allocate := s.exposed.AllocateNodePorts; sp.NodePort != 0 || allocate == nil || *allocate {
			add(EntryNodePort, sp.NodePort, nil, nil)
		}
	case "NodePort":
		add(EntryNodePort, sp.NodePort, nil, nil)
	default:
	}
	if len(s.exposed.ExternalIPs) > 0 && s.Type != "ExternalName" {
		add(EntryExternalIP, sp.Port, s.exposed.ExternalIPs, nil)
	}
	return all
}

// serviceExposure is what of a Service's spec says how it is reached from outside.
type serviceExposure struct {
	ExternalName          string
	ExternalIPs           []string
	SourceRanges          []string
	ExternalTrafficPolicy string
	AllocateNodePorts     *bool
}

// hostExposures are the ways by the pods' nodes to one of their ports, as the template has them.
func (w *Workload) hostExposures(port uint16) []Exposure {
	var all []Exposure
	for _, hp := range w.hostPorts() {
		if hp.pod == port {
			all = append(all, hp.exposure)
		}
	}
	return all
}

// hostPort is a port of pods that their nodes give away.
type hostPort struct {
	pod      uint16
	protocol string
	name     string
	exposure Exposure
}

// hostPorts are those of the template's containers, in their order. A pod that shares its node's
// network gives away every port that it listens on; those that it declares are known.
func (w *Workload) hostPorts() []hostPort {
	t := w.template
	var all []hostPort
	for i, c := range t.Spec.Containers {
		for j, p := range c.Ports {
			kind, port := EntryHostPort, p.HostPort
			if t.Spec.HostNetwork {
				kind, port = EntryHostNetwork, p.ContainerPort
			}
			if port == 0 {
				continue
			}
			e := Exposure{
				Kind: kind, Object: t.Object(), Port: port, Local: true,
				Loc: t.At(source.Index(source.Index("spec.containers", i)+".ports", j)),
			}
			if p.HostIP != "" {
				e.Addresses = []string{p.HostIP}
			}
			all = append(all, hostPort{p.ContainerPort, cmp.Or(p.Protocol, "TCP"), p.Name, e})
		}
	}
	return all
}

// exposed are the entries that lead to pods without a gateway or an Ingress.
func (c *Cluster) exposed() []Entry {
	var all []Entry
	for _, s := range c.services {
		for i := range s.Ports {
			if e, ok := s.entry(i); ok {
				all = append(all, e)
			}
		}
	}
	for _, w := range c.workloads {
		all = append(all, w.hostEntries()...)
	}
	return all
}

// entry is a Service's port as an entry; false when it is not reached from outside.
func (s *Service) entry(port int) (Entry, bool) {
	ways := s.exposures(port)
	if len(ways) == 0 {
		return Entry{}, false
	}
	sp, way := s.Ports[port], ways[0]
	e := Entry{
		Kind: way.Kind, Object: s.Object(), Loc: way.Loc, Listener: sp.Name, Port: sp.Port, Protocol: sp.Protocol,
		Exposed: ways, TLS: EdgeOpaque, RedirectsToTLS: truth.False, Unknown: s.Gaps(),
	}
	b := s.Backend(sp.Port)
	b.Route, b.Loc = e.Object, e.Loc
	e.Backends = []Backend{b}
	if len(e.Unknown) == 0 {
		e.Served = truth.True
	}
	if way.Kind == EntryExternalIP {
		e.Why = []Step{{Rule: RuleExternalIP, Object: e.Object, Loc: s.At("spec.externalIPs"), Detail: "the Service takes connections to " + strings.Join(way.Addresses, ", ")}}
	} else {
		e.Why = []Step{{Rule: RuleServiceType, Object: e.Object, Loc: s.At("spec.type"), Detail: "the Service is of type " + s.Type}}
	}
	if gap, ends := s.balancerTLS(); ends {
		e.TLS, e.Unknown = EdgeUnknown, append(e.Unknown, gap)
	}
	return e, true
}

// tlsAnnotations are those by which cloud providers let a Service's load balancer end TLS.
var tlsAnnotations = []string{
	"service.beta.kubernetes.io/aws-load-balancer-ssl-cert",
	"service.beta.kubernetes.io/do-loadbalancer-certificate-id",
	"service.beta.kubernetes.io/do-loadbalancer-certificate-name",
	"service.beta.kubernetes.io/oci-load-balancer-ssl-ports",
	"service.beta.kubernetes.io/linode-loadbalancer-tls-ports",
	"kubernetes.digitalocean.com/load-balancer-tls-ports",
}

// balancerTLS reports that the load balancer before the Service may end TLS itself, which is the
// provider's business.
func (s *Service) balancerTLS() (Gap, bool) {
	for _, name := range tlsAnnotations {
		if _, ok := s.Annotations[name]; ok && s.Type == "LoadBalancer" {
			return Gap{
				Reason: source.ProblemUnsupported, Object: s.Object(), Loc: s.At(source.Key("metadata.annotations", name)),
				Detail: "the provider's load balancer may end TLS, which is not evaluated",
			}, true
		}
	}
	return Gap{}, false
}

// Backend is a port of the Service as a place to send traffic to: what is behind it, and why that is not
// known or will not work. Route, Loc and the rest are up to who sends.
func (s *Service) Backend(port uint16) Backend {
	b := Backend{Service: s, Port: port}
	i := slices.IndexFunc(s.Ports, func(sp ServicePort) bool { return sp.Port == port })
	switch {
	case s.Type == "ExternalName":
		b.External = s.exposed.ExternalName
		return b
	case i < 0:
		b.Unknown = append(b.Unknown, Gap{
			Reason: source.ProblemDangling, Object: s.Object(), Loc: s.At("spec.ports"),
			Detail: "the Service has no such port",
		})
		return b
	case len(s.Selector) == 0:
		b.Unknown = append(b.Unknown, Gap{
			Reason: source.ProblemIncomplete, Object: s.Object(), Loc: s.At("metadata.name"),
			Detail: "the Service selects no pods, so what is behind it is not known",
		})
		return b
	}
	b.Workloads = slices.Clone(s.workloads)
	b.Unknown = s.Gaps()
	if len(b.Workloads) == 0 {
		b.Unknown = append(b.Unknown, Gap{
			Reason: source.ProblemIncomplete, Object: s.Object(), Loc: s.At("spec.selector"),
			Detail: "the Service selects no workload of the input",
		})
	}
	return b
}

// hostEntries are the ports of the workload that its nodes give away.
func (w *Workload) hostEntries() []Entry {
	var all []Entry
	for _, hp := range w.hostPorts() {
		e := Entry{
			Kind: hp.exposure.Kind, Object: hp.exposure.Object, Loc: hp.exposure.Loc, Listener: hp.name, Port: hp.exposure.Port,
			Protocol: hp.protocol, Exposed: []Exposure{hp.exposure}, TLS: EdgeOpaque, RedirectsToTLS: truth.False,
			Backends: []Backend{{Route: hp.exposure.Object, Loc: hp.exposure.Loc, Port: hp.pod, Workloads: []*Workload{w}}},
			Unknown:  slices.Clone(w.template.gaps),
		}
		if len(e.Unknown) == 0 {
			e.Served = truth.True
		}
		step := Step{Rule: RuleHostPort, Object: e.Object, Loc: e.Loc, Detail: "the container has a port on its node"}
		if e.Kind == EntryHostNetwork {
			step = Step{Rule: RuleHostNetwork, Object: e.Object, Loc: w.template.At("spec.hostNetwork"), Detail: "the pod shares its node's network"}
		}
		e.Why = []Step{step}
		all = append(all, e)
	}
	return all
}

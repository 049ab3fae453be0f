package linkerd

import (
	"net/netip"
	"slices"

	"github.com/meshposture/meshposture/kube"
	externalworkload "github.com/meshposture/meshposture/linkerd/api/externalworkload/v1beta1"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// defaultInboundPort is where the proxy of a machine listens that names no port for it
// (controller/api/destination/server.go defaultProxyInboundPort).
const defaultInboundPort = 4143

// proxyPortName is the name of the port on which proxies take what clients send.
const proxyPortName = "linkerd-proxy"

// machine is an ExternalWorkload: a machine outside of the cluster with a proxy of the mesh.
type machine struct {
	resource
	spec    externalworkload.ExternalWorkloadSpec
	inbound uint16  // on which its proxy listens
	opaque  portSet // by its annotation, else the ports that are opaque everywhere
}

// Machines lists the ExternalWorkloads.
func (Adapter) Machines(objs mesh.Objects) []mesh.Machine {
	var all []mesh.Machine
	c := &compiler{} // what it reports is reported when the machines are compiled
	for o := range objs.Objects(kindExternalWorkload) {
		m := c.machine(o)
		ports, addrs := c.reached(m)
		all = append(all, mesh.Machine{
			Object: o, Labels: m.meta.Labels, Annotations: m.meta.Annotations, Ports: ports, Addrs: addrs, Gaps: m.gaps,
		})
	}
	return all
}

// machines reads the ExternalWorkloads, by the workload that each becomes.
func (c *compiler) machines(s *settings) map[mesh.WorkloadID]*machine {
	all := map[mesh.WorkloadID]*machine{}
	for o := range c.in.Objects.Objects(kindExternalWorkload) {
		m := c.machine(o)
		c.reached(m)
		m.listens(s)
		all[mesh.WorkloadID{Namespace: o.Ref.Namespace, Kind: o.Ref.Kind.Kind, Name: o.Ref.Name}] = m
	}
	return all
}

// machine reads one. Without an identity nobody can make out whom clients are to expect.
func (c *compiler) machine(o source.Object) *machine {
	v, r := decode(c, o, func(w *externalworkload.ExternalWorkload) *kube.Meta { return &w.Meta })
	m := &machine{resource: r, spec: v.Spec}
	if m.spec.MeshTLS.Identity == "" && len(m.gaps) == 0 {
		m.gaps = append(m.gaps, c.report(source.ProblemIncomplete, o, "spec.meshTLS.identity", "an ExternalWorkload must have an identity"))
	}
	return m
}

// listens works out what clients are told of the ports.
func (m *machine) listens(s *settings) {
	m.inbound = defaultInboundPort
	if n, ok := m.portNamed(proxyPortName); ok {
		m.inbound = n
	}
	text, given := m.meta.Annotations[annotationOpaquePorts]
	if !given {
		text = *s.values.Proxy.OpaquePorts
	}
	m.opaque = lenientPorts(text, m.portNamed)
}

// portNamed is the first port of that name.
func (m *machine) portNamed(name string) (uint16, bool) {
	for _, p := range m.spec.Ports {
		if p.Name == name && name != "" && 0 < p.Port && p.Port <= 65535 {
			return uint16(p.Port), true
		}
	}
	return 0, false
}

// reached reads the ports and addresses; what is none becomes a gap of the machine.
func (c *compiler) reached(m *machine) ([]kube.ContainerPort, []netip.Addr) {
	var ports []kube.ContainerPort
	for i, p := range m.spec.Ports {
		if p.Port < 1 || p.Port > 65535 {
			m.gaps = append(m.gaps, c.report(source.ProblemBadValue, m.obj, source.Index("spec.ports", i)+".port", "it is not a port"))
			continue
		}
		ports = append(ports, kube.ContainerPort{Name: p.Name, ContainerPort: uint16(p.Port), Protocol: p.Protocol})
	}
	var addrs []netip.Addr
	for i, ip := range m.spec.WorkloadIPs {
		a, err := netip.ParseAddr(ip.Ip)
		if err != nil {
			m.gaps = append(m.gaps, c.report(source.ProblemBadValue, m.obj, source.Index("spec.workloadIPs", i)+".ip", "it is not an address"))
			continue
		}
		addrs = append(addrs, a)
	}
	return ports, addrs
}

// machineOf is the ExternalWorkload that a pod stands for; nil when it stands for none.
func (l *Layer) machineOf(p *mesh.Pod) *machine {
	if !p.Machine {
		return nil
	}
	return l.machines[p.Workload.ID()]
}

// machineEnrolment says what an ExternalWorkload is: its proxy is run by other means, and clients are told
// the identity that the object names (controller/api/destination/endpoint_translator.go
// createWeightedAddrForExternalWorkload).
func (l *Layer) machineEnrolment(p *mesh.Pod) mesh.Enrolment {
	m := l.machineOf(p)
	if m == nil {
		return mesh.Enrolment{Unknown: []mesh.Gap{{Reason: source.ProblemUnsupported, Object: p.Object(), Detail: "the machine is none of Linkerd's"}}}
	}
	step := m.step(ruleMachine, "spec.meshTLS.identity", "the machine is in the mesh as "+m.spec.MeshTLS.Identity)
	return mesh.Enrolment{
		Mode: mesh.ModeSidecar, Cause: mesh.CauseManual, Identity: m.spec.MeshTLS.Identity, Explicit: true,
		Advertises: []string{advertisesMTLS}, Why: []mesh.Step{step}, Unknown: slices.Clone(m.gaps),
	}
}

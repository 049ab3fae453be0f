package linkerd

import (
	"cmp"
	"net/netip"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// destination is a port of a pod as clients address it: what is the same for all of them.
type destination struct {
	target  mesh.Target
	dialled uint16 // the port that clients connect to
	addrs   []netip.Addr
	direct  bool // by the pod's own address
	nonTCP  bool // the pod declares the port, and for other protocols only

	// inside is whether proxies ask discovery for the address: True where they ask for a Service.
	inside    truth.Value
	reach     []mesh.Step // why
	reachGaps []mesh.Gap

	told endpoint
}

// step names a field of the server's pod.
func (d *destination) step(rule, field, detail string) mesh.Step {
	p := d.target.Server.Pod
	return mesh.Step{Rule: rule, Object: p.Object(), Loc: p.At(field), Detail: detail}
}

func (l *Layer) destination(t mesh.Target) *destination {
	d := &destination{target: t, dialled: t.Port, addrs: dialledAddrs(t), inside: truth.True}
	if s := t.Way.Service; s != nil && !s.Headless {
		d.dialled = t.Way.Port
	} else {
		d.direct = true
		// The name of a headless Service stands for the pods' own addresses.
		d.nonTCP = declaredOtherwise(t.Server.Pod, t.Port)
		l.reachDirectly(d)
	}
	d.told = l.discover(t.Server, t.Port)
	return d
}

// declaredOtherwise reports whether the pod declares the port, and never for TCP.
func declaredOtherwise(p *mesh.Pod, port uint16) bool {
	other := false
	for _, c := range p.Spec.Containers {
		for _, cp := range c.Ports {
			if cp.ContainerPort != port {
				continue
			}
			if cmp.Or(cp.Protocol, "TCP") == "TCP" {
				return false
			}
			other = true
		}
	}
	return other
}

// reachDirectly finds out whether discovery knows the pod's own address.
func (l *Layer) reachDirectly(d *destination) {
	p := d.target.Server.Pod
	switch {
	case p.Phase != "" && p.Phase != "Running":
		// controller/api/destination/watcher/workload_watcher.go updatePod
		d.inside = truth.False
		d.reach = []mesh.Step{d.step(ruleNotAPod, "status.phase", "discovery tells nothing of the address of a pod that does not run")}
		return
	case p.Spec.HostNetwork && !hostPort(p, d.target.Port):
		// controller/api/destination/watcher/k8s.go InitializeIndexers
		d.inside = truth.False
		d.reach = []mesh.Step{d.step(ruleNotAPod, "spec.hostNetwork", "discovery does not know the node's address for one of the pod, but by declared host ports")}
		return
	case len(d.target.Server.Addrs) == 0 && !l.settings.networks.all():
		d.reach = []mesh.Step{d.step(ruleAssumedNetwork, "metadata.name",
			"the pod's address is not in the input; it is taken to be in clusterNetworks, as an installation must have it")}
		return
	}
	d.inside = l.settings.networks.hasAll(d.target.Server.Addrs)
	if l.settings.networks.all() {
		return
	}
	switch {
	case d.inside == truth.False && len(l.settings.gaps) > 0:
		d.inside, d.reachGaps = truth.Unknown, l.settings.gaps
	case d.inside == truth.False:
		d.reach = []mesh.Step{
			d.step(ruleOutsideNetworks, "status.podIP", "the pod's address is outside of clusterNetworks, for which proxies do not ask discovery"),
			l.settings.at(ruleConfig, "clusterNetworks: "+l.settings.values.ClusterNetworks),
		}
	case d.inside == truth.Unknown:
		d.reachGaps = []mesh.Gap{{
			Reason: source.ProblemIncomplete, Object: p.Object(), Loc: p.At("status.podIPs"),
			Detail: "some addresses of the pods are in clusterNetworks and some are not: which one the client connects to decides",
		}}
	default:
	}
}

// hostPort reports whether a container exposes the port on the node.
func hostPort(p *mesh.Pod, port uint16) bool {
	for _, c := range p.Spec.Containers {
		for _, cp := range c.Ports {
			if cp.HostPort == port && port != 0 {
				return true
			}
		}
	}
	return false
}

package linkerd

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// scope is the namespace whose EgressNetworks count for clients of a namespace; empty where there are none.
func (e *egress) scope(namespace string) string {
	switch {
	case len(e.networks[namespace]) > 0:
		return namespace
	case len(e.networks[e.global]) > 0:
		return e.global
	default:
		return ""
	}
}

// takenForEgress is what a client sends to the own address of a pod that is in an EgressNetwork of its. The
// policy controller then answers with that network before anybody asks for the pod, and what it names is
// the bare address (policy-controller/runtime/src/lib.rs lookup_ip, policy-controller/grpc/src/outbound.rs
// default_backend). It returns false where no EgressNetwork has the address.
func (l *Layer) takenForEgress(c sender, d *destination) (mesh.Sending, bool) {
	if !d.direct || l.egress.scope(c.Pod.Namespace.Name) == "" {
		return mesh.Sending{}, false
	}
	open := func(n *egressNetwork, detail string) (mesh.Sending, bool) {
		gap := mesh.Gap{Reason: source.ProblemIncomplete, Object: n.obj.Ref, Loc: n.at("spec.networks"), Detail: detail}
		return mesh.Sending{Why: d.reach, Unknown: append([]mesh.Gap{gap}, n.gaps...)}, true
	}
	for _, n := range l.egress.seen(c.Pod.Namespace.Name) {
		if len(n.gaps) > 0 {
			return open(n, "whether the EgressNetwork has the pod's address is not known")
		}
		if len(d.target.Server.Addrs) == 0 && !n.accepted() {
			return open(n, "the EgressNetwork reaches into clusterNetworks, and the pod's address is not known")
		}
	}
	var found *egressNetwork
	var sends mesh.Sending
	in, differ := 0, false
	for _, a := range d.target.Server.Addrs {
		n := l.egress.resolve(c.Pod.Namespace.Name, a)
		if n == nil {
			continue
		}
		s := n.send(c.Pod.Namespace.Name, d.target.Port)
		differ = differ || in > 0 && s.Wire != sends.Wire
		found, sends, in = n, s, in+1
	}
	switch {
	case in == 0:
		return mesh.Sending{}, false
	case in < len(d.target.Server.Addrs):
		return open(found, "the EgressNetwork has some addresses of the pods: which one the client connects to decides")
	case differ:
		return open(found, "EgressNetworks treat the addresses of the pods differently: which one the client connects to decides")
	default:
		return sends, true
	}
}

// send is what leaves for a pod's address that the EgressNetwork has.
func (n *egressNetwork) send(namespace string, port uint16) mesh.Sending {
	step := n.step(ruleTakenForEgress, "spec.networks", "the pod's address is in an EgressNetwork, for which discovery gives clients no identity")
	at := n.ports[port]
	switch {
	case at != nil && len(at.seenBy(namespace, n.obj.Ref.Namespace))+len(at.gaps) > 0, len(n.namesakes) > 0:
		return mesh.Sending{Why: []mesh.Step{step}, Unknown: []mesh.Gap{{
			Reason: source.ProblemUnsupported, Object: n.obj.Ref, Loc: step.Loc,
			Detail: "routes of the EgressNetwork decide what becomes of connections to the pod's address, and that is not followed",
		}}}
	case n.deny == truth.True:
		refusal := n.step(ruleEgressDeny, "spec.trafficPolicy", "trafficPolicy is Deny: the client's proxy lets nothing out")
		return mesh.Sending{Wire: mesh.WireNothing, Why: []mesh.Step{step, refusal}}
	default:
		return plainly(step)
	}
}

package linkerd_test

import (
	"net/netip"
	"slices"
)

// What becomes of connections: controller/api/destination/endpoint_translator.go of linkerd2.

// oracleEdge is what becomes of a connection.
type oracleEdge struct {
	mtls     string // mutual, none or broken
	reason   string // in the words of the cases
	identity string // of the server, as the client expects it
	port     int    // on the wire
}

// edge is the connection of a pod to a port of a target by the address that it dials: the target's own, or
// that of a Service, whose port is dialled then.
func (w *oracleWorld) edge(client *oracleObject[oraclePod], t oracleTarget, port int, dialled netip.Addr, dialledPort int) oracleEdge {
	none := func(reason string) oracleEdge { return oracleEdge{mtls: "none", reason: reason, port: port} }
	if container, _ := w.podTarget(client).proxied(); !container {
		return none("client-not-meshed")
	}
	skip, own := client.Annotations["config.linkerd.io/skip-outbound-ports"]
	if !own {
		skip = w.skipDefault(w.config.Init.SkipOut)
	}
	container, _ := t.proxied()
	label := t.Labels["linkerd.io/control-plane-ns"]
	switch {
	case oracleSet(skip)(dialledPort):
		return none("client-outbound-port-skipped")
	case !oracleAny(w.networks(), dialled):
		return none("outside-cluster-networks")
	case w.isEgress(client.Namespace, dialled):
		return none(oracleThroughEgress)
	case client.Status.IP != "" && t.addr.IsValid() && client.Status.IP == t.addr.String():
		return none("same-pod")
	case t.machine:
		return oracleEdge{"mutual", "meshed", w.machineIdentity(t), w.wirePort(t, port)}
	case label == "":
		return none("server-not-meshed")
	case oracleSet(t.Annotations["config.linkerd.io/skip-inbound-ports"])(port):
		return none("server-inbound-port-skipped")
	case label != "linkerd":
		return none("different-control-plane")
	case !container:
		return oracleEdge{mtls: "broken", reason: "label-without-proxy"}
	}
	e := oracleEdge{"mutual", "meshed", w.podIdentity(w.pod(t.Namespace + "/" + t.Name)), w.wirePort(t, port)}
	from, _ := netip.ParseAddr(client.Status.IP)
	if e.port == port && !oracleProxyPort(port) && w.skips(t, port, from) {
		// The destination controller asks for no more than the pod's annotation of ports: the client begins TLS
		// that goes around the server's proxy. What is sent to the proxy's own port arrives there all the same.
		return oracleEdge{mtls: "broken", reason: "server-inbound-port-skipped"}
	}
	return e
}

// oracleThroughEgress is the reason where the policy of an EgressNetwork, which knows no identities, takes the
// place of what discovery says of the pod (linkerd2-proxy linkerd/app/outbound/src/sidecar.rs).
const oracleThroughEgress = "egress-network"

// outOf is what an EgressNetwork makes of connections to a port of an address; routed reports whether
// routes have a say.
func (w *oracleWorld) outOf(namespace string, addr netip.Addr, port int) (mtls string, routed bool) {
	n, _ := w.egressFor(namespace, addr)
	for _, kind := range []string{"GRPCRoute", "HTTPRoute", "TLSRoute", "TCPRoute"} {
		routed = routed || len(w.attached(n, port, kind, namespace)) > 0
	}
	if n.Spec.Traffic == "Deny" {
		return "broken", routed
	}
	return "none", routed
}

func (w *oracleWorld) isEgress(namespace string, dialled netip.Addr) bool {
	_, found := w.egressFor(namespace, dialled)
	service := slices.ContainsFunc(w.services, func(s oracleObject[oracleService]) bool { return s.Spec.IP == dialled.String() })
	return found && !service
}

func (w *oracleWorld) podIdentity(p *oracleObject[oraclePod]) string {
	return w.identity(oracleOr(p.Spec.Account, "default"), p.Namespace)
}

func (w *oracleWorld) machineIdentity(t oracleTarget) string {
	for _, m := range w.machines {
		if m.Namespace == t.Namespace && m.Name == t.Name {
			return m.Spec.TLS.Identity
		}
	}
	return ""
}

// wirePort is the port that the client's proxy connects to.
func (w *oracleWorld) wirePort(t oracleTarget, port int) int {
	if port == 4190 || port == 4191 {
		return port
	}
	mode := w.config.Proxy.Transport
	if w.since(18) && mode != "transparent" {
		return 4143
	}
	opaque, own := t.Annotations["config.linkerd.io/opaque-ports"]
	if !own {
		opaque = "25,587,3306,4444,5432,6379,9300,11211"
		if w.config.Proxy.Opaque != nil {
			opaque = *w.config.Proxy.Opaque
		}
	}
	if oracleSet(opaque)(port) {
		return 4143
	}
	if w.saysOpaque(t, port) {
		return 4143
	}
	return port
}

// saysOpaque reports whether the destination controller takes the port for opaque by a Server: it evaluates
// selectors as Kubernetes does, and before 2.20 those of all namespaces
// (controller/api/destination/watcher/endpoints_watcher.go SetToServerProtocol).
func (w *oracleWorld) saysOpaque(t oracleTarget, port int) bool {
	containers := t.containers
	if w.since(20) {
		containers = slices.Concat(t.initContainers, containers)
	}
	for _, s := range w.servers {
		selector := s.Spec.Pods
		if t.machine {
			selector = s.Spec.Machines
		}
		if s.Spec.Protocol != "opaque" || w.since(20) && s.Namespace != t.Namespace || !selector.kubernetes(t.Labels) {
			continue
		}
		if number, is := s.Spec.Port.number(); is {
			if number == port {
				return true
			}
			continue
		}
		if t.machine && slices.Contains(t.named[string(s.Spec.Port)], port) {
			return true
		}
		for _, c := range containers {
			if slices.ContainsFunc(c.Ports, func(p oraclePort) bool { return p.Name == string(s.Spec.Port) && p.Number == port }) {
				return true
			}
		}
	}
	return false
}

// kubernetes is selects by the rules of Kubernetes: a selector that is missing selects nothing, and lists
// that are empty are like those that are not there.
func (s *oracleSelector) kubernetes(labels map[string]string) bool {
	if s == nil {
		return false
	}
	plain := oracleSelector{Labels: s.Labels}
	for _, e := range s.Expressions {
		if e.Values != nil && len(*e.Values) == 0 {
			e.Values = nil
		}
		plain.Expressions = append(plain.Expressions, e)
	}
	return plain.selects(labels)
}

// oracleProxyPort reports whether the port is one of the proxy's own.
func oracleProxyPort(port int) bool {
	return port == 4140 || port == 4143 || port == 4190 || port == 4191
}

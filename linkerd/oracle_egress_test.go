package linkerd_test

import (
	"net/netip"
	"slices"
	"strings"
)

// Where requests to addresses go: lookup_ip of policy-controller/runtime/src/lib.rs, and
// policy-controller/k8s/index/src/outbound/index/egress_network.rs of linkerd2.

// oracleWayOut is what a request to an address meets.
type oracleWayOut struct {
	verdict string // allow, deny or in-cluster
	network string // "namespace/name"; empty for none
	reason  string
	status  int
	open    bool // the oracle does not know what the proxy does
}

type oracleEgressNetwork = oracleObject[oracleEgress]

func (w *oracleWorld) wayOut(namespace string, addr netip.Addr, port int, req oracleSent) oracleWayOut {
	for _, s := range w.services {
		if s.Spec.IP == addr.String() {
			declared := slices.ContainsFunc(s.Spec.Ports, func(p oracleServicePort) bool { return p.Port == port })
			return oracleWayOut{verdict: "in-cluster", reason: "cluster-ip", open: !declared}
		}
	}
	n, found := w.egressFor(namespace, addr)
	switch {
	case !found && oracleAny(w.networks(), addr):
		return oracleWayOut{verdict: "in-cluster", reason: "no-egress-network"}
	case !found:
		return oracleWayOut{verdict: "allow", reason: "no-egress-network"}
	}
	out := w.through(n, namespace, port, req)
	out.network = n.Namespace + "/" + n.Name
	return out
}

// oracleBlock is the number of hosts in a network without its exceptions, as the crate ipnet counts them:
// without the first and the last address of IPv4, and modulo 2^64.
func oracleBlock(n oracleNet) uint64 {
	hosts := func(cidr string) uint64 {
		p, err := netip.ParsePrefix(cidr)
		if err != nil {
			return 1
		}
		size := uint64(1)
		for range p.Addr().BitLen() - p.Bits() {
			size *= 2
		}
		if p.Addr().Is4() && p.Bits() < 31 {
			size -= 2
		}
		return size
	}
	size := hosts(n.CIDR)
	for _, x := range n.Except {
		size -= hosts(x)
	}
	return size
}

// egressNets are the ranges of an EgressNetwork.
func (w *oracleWorld) egressNets(n oracleEgressNetwork) []oracleNet {
	if n.Spec.Networks != nil {
		return n.Spec.Networks
	}
	four, six := oracleNet{CIDR: "0.0.0.0/0"}, oracleNet{CIDR: "::/0"}
	for _, c := range w.networks() {
		if strings.Contains(c.CIDR, ":") {
			six.Except = append(six.Except, c.CIDR)
		} else {
			four.Except = append(four.Except, c.CIDR)
		}
	}
	return []oracleNet{four, six}
}

func (w *oracleWorld) egressFor(namespace string, addr netip.Addr) (best oracleEgressNetwork, found bool) {
	if !w.since(17) {
		return best, false
	}
	of := func(namespace string) (all []oracleEgressNetwork) {
		for _, n := range w.egress {
			if n.Namespace == namespace {
				all = append(all, n)
			}
		}
		return all
	}
	candidates := of(namespace)
	if len(candidates) == 0 {
		candidates = of(oracleOr(w.config.Egress.Global, "linkerd-egress"))
	}
	slices.SortFunc(candidates, func(a, b oracleEgressNetwork) int { return oracleOlder(a.oracleMeta, b.oracleMeta) })
	var size uint64
	for _, n := range candidates {
		for _, net := range w.egressNets(n) {
			if block := oracleBlock(net); oracleIn(net, addr) && (!found || block < size) {
				best, size, found = n, block, true
			}
		}
	}
	return best, found
}

// egressAccepted reports whether the network keeps clear of the cluster's.
func (w *oracleWorld) egressAccepted(n oracleEgressNetwork) bool {
	for _, net := range w.egressNets(n) {
		for _, c := range w.networks() {
			a, err1 := oraclePrefix(net.CIDR)
			b, err2 := oraclePrefix(c.CIDR)
			if err1 != nil || err2 != nil || !a.Overlaps(b) {
				continue
			}
			excepted := slices.ContainsFunc(net.Except, func(x string) bool {
				p, err := oraclePrefix(x)
				return err == nil && p.Contains(b.Addr()) && p.Bits() <= b.Bits()
			})
			if !excepted {
				return false
			}
		}
	}
	return true
}

func oraclePrefix(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}

// attached are the routes of a kind on a port of an EgressNetwork, for clients of a namespace; nobody
// when the namespace is empty, which is asked where all of them count.
func (w *oracleWorld) attached(n oracleEgressNetwork, port int, kind, namespace string) []oracleObject[oracleRoute] {
	var all []oracleObject[oracleRoute]
	for _, r := range w.routes {
		sees := namespace == "" || r.Namespace == n.Namespace || r.Namespace == namespace
		if r.Kind != kind || !sees {
			continue
		}
		if slices.ContainsFunc(r.Spec.Parents, func(p oracleParentRef) bool {
			is := strings.EqualFold(oracleOr(p.Group, r.group()), "policy.linkerd.io") && p.Kind == "EgressNetwork"
			return is && p.Name == n.Name && oracleOr(p.Namespace, r.Namespace) == n.Namespace && p.Port != nil && *p.Port == port
		}) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b oracleObject[oracleRoute]) int { return oracleOlder(a.oracleMeta, b.oracleMeta) })
	return all
}

// through is what the routes of a network's port, and then its traffic policy, say.
func (w *oracleWorld) through(n oracleEgressNetwork, namespace string, port int, req oracleSent) oracleWayOut {
	kind := ""
	for _, k := range []string{"GRPCRoute", "HTTPRoute", "TLSRoute", "TCPRoute"} {
		// The most specific kind that anybody attached shuts the others out.
		if len(w.attached(n, port, k, "")) > 0 && w.egressAccepted(n) {
			kind = k
			break
		}
	}
	var routes []oracleObject[oracleRoute]
	if kind != "" {
		routes = w.attached(n, port, kind, namespace)
	}
	matched := false
	switch {
	case len(routes) == 0:
		kind = ""
	case kind == "TCPRoute":
		matched = true
	case kind == "TLSRoute":
		if req.sni == "" {
			return oracleWayOut{open: true} // a port for TLS gets something else
		}
		matched = slices.ContainsFunc(routes, func(r oracleObject[oracleRoute]) bool {
			_, ok := oracleHost(r.Spec.Hosts, req.sni)
			return ok
		})
	case kind == "GRPCRoute" && !req.grpc:
		return oracleWayOut{open: true} // a port for gRPC gets something else
	case req.http:
		_, matched = oracleFind(routes, req)
	}
	switch {
	case matched:
		return oracleWayOut{verdict: "allow", reason: "route-matched"}
	case n.Spec.Traffic == "Allow":
		return oracleWayOut{verdict: "allow", reason: "traffic-policy-allow"}
	}
	out := oracleWayOut{verdict: "deny", reason: "traffic-policy-deny"}
	if req.http {
		out.status = 403
		if kind == "GRPCRoute" {
			out.status = 200 // with a grpc-status
		}
	}
	return out
}

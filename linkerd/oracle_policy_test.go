package linkerd_test

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
)

// What the policy controller makes of a port: policy-controller/k8s/index/src/inbound/index.rs and
// defaults.rs of linkerd2, read as nested loops.

// oracleTarget is a pod, or a machine, as the policy controller indexes it.
type oracleTarget struct {
	oracleMeta
	machine        bool
	containers     []oracleContainer
	initContainers []oracleContainer
	named          map[string][]int // TCP ports by name
	addr           netip.Addr
}

func (w *oracleWorld) podTarget(p *oracleObject[oraclePod]) oracleTarget {
	t := oracleTarget{oracleMeta: p.oracleMeta, containers: p.Spec.Containers, initContainers: p.Spec.InitContainers, named: map[string][]int{}}
	t.addr, _ = netip.ParseAddr(p.Status.IP)
	all := p.Spec.Containers
	if w.since(19) {
		all = slices.Concat(all, p.Spec.InitContainers)
	}
	for _, c := range all {
		for _, port := range c.Ports {
			if port.Name != "" && strings.EqualFold(oracleOr(port.Protocol, "TCP"), "TCP") {
				t.named[port.Name] = append(t.named[port.Name], port.Number)
			}
		}
	}
	return t
}

func oracleMachineTarget(m *oracleObject[oracleMachine]) oracleTarget {
	t := oracleTarget{oracleMeta: m.oracleMeta, machine: true, named: map[string][]int{}}
	if len(m.Spec.Addrs) > 0 {
		t.addr, _ = netip.ParseAddr(m.Spec.Addrs[0].IP)
	}
	for _, port := range m.Spec.Ports {
		if port.Name != "" && strings.EqualFold(oracleOr(port.Protocol, "TCP"), "TCP") {
			t.named[port.Name] = []int{port.Number} // names are unique: the last one counts
		}
	}
	return t
}

// proxied reports whether a proxy stands before the target, and whether the mesh's label says so.
func (t oracleTarget) proxied() (container, label bool) {
	if t.machine {
		return true, true
	}
	for _, c := range slices.Concat(t.containers, t.initContainers) {
		container = container || c.Name == "linkerd-proxy"
	}
	return container, t.Labels["linkerd.io/control-plane-ns"] != ""
}

// skips reports whether connections to the port, or from the address, go around the proxy.
func (w *oracleWorld) skips(t oracleTarget, port int, from netip.Addr) bool {
	if t.machine {
		return false
	}
	ports, own := t.Annotations["config.linkerd.io/skip-inbound-ports"]
	if !own {
		ports = w.skipDefault(w.config.Init.SkipIn)
	}
	if oracleSet(ports)(port) {
		return true
	}
	subnets, own := t.Annotations["config.linkerd.io/skip-subnets"]
	if !own {
		subnets = w.config.Init.Subnets
	}
	for subnet := range strings.SplitSeq(subnets, ",") {
		if from.IsValid() && oracleCovers(strings.TrimSpace(subnet), from) {
			return true
		}
	}
	return false
}

func (w *oracleWorld) skipDefault(given *string) string {
	if given != nil {
		return *given
	}
	return "4567,4568"
}

// serversOf are the Servers that claim a port, the one that counts first.
func (w *oracleWorld) serversOf(t oracleTarget, port int) []oracleObject[oracleServer] {
	var all []oracleObject[oracleServer]
	for _, s := range w.servers {
		selector := s.Spec.Pods
		if t.machine {
			selector = s.Spec.Machines
		}
		if s.Namespace != t.Namespace || selector == nil || !selector.selects(t.Labels) {
			continue
		}
		number, is := s.Spec.Port.number()
		if is && number == port || !is && slices.Contains(t.named[string(s.Spec.Port)], port) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b oracleObject[oracleServer]) int { return oracleOlder(a.oracleMeta, b.oracleMeta) })
	return all
}

// oracleGrant is one authorization: what it is called, and whom it lets in.
type oracleGrant struct {
	name     string // "kind/name"
	nets     []oracleNet
	anybody  bool
	anyTLS   bool
	patterns []string // identities, as they are written
}

// oraclePeer is what the server's proxy sees of a client.
type oraclePeer struct {
	addr     netip.Addr
	identity string // DNS-like or SPIFFE; empty for none
	tls      bool   // of the mesh
	direct   bool   // sends to the proxy's own port and names the other (linkerd/app/inbound/src/direct.rs)
}

func (g oracleGrant) admits(p oraclePeer) bool {
	if !oracleAny(g.nets, p.addr) {
		return false
	}
	switch {
	case g.anybody:
		return true
	case g.anyTLS:
		return p.tls
	}
	for _, pattern := range g.patterns {
		switch spiffe := strings.Contains(p.identity, "://"); {
		case p.identity == "":
		case pattern == p.identity, pattern == "*" && !spiffe:
			return true
		case strings.HasPrefix(pattern, "*.") && !spiffe && strings.HasSuffix(p.identity, pattern[1:]):
			return true
		}
	}
	return false
}

func oracleEverywhere() []oracleNet { return []oracleNet{{CIDR: "0.0.0.0/0"}, {CIDR: "::/0"}} }

// loopback is what every proxy lets in.
func oracleLoopback() oracleGrant {
	return oracleGrant{name: "default/localhost", nets: []oracleNet{{CIDR: "127.0.0.1"}, {CIDR: "::1"}}, anybody: true}
}

// byDefault is the authorization that a default policy stands for.
func (w *oracleWorld) byDefault(policy string) []oracleGrant {
	g := oracleGrant{name: "default/" + policy, nets: oracleEverywhere()}
	switch policy {
	case "all-unauthenticated", "cluster-unauthenticated":
		g.anybody = true
	case "all-authenticated", "cluster-authenticated":
		g.patterns = []string{"*"}
	case "audit":
		g.anybody = true
	default:
		return nil
	}
	if strings.HasPrefix(policy, "cluster-") {
		g.nets = w.networks()
	}
	return []oracleGrant{g}
}

func (w *oracleWorld) isDefault(policy string) bool {
	words := []string{"all-unauthenticated", "all-authenticated", "cluster-unauthenticated", "cluster-authenticated", "deny"}
	return slices.Contains(words, policy) || policy == "audit" && w.since(16)
}

// defaultPolicy is the policy of a port without a Server.
func (w *oracleWorld) defaultPolicy(t oracleTarget, port int) string {
	policy := t.Annotations["config.linkerd.io/default-inbound-policy"]
	if !w.isDefault(policy) {
		policy = cmp.Or(w.config.Proxy.Default, "all-unauthenticated")
	}
	if oracleSet(t.Annotations["config.linkerd.io/proxy-require-identity-inbound-ports"])(port) {
		policy = strings.Replace(policy, "-unauthenticated", "-authenticated", 1)
	}
	return policy
}

// serverGrants are the authorizations of a Server.
func (w *oracleWorld) serverGrants(s oracleObject[oracleServer]) []oracleGrant {
	var all []oracleGrant
	for _, a := range w.serverAuth {
		named := a.Spec.Server.Name == s.Name
		if a.Spec.Server.Name == "" {
			named = a.Spec.Server.Selector.selects(s.Labels)
		}
		if a.Namespace == s.Namespace && named {
			all = append(all, w.clientsOf(a)...)
		}
	}
	for _, p := range w.policies {
		target := p.Spec.Target
		hit := target.is("policy.linkerd.io", "Server") && target.Name == s.Name || target.is("core", "Namespace")
		if p.Namespace == s.Namespace && hit {
			all = append(all, w.policyGrants(p)...)
		}
	}
	if w.since(16) && strings.HasSuffix(s.Version, "/v1beta3") && w.isDefault(s.Spec.Access) {
		all = append(all, w.byDefault(s.Spec.Access)...)
	}
	return all
}

// clientsOf is the authorization of a ServerAuthorization, none when it is not complete.
func (w *oracleWorld) clientsOf(a oracleObject[oracleServerAuth]) []oracleGrant {
	c := a.Spec.Client
	g := oracleGrant{name: "ServerAuthorization/" + a.Name, nets: c.Networks}
	if len(g.nets) == 0 {
		g.nets = w.networks()
	}
	switch {
	case c.Anybody:
		g.anybody = true
	case c.TLS == nil:
		return nil
	case c.TLS.AnyTLS:
		g.anyTLS = true
	default:
		g.patterns = slices.Clone(c.TLS.Identities)
		for _, r := range c.TLS.Accounts {
			g.patterns = append(g.patterns, w.identity(r.Name, oracleOr(r.Namespace, a.Namespace)))
		}
		if len(g.patterns) == 0 {
			return nil
		}
	}
	return []oracleGrant{g}
}

// policyGrants is the authorization of an AuthorizationPolicy, none when a part of it is missing.
func (w *oracleWorld) policyGrants(p oracleObject[oraclePolicy]) []oracleGrant {
	g := oracleGrant{name: "AuthorizationPolicy/" + p.Name}
	for _, r := range p.Spec.Required {
		namespace := oracleOr(r.Namespace, p.Namespace)
		switch {
		case r.is("policy.linkerd.io", "MeshTLSAuthentication"):
			found := w.meshPatterns(namespace, r.Name)
			if found == nil || g.patterns != nil {
				return nil
			}
			g.patterns = found
		case r.is("core", "ServiceAccount"):
			if g.patterns != nil {
				return nil
			}
			g.patterns = []string{w.identity(r.Name, namespace)}
		case r.is("policy.linkerd.io", "NetworkAuthentication"):
			found := w.authNets(namespace, r.Name)
			if found == nil || g.nets != nil {
				return nil
			}
			g.nets = found
		default:
			return nil
		}
	}
	if g.nets == nil {
		g.nets = oracleEverywhere()
	}
	g.anybody = g.patterns == nil
	return []oracleGrant{g}
}

func (w *oracleWorld) meshPatterns(namespace, name string) []string {
	for _, m := range w.meshAuth {
		if m.Namespace != namespace || m.Name != name {
			continue
		}
		all := slices.Clone(m.Spec.Identities)
		for _, r := range m.Spec.Refs {
			switch {
			case r.is("core", "ServiceAccount"):
				all = append(all, w.identity(r.Name, oracleOr(r.Namespace, namespace)))
			case r.is("core", "Namespace"):
				all = append(all, w.identity("*", r.Name))
			default:
				return nil
			}
		}
		return all
	}
	return nil
}

func (w *oracleWorld) authNets(namespace, name string) []oracleNet {
	for _, n := range w.netAuth {
		if n.Namespace == namespace && n.Name == name && len(n.Spec.Networks) > 0 {
			return n.Spec.Networks
		}
	}
	return nil
}

// routeGrants are the authorizations of a route's own.
func (w *oracleWorld) routeGrants(r oracleObject[oracleRoute]) []oracleGrant {
	var all []oracleGrant
	for _, p := range w.policies {
		target := p.Spec.Target
		hit := p.Namespace == r.Namespace && strings.EqualFold(target.Group, r.group()) &&
			strings.EqualFold(target.Kind, r.Kind) && strings.EqualFold(target.Name, r.Name)
		if hit {
			all = append(all, w.policyGrants(p)...)
		}
	}
	return all
}

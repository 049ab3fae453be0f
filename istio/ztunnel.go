package istio

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
)

// In ambient mode istiod turns PeerAuthentications into ztunnel DENY policies. This file follows
// pilot/pkg/serviceregistry/ambient/authorization.go (1.27 to 1.32) step by step, including where
// it departs from what PeerAuthentication means, because the result is what ztunnel enforces.

// ambientCandidates selects the policies that istiod considers for an ambient pod. Unlike for a
// sidecar, a policy of the root namespace counts for other namespaces only without any selector,
// so that "selector: {}" is not seen (ambient/workloads.go fetchPeerAuthentications).
func (ps *policies) ambientCandidates(root string, p *mesh.Pod) candidates {
	var c candidates
	own := p.Namespace.Name
	switch top := ps.byNamespace[root]; {
	case top == nil:
	case own == root:
		c.mesh = top.wide
	default:
		c.mesh = top.bare
	}
	if own != root {
		c.below(ps.byNamespace[own], p)
	}
	c.collectGaps()
	return c
}

// reference is what istiod attaches to a workload: the static STRICT policy, the policy made from
// a PeerAuthentication with port-level modes, both or neither.
type reference struct {
	strict bool
	ports  *peerAuth
}

// references follows convertedSelectorPeerAuthentications.
func (ch choice) references() reference {
	var ref reference
	if ch.mesh != nil {
		ref.strict = ch.mesh.mode() == modeStrict
	}
	if ch.namespace != nil && ch.namespace.mode() != modeUnset {
		ref.strict = ch.namespace.mode() == modeStrict
	}
	w := ch.workload
	if w == nil {
		return ref
	}
	switch w.mode() {
	case modeStrict:
		ref.strict = true
		if w.hasPort(modePermissive, modeDisable) {
			ref = reference{ports: w}
		}
	case modePermissive, modeDisable:
		ref.strict = false
		if w.hasPort(modeStrict) {
			ref.ports = w
		}
	default:
		switch {
		case ref.strict && w.hasPort(modePermissive): // a port marked DISABLE does not count here
			ref = reference{ports: w}
		case !ref.strict && w.hasPort(modeStrict):
			ref.ports = w
		}
	}
	return ref
}

func (pa *peerAuth) hasPort(modes ...mtlsMode) bool {
	for _, m := range pa.spec.GetPortLevelMtls() {
		if slices.Contains(modes, m.GetMode()) {
			return true
		}
	}
	return false
}

// deny is one rule of a converted policy: it matches connections that fulfil all its parts.
type deny struct {
	plaintext bool   // only connections without a peer identity
	port      uint32 // only this destination port; 0 for any
	notPort   uint32 // any destination port but this; 0 for any
}

func (d deny) matches(plaintext bool, port uint16) bool {
	return (!d.plaintext || plaintext) &&
		(d.port == 0 || d.port == uint32(port)) &&
		(d.notPort == 0 || d.notPort != uint32(port))
}

// denyGroups are OR-ed; the rules of a group are AND-ed.
type denyGroups [][]deny

func (g denyGroups) matches(plaintext bool, port uint16) bool {
	return slices.ContainsFunc(g, func(rules []deny) bool {
		return !slices.ContainsFunc(rules, func(d deny) bool { return !d.matches(plaintext, port) })
	})
}

// parents are the policies without a selector under which a policy is converted. They are chosen
// apart from those of references, which count "selector: {}" too.
type parents struct{ namespace, mesh *peerAuth }

func (ps parents) namespaceStrict() bool { return isMode(ps.namespace, modeStrict) }

// meshStrict reports that the mesh's STRICT reaches the namespace, whose own policy says nothing.
func (ps parents) meshStrict() bool {
	return (ps.namespace == nil || isMode(ps.namespace, modeUnset)) && isMode(ps.mesh, modeStrict)
}

// worthException reports whether an exception is worth a rule: a namespace policy that is there
// must itself be STRICT, so that one with UNSET hides the mesh's STRICT.
func (ps parents) worthException() bool {
	if ps.namespace != nil {
		return ps.namespaceStrict()
	}
	return isMode(ps.mesh, modeStrict)
}

func isMode(pa *peerAuth, mode mtlsMode) bool { return pa != nil && pa.mode() == mode }

// convert follows convertPeerAuthentication. It returns nil when istiod makes no policy, in which
// case ztunnel passes over a reference to it.
func (pa *peerAuth) convert(above parents) denyGroups {
	groups := pa.strictPorts(above)
	exceptions := pa.exceptions(above)
	if pa.mode() == modeStrict && len(exceptions) == 0 {
		return nil
	}
	var rules []deny
	if pa.mode() == modeStrict {
		rules = append(rules, deny{plaintext: true})
	}
	rules = append(rules, exceptions...)
	if len(exceptions) > 0 && (above.namespaceStrict() || above.meshStrict()) {
		rules = append(rules, deny{plaintext: true})
	}
	if len(rules) > 0 {
		groups = append(groups, rules)
	}
	return groups
}

// strictPorts are the groups for ports marked STRICT that no STRICT above covers. Upstream's test
// of the mesh's STRICT is OR-ed without looking at the policy's own mode, so that a port's STRICT
// under a PERMISSIVE policy is lost there.
func (pa *peerAuth) strictPorts(above parents) denyGroups {
	if pa.mode() == modeStrict || pa.mode() == modeUnset && above.namespaceStrict() || above.meshStrict() {
		return nil
	}
	var groups denyGroups
	for _, port := range sortedPorts(pa.spec) {
		if pa.spec.GetPortLevelMtls()[port].GetMode() == modeStrict {
			groups = append(groups, []deny{{plaintext: true, port: port}})
		}
	}
	return groups
}

// exceptions are the rules that exempt ports marked PERMISSIVE or DISABLE from a STRICT.
func (pa *peerAuth) exceptions(above parents) []deny {
	open := pa.mode() == modePermissive || pa.mode() == modeDisable
	if open || pa.mode() == modeUnset && !above.worthException() {
		return nil
	}
	var rules []deny
	for _, port := range sortedPorts(pa.spec) {
		if m := pa.spec.GetPortLevelMtls()[port].GetMode(); m == modePermissive || m == modeDisable {
			rules = append(rules, deny{notPort: port})
		}
	}
	return rules
}

// ztunnel lists what ztunnel may enforce at a port under one choice of policies: one entry, but
// for policies without a selector that tie as parents of a converted policy.
func (ps *policies) ztunnel(root string, ch choice, port uint16) []verdict {
	ref := ch.references()
	if ref.ports == nil {
		return []verdict{ref.enforce(nil, port, nil)}
	}
	var all []verdict
	for _, ns := range oldest(ps.withoutSelector(ref.ports.namespace()), false) {
		for _, top := range oldest(ps.withoutSelector(root), false) {
			groups := ref.ports.convert(parents{ns, top})
			all = append(all, ref.enforce(groups, port, []mesh.Step{ref.ports.conversion(groups)}))
		}
	}
	return all
}

// verdict is one possible answer for a port.
type verdict struct {
	mode mesh.MTLS
	why  []mesh.Step
}

// enforce evaluates DENY policies as ztunnel does: any that matches ends the connection.
func (ref reference) enforce(groups denyGroups, port uint16, why []mesh.Step) verdict {
	denied := func(plaintext bool) bool { return ref.strict && plaintext || groups.matches(plaintext, port) }
	switch {
	case denied(false):
		return verdict{mesh.MTLSClosed, why}
	case denied(true):
		return verdict{mesh.MTLSStrict, why}
	default:
		return verdict{mesh.MTLSPermissive, why}
	}
}

// conversion explains what istiod makes of a policy with port-level modes.
func (pa *peerAuth) conversion(groups denyGroups) mesh.Step {
	step := pa.step("spec.portLevelMtls", "becomes ztunnel policy "+pa.convertedName())
	step.Rule = ruleAmbientConversion
	if groups == nil {
		step.Detail = "istiod refers the workload to ztunnel policy " + pa.convertedName() + " but makes none of it, so ztunnel lets plaintext through"
	}
	return step
}

func (pa *peerAuth) convertedName() string {
	return pa.namespace() + "/converted_peer_authentication_" + pa.name()
}

// withoutSelector are the policies of a namespace that may be the parent of a converted policy.
func (ps *policies) withoutSelector(namespace string) []*peerAuth {
	if n := ps.byNamespace[namespace]; n != nil {
		return n.bare
	}
	return nil
}

// ZtunnelPolicies names the policies that istiod attaches to a pod for its ztunnel: those made from
// AuthorizationPolicies that select it, then those made from PeerAuthentications, then those by which
// its waypoints may reach it; each in order. Whether the pod is enrolled does not matter. Policies of
// the whole namespace or mesh are attached to no pod.
func (l *Layer) ZtunnelPolicies(p *mesh.Pod) []string {
	rev := l.named("")
	if rev == nil {
		return nil
	}
	names := l.selectedPolicies(rev, p)
	names = append(names, l.convertedPolicies(rev, p)...)
	waypoints, _ := l.implicitWaypoints(rev, p)
	for _, name := range waypoints {
		names = append(names, implicitPolicy(name))
	}
	return names
}

// selectedPolicies are the AuthorizationPolicies that select a pod by labels.
func (l *Layer) selectedPolicies(rev *revision, p *mesh.Pod) []string {
	var names []string
	for _, ap := range l.authz.ztunnelScopes(rev, p.Namespace.Name, p.Labels).surely {
		if ap.attached && ap.given(rev, engineZtunnel) {
			names = append(names, ap.ref.Namespace+"/"+ap.ref.Name)
		}
	}
	slices.Sort(names)
	return names
}

// convertedPolicies are the policies made from PeerAuthentications.
func (l *Layer) convertedPolicies(rev *revision, p *mesh.Pod) []string {
	list, ok := l.policies.ambientCandidates(rev.mesh.root, p).choices(false)
	if !ok || len(list) == 0 {
		return nil
	}
	ref := list[0].references()
	var names []string
	if ref.strict {
		names = append(names, rev.mesh.root+"/istio_converted_static_strict")
	}
	if ref.ports != nil {
		names = append(names, ref.ports.convertedName())
	}
	slices.Sort(names)
	return names
}

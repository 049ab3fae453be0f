package istio

import (
	"fmt"
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
	for _, pa := range ps.byNamespace[root] {
		if pa.hasNoSelector() || pa.lost || own == root && pa.selectsAll() {
			c.mesh = append(c.mesh, pa)
			c.gaps = append(c.gaps, pa.gaps...)
		}
	}
	if own == root {
		return c
	}
	for _, pa := range ps.byNamespace[own] {
		if !pa.matches(p) {
			continue
		}
		c.gaps = append(c.gaps, pa.gaps...)
		if pa.selectsAll() {
			c.namespace = append(c.namespace, pa)
		} else {
			c.workload = append(c.workload, pa)
		}
	}
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

// convert follows convertPeerAuthentication. The parents that it is given are chosen apart from
// those of references: the oldest policies without a selector. It returns nil when istiod makes
// no policy, in which case ztunnel passes over a reference to it.
func (pa *peerAuth) convert(ns, root *peerAuth) denyGroups {
	nsStrict, rootStrict := ns != nil && ns.mode() == modeStrict, root != nil && root.mode() == modeStrict
	nsUnset := ns == nil || ns.mode() == modeUnset
	strictAbove := nsStrict || nsUnset && rootStrict
	var groups denyGroups
	var rules []deny
	if pa.mode() == modeStrict {
		rules = append(rules, deny{plaintext: true})
	}
	exempt := false
	for _, port := range sortedPorts(pa.spec) {
		switch pa.spec.GetPortLevelMtls()[port].GetMode() {
		case modeStrict:
			if pa.mode() == modeStrict || pa.mode() == modeUnset && nsStrict || nsUnset && rootStrict {
				continue // the last term ignores the policy's own mode: && binds before || upstream
			}
			groups = append(groups, []deny{{plaintext: true, port: port}})
		case modePermissive, modeDisable:
			if pa.mode() == modePermissive || pa.mode() == modeDisable || pa.mode() == modeUnset && !parentExempts(ns, root) {
				continue
			}
			exempt = true
			rules = append(rules, deny{notPort: port})
		}
	}
	if pa.mode() == modeStrict && !exempt || len(rules) == 0 && len(groups) == 0 {
		return nil
	}
	if strictAbove && exempt {
		rules = append(rules, deny{plaintext: true})
	}
	if len(rules) > 0 {
		groups = append(groups, rules)
	}
	return groups
}

// parentExempts reports whether an exception is worth a rule: a namespace policy that is there
// must itself be STRICT, so that one with UNSET hides the mesh's STRICT.
func parentExempts(ns, root *peerAuth) bool {
	if ns != nil {
		return ns.mode() == modeStrict
	}
	return root != nil && root.mode() == modeStrict
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
			groups := ref.ports.convert(ns, top)
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

func (ps *policies) withoutSelector(namespace string) []*peerAuth {
	var list []*peerAuth
	for _, pa := range ps.byNamespace[namespace] {
		if pa.hasNoSelector() {
			list = append(list, pa)
		}
	}
	return list
}

// ZtunnelPolicies names the policies made from PeerAuthentications that istiod attaches to a pod
// for its ztunnel, in order; whether the pod is enrolled does not matter. Policies made from
// AuthorizationPolicies are not among them.
func (l *Layer) ZtunnelPolicies(p *mesh.Pod) []string {
	rev := l.named("")
	if rev == nil {
		return nil
	}
	list, ok := l.policies.ambientCandidates(rev.mesh.root, p).choices(false)
	if !ok || len(list) == 0 {
		return nil
	}
	ref := list[0].references()
	var names []string
	if ref.strict {
		names = append(names, fmt.Sprintf("%s/istio_converted_static_strict", rev.mesh.root))
	}
	if ref.ports != nil {
		names = append(names, ref.ports.convertedName())
	}
	slices.Sort(names)
	return names
}

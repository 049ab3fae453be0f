package istio

import (
	"fmt"
	"slices"
	"time"

	securityv1beta1 "istio.io/api/security/v1beta1"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// mtlsMode is PeerAuthentication.MutualTLS.Mode.
type mtlsMode = securityv1beta1.PeerAuthentication_MutualTLS_Mode

const (
	modeUnset      = securityv1beta1.PeerAuthentication_MutualTLS_UNSET
	modeDisable    = securityv1beta1.PeerAuthentication_MutualTLS_DISABLE
	modePermissive = securityv1beta1.PeerAuthentication_MutualTLS_PERMISSIVE
	modeStrict     = securityv1beta1.PeerAuthentication_MutualTLS_STRICT
)

// peerAuth is a PeerAuthentication.
type peerAuth struct {
	resource
	spec   *securityv1beta1.PeerAuthentication
	labels map[string]string // of the selector; empty for a policy of its whole namespace
	lost   bool              // the selector could not be read, so the policy may select any pod
}

func (pa *peerAuth) name() string        { return pa.obj.Ref.Name }
func (pa *peerAuth) namespace() string   { return pa.obj.Ref.Namespace }
func (pa *peerAuth) created() time.Time  { return pa.meta.CreationTimestamp }
func (pa *peerAuth) mode() mtlsMode      { return pa.spec.GetMtls().GetMode() }
func (pa *peerAuth) selectsAll() bool    { return len(pa.labels) == 0 }
func (pa *peerAuth) hasNoSelector() bool { return pa.spec.GetSelector() == nil }

// port is the mode that the policy gives to a port of its own; UNSET when it gives none.
func (pa *peerAuth) port(n uint16) mtlsMode { return pa.spec.GetPortLevelMtls()[uint32(n)].GetMode() }

// policies are the PeerAuthentications by namespace; nil where a namespace has none.
type policies struct {
	byNamespace map[string]*namespacePolicies
	roots       []string
}

// peerAuthentications reads the policies that Istio would accept.
func (c *compiler) peerAuthentications(roots []string) *policies {
	byNamespace := map[string][]*peerAuth{}
	for o := range c.in.Objects.Objects(kindPeerAuthentication) {
		pa := &peerAuth{spec: &securityv1beta1.PeerAuthentication{}}
		pa.resource = c.decode(o, pa.spec)
		pa.labels = pa.spec.GetSelector().GetMatchLabels()
		pa.lost = slices.ContainsFunc(pa.gaps, func(g mesh.Gap) bool { return touches(g, "spec.selector") })
		if !c.acceptsPeerAuthentication(pa.resource, pa.spec) && !c.opts.KeepInvalid {
			continue
		}
		byNamespace[o.Ref.Namespace] = append(byNamespace[o.Ref.Namespace], pa)
	}
	ps := &policies{byNamespace: map[string]*namespacePolicies{}, roots: roots}
	for ns, list := range byNamespace {
		ps.byNamespace[ns] = newNamespacePolicies(list)
	}
	return ps
}

// comparePolicies is the order in which Istio prefers policies of one level.
func comparePolicies(a, b *peerAuth) int { return compareAge(a.resource, b.resource) }

// namedPorts are the ports to which the policy gives a mode of their own, in order.
func (pa *peerAuth) namedPorts() []uint16 {
	var named []uint16
	for _, port := range sortedPorts(pa.spec) {
		if 0 < port && port <= 65535 {
			named = append(named, uint16(port))
		}
	}
	return named
}

// candidates are the policies that may decide for a pod, by level, oldest first.
type candidates struct {
	mesh, namespace, workload []*peerAuth
	gaps                      []mesh.Gap
}

// forSidecar selects the policies that istiod merges for a pod with a sidecar.
// pilot/pkg/security/authn/policy_applier.go ComposePeerAuthentication.
func (ps *policies) forSidecar(root string, p *mesh.Pod) candidates {
	var c candidates
	if top := ps.byNamespace[root]; top != nil {
		c.mesh = top.wide // a selector in the root namespace is ignored for everybody
	}
	if p.Namespace.Name != root {
		c.below(ps.byNamespace[p.Namespace.Name], p)
	}
	c.collectGaps()
	return c
}

// below adds the policies of the pod's own namespace.
func (c *candidates) below(own *namespacePolicies, p *mesh.Pod) {
	if own == nil {
		return
	}
	c.namespace = own.wide
	for _, s := range own.selecting(p.Labels) {
		c.workload = append(c.workload, s.may...)
	}
	slices.SortFunc(c.workload, comparePolicies)
}

func (c *candidates) collectGaps() {
	for _, level := range [][]*peerAuth{c.mesh, c.namespace, c.workload} {
		for _, pa := range level {
			c.gaps = append(c.gaps, pa.gaps...)
		}
	}
}

// choice is one policy of each level; nil where the level has none.
type choice struct{ mesh, namespace, workload *peerAuth }

// maxChoices bounds the combinations of policies that tie.
const maxChoices = 64

// choices are the combinations that may count. Istio takes the oldest of each level. Where times
// are equal, istiod's sidecar code goes by name, and its ambient code by the order of a map; where
// a policy has no time, because no API server has stored it, any may turn out the oldest.
// ok is false when there are more than maxChoices.
func (c candidates) choices(byName bool) (list []choice, ok bool) {
	for _, m := range oldest(c.mesh, byName) {
		for _, n := range oldest(c.namespace, byName) {
			for _, w := range oldest(c.workload, byName) {
				if len(list) == maxChoices {
					return nil, false
				}
				list = append(list, choice{m, n, w})
			}
		}
	}
	return list, true
}

// oldest returns the policies of a level that may be the one that counts; one nil for none.
func oldest(level []*peerAuth, byName bool) []*peerAuth {
	if len(level) < 2 {
		return append(level[:len(level):len(level)], make([]*peerAuth, 1-len(level))...)
	}
	undated := slices.IndexFunc(level, func(pa *peerAuth) bool { return !pa.created().IsZero() })
	if undated < 0 {
		return level
	}
	may := slices.Clone(level[:undated]) // zero times sort first
	dated := level[undated:]
	for i, pa := range dated {
		if i > 0 && (byName || !pa.created().Equal(dated[0].created())) {
			break
		}
		may = append(may, pa)
	}
	return may
}

// declared merges the policies of a choice for a port: the port's own mode, then that of the
// workload, the namespace and the mesh; UNSET everywhere means PERMISSIVE.
func (ch choice) declared(port uint16) (mtlsMode, mesh.Step, bool) {
	if w := ch.workload; w != nil {
		if m := w.port(port); m != modeUnset {
			return m, w.step(source.Key("spec.portLevelMtls", fmt.Sprint(port))+".mode", fmt.Sprintf("sets port %d to %s", port, m)), true
		}
	}
	for _, pa := range []*peerAuth{ch.workload, ch.namespace, ch.mesh} {
		if pa != nil && pa.mode() != modeUnset {
			return pa.mode(), pa.step("spec.mtls.mode", "sets "+pa.mode().String()), true
		}
	}
	return modePermissive, mesh.Step{Rule: rulePADefault, Detail: "no PeerAuthentication sets a mode; Istio's default is PERMISSIVE"}, false
}

func (pa *peerAuth) step(field, what string) mesh.Step {
	return mesh.Step{
		Rule: rulePeerAuthentication, Object: pa.obj.Ref, Loc: pa.obj.At(field),
		Detail: "PeerAuthentication " + pa.namespace() + "/" + pa.name() + " " + what,
	}
}

// chain explains a declared mode: the policy that decided, then those that it overrides.
func (ch choice) chain(port uint16) []mesh.Step {
	_, first, _ := ch.declared(port)
	steps := []mesh.Step{first}
	for _, pa := range []*peerAuth{ch.workload, ch.namespace, ch.mesh} {
		if pa == nil || pa.mode() == modeUnset {
			continue
		}
		s := pa.step("spec.mtls.mode", "sets "+pa.mode().String())
		if s == first {
			continue
		}
		s.Detail += ", which the policy before it overrides"
		steps = append(steps, s)
	}
	return steps
}

// converted is the mesh-neutral word for a mode.
func converted(m mtlsMode) mesh.MTLS {
	switch m {
	case modeDisable:
		return mesh.MTLSDisabled
	case modePermissive:
		return mesh.MTLSPermissive
	case modeStrict:
		return mesh.MTLSStrict
	default:
		return mesh.MTLSUnknown
	}
}

package linkerd

import (
	"cmp"

	"github.com/meshposture/meshposture/kube"
	policyapi "github.com/meshposture/meshposture/linkerd/api/policy/v1alpha1"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// authentication is a MeshTLSAuthentication or a NetworkAuthentication.
type authentication struct {
	resource
	ids      identities
	networks networks
	gaps     []mesh.Gap
	// void is why the policy controller does not take the object in; empty when it does. field makes it so.
	void, field string
	named       []namedPeer
}

// namedPeer is an identity that an object names, with the field.
type namedPeer struct{ field, identity string }

// unread is why an object that no cluster can have, or that the controllers cannot read, does nothing.
const unread = "no cluster has it as it stands"

// authentications reads them, by the object's name.
func (c *compiler) authentications(s *settings) map[source.Ref]*authentication {
	all := map[source.Ref]*authentication{}
	for o := range c.in.Objects.Objects(kindMeshTLSAuthentication) {
		all[o.Ref] = c.meshTLS(s, o)
	}
	for o := range c.in.Objects.Objects(kindNetworkAuthentication) {
		all[o.Ref] = c.networkAuthentication(o)
	}
	return all
}

// meshTLS reads a MeshTLSAuthentication (policy-controller/k8s/index/src/inbound/meshtls_authentication.rs).
func (c *compiler) meshTLS(s *settings, o source.Object) *authentication {
	v, r := decode(c, o, func(v *policyapi.MeshTLSAuthentication) *kube.Meta { return &v.Meta })
	a := &authentication{resource: r, gaps: r.doubts()}
	if r.refused {
		a.void = unread
		return a
	}
	name := func(at, id string) {
		a.ids.add(id)
		a.named = append(a.named, namedPeer{at, id})
	}
	for i, id := range v.Spec.Identities {
		name(source.Index("spec.identities", i), id)
	}
	for i, ref := range v.Spec.IdentityRefs {
		at := source.Index("spec.identityRefs", i)
		switch {
		case sameKind(ref.Group, ref.Kind, kube.KindServiceAccount):
			name(at, s.identity(ref.Name, orNamespace(ref.Namespace, o.Ref.Namespace)))
			a.gaps = append(a.gaps, s.gaps...)
		case sameKind(ref.Group, ref.Kind, kube.KindNamespace):
			name(at, "*."+s.identity("", ref.Name)[1:])
			a.gaps = append(a.gaps, s.gaps...)
		default:
			a.void, a.field = "it refers to a "+cmp.Or(ref.Kind, "thing without a kind")+", which has no identity", at
		}
	}
	if a.void == "" && a.ids.need == needNothing {
		a.void, a.field = "it names no identity", "spec"
	}
	a.ids.settle()
	return a
}

// networkAuthentication reads a NetworkAuthentication
// (policy-controller/k8s/index/src/inbound/network_authentication.rs).
func (c *compiler) networkAuthentication(o source.Object) *authentication {
	v, r := decode(c, o, func(v *policyapi.NetworkAuthentication) *kube.Meta { return &v.Meta })
	var list []cidr
	for _, n := range v.Spec.Networks {
		if n != nil {
			list = append(list, cidr{n.Cidr, n.Except})
		}
	}
	ns, gaps := c.networksOf(o, "spec.networks", list)
	a := &authentication{resource: r, networks: ns, gaps: append(r.doubts(), gaps...)}
	switch {
	case r.refused:
		a.void = unread
	case len(list) == 0:
		a.void, a.field = "it names no network", "spec.networks"
	}
	return a
}

// orNamespace is the namespace that a reference names, else that of the object which refers.
func orNamespace(named *string, own string) string {
	if named != nil {
		return *named
	}
	return own
}

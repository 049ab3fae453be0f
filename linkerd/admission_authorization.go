package linkerd

import (
	"slices"

	"github.com/meshposture/meshposture/kube"
	policyapi "github.com/meshposture/meshposture/linkerd/api/policy/v1alpha1"
	sazapi "github.com/meshposture/meshposture/linkerd/api/serverauthorization/v1beta1"
	"github.com/meshposture/meshposture/source"
)

// authorizationPolicy: validate_policy_target, and impl Validate<AuthorizationPolicySpec>.
func (v review) authorizationPolicy(s *policyapi.AuthorizationPolicySpec) {
	v.target(s.TargetRef)
	v.authentications(s.RequiredAuthenticationRefs)
}

// targetKinds are the kinds that a policy may have for its target, besides its namespace. Routes of the
// Gateway API came one after the other: the index reads HTTPRoutes longer than the webhook takes them.
func (v review) targetKinds() []source.Kind {
	kinds := []source.Kind{kindServer, kindPolicyHTTPRoute}
	if v.a.c.release.since(16) {
		kinds = append(kinds, kube.KindGRPCRoute)
	}
	if v.a.c.release.sinceEdge(19, edition{25, 5, 1}) {
		kinds = append(kinds, kube.KindHTTPRoute)
	}
	return kinds
}

func (v review) target(ref policyapi.PolicyTargetReference) {
	switch {
	case sameKind(ref.Group, ref.Kind, kube.KindNamespace):
		if ref.Name != v.r.obj.Ref.Namespace {
			v.refuse("spec.targetRef.name", "cannot target another namespace: "+ref.Name)
		}
	case !slices.ContainsFunc(v.targetKinds(), func(k source.Kind) bool { return sameKind(ref.Group, ref.Kind, k) }):
		v.refuse("spec.targetRef", "invalid targetRef kind: "+kindOf(ref.Group, ref.Kind))
	default:
	}
}

// authentications: at most one of each class, and no ServiceAccount beside a MeshTLSAuthentication.
func (v review) authentications(refs []policyapi.PolicyTargetReference) {
	const at = "spec.requiredAuthenticationRefs"
	count := map[source.Kind]int{}
	for i, ref := range refs {
		kind := authenticationKind(ref)
		if kind.Kind == "" {
			v.refuse(source.Index(at, i), "unsupported authentication kind: "+kindOf(ref.Group, ref.Kind))
			continue
		}
		if count[kind]++; count[kind] > 1 {
			v.refuse(source.Index(at, i), "only a single "+kind.Kind+" may be set")
		}
	}
	if count[kindMeshTLSAuthentication] > 0 && count[kube.KindServiceAccount] > 0 {
		v.refuse(at, "a MeshTLSAuthentication and a ServiceAccount may not be set together")
	}
}

// authenticationKind is the kind of an authentication; zero for what is none.
func authenticationKind(ref policyapi.PolicyTargetReference) source.Kind {
	for _, k := range []source.Kind{kindMeshTLSAuthentication, kindNetworkAuthentication, kube.KindServiceAccount} {
		if sameKind(ref.Group, ref.Kind, k) {
			return k
		}
	}
	return source.Kind{}
}

// kindOf writes the kind of a reference as the webhook does.
func kindOf(group, kind string) string {
	if group == "" {
		return kind
	}
	return kind + "." + group
}

// meshTLS: impl Validate<MeshTLSAuthenticationSpec>. Before 2.15 the definition judged the identities.
func (v review) meshTLS(s *policyapi.MeshTLSAuthenticationSpec) {
	for i, id := range s.Identities {
		if v.a.c.release.since(15) && !isIdentity(id) {
			v.refuse(source.Index("spec.identities", i), "'"+id+"' is neither a DNS-like identity nor a SPIFFE id")
		}
	}
	for i, ref := range s.IdentityRefs {
		at := source.Index("spec.identityRefs", i)
		switch {
		case sameKind(ref.Group, ref.Kind, kube.KindServiceAccount):
		case !sameKind(ref.Group, ref.Kind, kube.KindNamespace):
			v.refuse(at, "invalid identity target kind: "+kindOf(ref.Group, ref.Kind))
		case ref.Namespace != nil:
			v.refuse(at+".namespace", "a Namespace as identityRef cannot have a namespace")
		default:
		}
	}
}

// serverAuthorization: impl Validate<ServerAuthorizationSpec>. Unlike other lists of networks, the one here
// may be empty.
func (v review) serverAuthorization(c *sazapi.Client) {
	if m := c.MeshTLS; m != nil {
		if c.Unauthenticated {
			v.refuse("spec.client.unauthenticated", "unauthenticated must be false if meshTLS is specified")
		} else if m.UnauthenticatedTLS && len(m.Identities)+len(m.ServiceAccounts) > 0 {
			v.refuse("spec.client.meshTLS.unauthenticatedTLS", "unauthenticatedTLS must be false if identities or serviceAccounts are specified")
		}
	}
	for i, n := range c.Networks {
		if n != nil {
			v.network(source.Index("spec.client.networks", i), n.Cidr, n.Except)
		}
	}
}

// networks: NetworkAuthentications and, where they have a list, EgressNetworks need one network at least.
func (v review) networks(all []*policyapi.Network) {
	if len(all) == 0 {
		v.refuse("spec.networks", "at least one network must be specified")
	}
	for i, n := range all {
		if n != nil {
			v.network(source.Index("spec.networks", i), n.Cidr, n.Except)
		}
	}
}

// network: an exception must be a part of the network, and not all of it (validate_networks).
func (v review) network(at, cidr string, except []string) {
	whole, ok := parseNet(cidr)
	if !ok {
		return // decode has refused the object
	}
	for i, e := range except {
		hole, ok := parseNet(e)
		switch {
		case !ok:
		case covers(hole, whole):
			v.refuse(source.Index(at+".except", i), "cidr '"+cidr+"' is completely negated by exception '"+e+"'")
		case !covers(whole, hole):
			v.refuse(source.Index(at+".except", i), "cidr '"+cidr+"' does not include exception '"+e+"'")
		default:
		}
	}
}

package linkerd

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	sazapi "github.com/meshposture/meshposture/linkerd/api/serverauthorization/v1beta1"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// serverAuthz is a ServerAuthorization.
type serverAuthz struct {
	resource
	server   string // the name of the Server; empty where selector decides
	selector *kube.LabelSelector
	grant    *grant // nil when it grants nothing
	void     string // why it does not
	named    []namedPeer
}

// serverAuthzs reads the ServerAuthorizations, in the order of their names.
func (c *compiler) serverAuthzs(s *settings) []*serverAuthz {
	var all []*serverAuthz
	for o := range c.in.Objects.Objects(kindServerAuthorization) {
		v, r := decode(c, o, func(v *sazapi.ServerAuthorization) *kube.Meta { return &v.Meta })
		saz := &serverAuthz{resource: r, server: v.Spec.Server.Name, selector: v.Spec.Server.Selector}
		if all = append(all, saz); r.refused {
			saz.void = unread
			continue
		}
		saz.compile(c, s, &v.Spec.Client)
	}
	return all
}

// compile makes the grant (policy-controller/k8s/index/src/inbound/server_authorization.rs client_authz).
// Without networks it is the cluster's own that count, unlike for an AuthorizationPolicy
// (policy-controller/grpc/src/inbound.rs to_authz).
func (z *serverAuthz) compile(c *compiler, s *settings, client *sazapi.Client) {
	g := &grant{gaps: z.doubts(), rule: mesh.Rule{Policy: z.obj.Ref, Index: -1, Loc: z.at("metadata.name")}}
	g.step = z.step(ruleAuthorized, "spec.client", "the ServerAuthorization lets the client in")
	var list []cidr
	for _, n := range client.Networks {
		if n != nil {
			list = append(list, cidr{n.Cidr, n.Except})
		}
	}
	var gaps []mesh.Gap
	if g.networks, gaps = c.networksOf(z.obj, "spec.client.networks", list); len(list) == 0 {
		g.networks, gaps = s.networks, s.gaps
	}
	g.gaps = append(g.gaps, gaps...)
	switch tls := client.MeshTLS; {
	case client.Unauthenticated:
	case tls == nil:
		z.void = "it says nothing of who the client is"
	case tls.UnauthenticatedTLS:
		g.who.need = needTLS
	default:
		z.identities(s, g, tls)
	}
	if z.void == "" {
		z.grant = g
	}
}

func (z *serverAuthz) identities(s *settings, g *grant, tls *sazapi.MeshTLS) {
	for i, id := range tls.Identities {
		g.who.add(id)
		z.named = append(z.named, namedPeer{source.Index("spec.client.meshTLS.identities", i), id})
	}
	for i, account := range tls.ServiceAccounts {
		if account == nil {
			continue
		}
		ns := account.Namespace
		if ns == "" {
			ns = z.obj.Ref.Namespace
		}
		id := s.identity(account.Name, ns)
		g.who.add(id)
		z.named = append(z.named, namedPeer{source.Index("spec.client.meshTLS.serviceAccounts", i), id})
		g.gaps = append(g.gaps, s.gaps...)
	}
	g.who.settle()
	if g.who.need == needNothing {
		z.void = "it names no identity"
	}
}

// stands reports whether it is meant for a Server, by the name or the labels of the Server itself.
func (z *serverAuthz) stands(name string, labels map[string]string) bool {
	if z.server != "" {
		return z.server == name
	}
	return selects(z.selector, labels)
}

// vague reports whether it is not known for which Servers it is meant.
func (z *serverAuthz) vague() bool {
	return slices.ContainsFunc(z.doubts(), func(g mesh.Gap) bool {
		f := g.Loc.Field()
		return !strings.HasPrefix(f, "spec.client") && !strings.HasPrefix(f, "metadata")
	})
}

package linkerd

import (
	"strconv"

	"github.com/meshposture/meshposture/kube"
	policyapi "github.com/meshposture/meshposture/linkerd/api/policy/v1alpha1"
	serverapi "github.com/meshposture/meshposture/linkerd/api/server/v1beta3"
	sazapi "github.com/meshposture/meshposture/linkerd/api/serverauthorization/v1beta1"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// The policy controller's webhook is asked when objects are written, and by default nobody waits for its
// answer when it is down (failurePolicy Ignore). What it would refuse may therefore exist, and then counts
// as the index reads it. The rules are those of policy-controller/runtime/src/admission.rs, before 2.18
// policy-controller/src/admission.rs. What does not even fit the controller's types is refused by decode.

// validator lists what the webhook would refuse.
type validator struct {
	c     *compiler
	flaws []mesh.Flaw
}

// refusals holds all objects against the webhook's rules.
func (c *compiler) refusals() []mesh.Flaw {
	a := &validator{c: c}
	a.policies()
	a.servers()
	a.routes()
	return a.flaws
}

// inadmissible lists the objects that the webhook would refuse as they stand; nobody may change the list.
func (l *Layer) inadmissible() []mesh.Flaw { return l.refusals }

// asked reports whether the webhook is asked about objects of a namespace
// (charts/linkerd-control-plane/values.yaml policyValidator.namespaceSelector).
func (a *validator) asked(namespace string) bool {
	if a.c.in.Cluster == nil {
		return true
	}
	ns := a.c.in.Cluster.Namespace(namespace)
	return ns == nil || ns.Labels[labelWebhooks] != webhooksDisabled
}

// review is what the webhook says of one object.
type review struct {
	a    *validator
	r    resource
	rule string
}

// refuse gives a reason to refuse the object.
func (v review) refuse(field, reason string) { v.a.flaws = append(v.a.flaws, v.flaw(field, reason)) }

// suspect gives a reason to refuse the object that may not be one, because of a gap.
func (v review) suspect(field, reason string, gap mesh.Gap) {
	f := v.flaw(field, reason)
	f.Unknown = []mesh.Gap{gap}
	v.a.flaws = append(v.a.flaws, f)
}

func (v review) flaw(field, reason string) mesh.Flaw {
	return mesh.Flaw{Kind: mesh.FlawInadmissible, Rule: v.rule, Object: v.r.obj.Ref, Loc: v.r.at(field), Detail: reason}
}

// each calls judge with every object of a kind that exists as far as its definition is concerned, and about
// which the webhook is asked.
func each[T any](a *validator, kind source.Kind, rule string, meta func(*T) *kube.Meta, judge func(review, *T)) {
	for o := range a.c.in.Objects.Objects(kind) {
		if !a.asked(o.Ref.Namespace) {
			continue
		}
		if v, r := decode(a.c, o, meta); !r.refused {
			judge(review{a, r, rule}, v)
		}
	}
}

func (a *validator) policies() {
	each(a, kindAuthorizationPolicy, ruleAdmitAuthorizationPolicy,
		func(v *policyapi.AuthorizationPolicy) *kube.Meta { return &v.Meta },
		func(v review, p *policyapi.AuthorizationPolicy) { v.authorizationPolicy(&p.Spec) })
	each(a, kindMeshTLSAuthentication, ruleAdmitMeshTLS,
		func(v *policyapi.MeshTLSAuthentication) *kube.Meta { return &v.Meta },
		func(v review, m *policyapi.MeshTLSAuthentication) { v.meshTLS(&m.Spec) })
	each(a, kindNetworkAuthentication, ruleAdmitNetworks,
		func(v *policyapi.NetworkAuthentication) *kube.Meta { return &v.Meta },
		func(v review, n *policyapi.NetworkAuthentication) { v.networks(n.Spec.Networks) })
	each(a, kindEgressNetwork, ruleAdmitEgressNetwork,
		func(v *policyapi.EgressNetwork) *kube.Meta { return &v.Meta },
		func(v review, n *policyapi.EgressNetwork) {
			if n.Spec.Networks != nil {
				v.networks(n.Spec.Networks)
			}
		})
	each(a, kindServerAuthorization, ruleAdmitServerAuthorization,
		func(v *sazapi.ServerAuthorization) *kube.Meta { return &v.Meta },
		func(v review, s *sazapi.ServerAuthorization) { v.serverAuthorization(&s.Spec.Client) })
	each(a, kindRateLimit, ruleAdmitRateLimit,
		func(v *policyapi.HTTPLocalRateLimitPolicy) *kube.Meta { return &v.Meta },
		func(v review, l *policyapi.HTTPLocalRateLimitPolicy) { v.rateLimit(&l.Spec) })
}

func (a *validator) servers() {
	var all []admittedServer
	each(a, kindServer, ruleAdmitServer,
		func(v *serverapi.Server) *kube.Meta { return &v.Meta },
		func(v review, s *serverapi.Server) {
			v.accessPolicy(s.Spec.AccessPolicy)
			all = append(all, admittedServer{v, &s.Spec})
		})
	if !a.c.release.sinceEdge(18, edition{25, 2, 2}) {
		overlaps(all)
	}
}

// accessPolicy: before 2.16 there is none.
func (v review) accessPolicy(word string) {
	if !isPolicyWord(word) {
		v.refuse("spec.accessPolicy", "invalid accessPolicy: "+strconv.Quote(word))
	}
}

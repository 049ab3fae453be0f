package linkerd

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	policyapi "github.com/meshposture/meshposture/linkerd/api/policy/v1alpha1"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// rateLimit is an HTTPLocalRateLimitPolicy. Its rates count at each proxy of the Server by themselves.
type rateLimit struct {
	resource
	server    source.Ref // zero where it targets something else
	total     uint32     // requests in a second; 0 for no limit
	identity  uint32
	overrides []rateOverride
	reported  bool // the object has conditions
	accepted  bool // as they say
	reason    string
	void      string // why the policy controller does not take it in; empty when it does
	voidAt    string // the field
	named     []namedPeer
}

// rateOverride is the rate of some clients together.
type rateOverride struct {
	rate    uint32
	clients []string // identities
	at      string
}

// rateLimits reads the policies; they came with 2.17.
func (c *compiler) rateLimits(s *settings) []*rateLimit {
	var all []*rateLimit
	for o := range c.in.Objects.Objects(kindRateLimit) {
		v, r := decode(c, o, func(v *policyapi.HTTPLocalRateLimitPolicy) *kube.Meta { return &v.Meta })
		rl := &rateLimit{resource: r}
		if r.refused {
			continue
		}
		rl.read(s, v)
		all = append(all, rl)
	}
	return all
}

func (rl *rateLimit) read(s *settings, v *policyapi.HTTPLocalRateLimitPolicy) {
	if t := v.Spec.TargetRef; sameKind(t.Group, t.Kind, kindServer) {
		rl.server = source.Ref{Kind: kindServer, Namespace: rl.obj.Ref.Namespace, Name: t.Name}
	} else {
		rl.refuse("spec.targetRef", "it targets a "+strings.Trim(t.Kind+"."+t.Group, "."))
	}
	rl.total, rl.identity = rateOf(v.Spec.Total), rateOf(v.Spec.Identity)
	for i, o := range v.Spec.Overrides {
		at := source.Index("spec.overrides", i)
		one := rateOverride{rate: clampRate(o.RequestsPerSecond), at: at + ".requestsPerSecond"}
		for j, ref := range o.ClientRefs {
			if !sameKind(ref.Group, ref.Kind, kube.KindServiceAccount) {
				rl.refuse(source.Index(at+".clientRefs", j), "it names a "+strings.Trim(ref.Kind+"."+ref.Group, ".")+" as a client")
				continue
			}
			id := s.identity(ref.Name, orNamespace(ref.Namespace, rl.obj.Ref.Namespace))
			one.clients = append(one.clients, id)
			rl.named = append(rl.named, namedPeer{source.Index(at+".clientRefs", j), id})
		}
		rl.overrides = append(rl.overrides, one)
	}
	rl.reported = len(v.Status.Conditions) > 0
	for _, cond := range v.Status.Conditions {
		if cond.Type == conditionAccepted {
			rl.accepted, rl.reason = rl.accepted || cond.Status == statusTrue, cond.Reason
		}
	}
}

// refuse says why the policy controller does not take the policy in.
func (rl *rateLimit) refuse(field, why string) {
	if rl.void == "" {
		rl.void, rl.voidAt = why, field
	}
}

func rateOf(l *policyapi.RateLimit) uint32 {
	if l == nil {
		return 0
	}
	return clampRate(l.RequestsPerSecond)
}

func clampRate(n int64) uint32 {
	return uint32(max(0, min(n, 1<<32-1))) //nolint:gosec // it is within bounds
}

// addLimits gives each Server the one policy that counts for it: what was reported as accepted, else the
// oldest, then by name (policy-controller/k8s/status/src/index.rs target_ref_status).
func (p *policy) addLimits() {
	if !p.settings.release.since(17) {
		return
	}
	slices.SortFunc(p.limits, func(a, b *rateLimit) int { return compareAge(a.resource, b.resource) })
	first := p.firstLimits()
	for _, rl := range p.limits {
		srv := p.servers[rl.server]
		switch {
		case srv == nil || rl.void != "" || rl.reported && !rl.accepted:
		case srv.limits == nil && (rl.reported || first[rl.server] == rl):
			srv.limits = rl
		}
	}
}

// firstLimits are the policies that the policy controller accepts, by Server.
func (p *policy) firstLimits() map[source.Ref]*rateLimit {
	first := map[source.Ref]*rateLimit{}
	for _, rl := range p.limits {
		if !rl.server.IsZero() && first[rl.server] == nil {
			first[rl.server] = rl
		}
	}
	return first
}

// of are the limits for a client: that of all, and then its own or that of its identity
// (linkerd2-proxy linkerd/proxy/server-policy/src/local_rate_limit.rs check).
func (rl *rateLimit) of(v *visitor) []mesh.Limit {
	if rl == nil {
		return nil
	}
	var all []mesh.Limit
	add := func(scope mesh.LimitScope, rate uint32, field string, shared bool) {
		if rate > 0 {
			all = append(all, mesh.Limit{Policy: rl.obj.Ref, Loc: rl.at(field), Scope: scope, PerSecond: rate, Shared: shared})
		}
	}
	add(mesh.LimitTotal, rl.total, "spec.total.requestsPerSecond", true)
	for i := len(rl.overrides) - 1; i >= 0; i-- { // of two that name a client, the later one counts
		if o := &rl.overrides[i]; v.identity != "" && o.rate > 0 && slices.Contains(o.clients, v.identity) {
			add(mesh.LimitNamed, o.rate, o.at, len(o.clients) > 1)
			return all
		}
	}
	add(mesh.LimitClient, rl.identity, "spec.identity.requestsPerSecond", v.identity == "")
	return all
}

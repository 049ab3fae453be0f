package linkerd

import (
	"slices"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Condition is what the policy controller says of an object in its status, as it works it out from the
// other objects; what the status in the input says is not read.
type Condition struct {
	Parent   source.Ref  // for which it holds; zero for a condition of the object as a whole
	Accepted truth.Value // Unknown where the object, or one that it depends on, is not understood
	Reason   string      // as Linkerd spells it: "Accepted", "NoMatchingParent", …
	Why      []mesh.Step
}

// The words of conditions (policy-controller/k8s/status/src/index.rs).
const (
	conditionAccepted = "Accepted" // a type
	statusTrue        = "True"

	reasonAccepted         = "Accepted"
	reasonNoMatchingParent = "NoMatchingParent"
	reasonConflicted       = "RouteReasonConflicted"
	reasonNoTarget         = "NoMatchingTarget" // of rate limits
	reasonAlreadyExists    = "RateLimitReasonAlreadyExists"
	reasonNetworkOverlap   = "EgressReasonNetworkOverlap"
)

// Conditions are what the policy controller says of an object in its status: of routes for each parent that
// Linkerd knows, in the order in which they name them; of rate limits and EgressNetworks as a whole. Nil means
// that it says nothing of the object, or that the object is not in the input.
func (l *Layer) Conditions(object source.Ref) []Condition {
	if object.Kind == kindRateLimit {
		return l.policy.limitConditions(object)
	}
	if r := l.policy.conditions(object); r != nil {
		return l.routeConditions(r)
	}
	return slices.Clone(l.egress.conditions[object])
}

// statusRoute is a route of any kind as its status looks at it.
type statusRoute struct {
	resource
	parents  []kube.ParentRef
	statuses []kube.RouteParentStatus
}

func (l *Layer) routeConditions(r *statusRoute) []Condition {
	var all []Condition
	outside := l.egress.conditions[r.obj.Ref]
	for i, p := range r.parents {
		at, ok := parentPortOf(r.obj.Ref, p)
		if !ok {
			continue
		}
		if at.ref.Kind == kindEgressNetwork {
			if len(outside) > 0 {
				all, outside = append(all, outside[0]), outside[1:]
			}
			continue
		}
		all = append(all, l.parentCondition(r, at, source.Index("spec.parentRefs", i)))
	}
	return all
}

// parentCondition is the condition of a route for a Server or a Service (index.rs parent_condition_server,
// parent_condition_service).
func (l *Layer) parentCondition(r *statusRoute, at parentPort, field string) Condition {
	exists := l.policy.servers[at.ref] != nil
	if at.ref.Kind == kube.KindService {
		s := l.cluster.Service(at.ref.Namespace, at.ref.Name)
		exists = s != nil && !s.Headless && s.Type != "ExternalName"
	}
	c := Condition{Parent: at.ref, Accepted: truth.False, Reason: reasonNoMatchingParent}
	detail := "there is no such " + at.ref.Kind.Kind + " to which routes could be attached"
	switch {
	case !exists:
	case l.policy.kinds.conflicts(r.obj.Ref, at):
		c.Reason, detail = reasonConflicted, "a route of a more specific kind names the same parent"
	default:
		c.Accepted, c.Reason, detail = truth.True, reasonAccepted, "the parent is there, and no route of a more specific kind names it"
	}
	if len(r.doubts()) > 0 {
		c.Accepted = truth.Unknown
	}
	c.Why = []mesh.Step{r.step(ruleCondition, field, detail)}
	return c
}

// conditions finds a route by its name; nil when there is none.
func (p *policy) conditions(object source.Ref) *statusRoute {
	for _, r := range p.routes {
		if r.obj.Ref == object {
			return &statusRoute{r.resource, r.parents, r.statuses}
		}
	}
	for _, r := range p.plain {
		if r.obj.Ref == object {
			return r
		}
	}
	return nil
}

// plainRoutes reads the routes of connections, of which only the status matters at Servers.
func (c *compiler) plainRoutes() []*statusRoute {
	var all []*statusRoute
	for o := range c.in.Objects.Objects(kube.KindTLSRoute) {
		v, r := decode(c, o, func(v *kube.TLSRoute) *kube.Meta { return &v.Meta })
		all = append(all, &statusRoute{r, v.Spec.ParentRefs, v.Status.Parents})
	}
	for o := range c.in.Objects.Objects(kube.KindTCPRoute) {
		v, r := decode(c, o, func(v *kube.TCPRoute) *kube.Meta { return &v.Meta })
		all = append(all, &statusRoute{r, v.Spec.ParentRefs, v.Status.Parents})
	}
	return all
}

// limitConditions is the condition of a rate limit (index.rs target_ref_status).
func (p *policy) limitConditions(object source.Ref) []Condition {
	i := slices.IndexFunc(p.limits, func(rl *rateLimit) bool { return rl.obj.Ref == object })
	if i < 0 || p.limits[i].server.IsZero() {
		return nil
	}
	rl := p.limits[i]
	c := Condition{Accepted: truth.False, Reason: reasonAlreadyExists}
	detail := "an older rate limit targets the same Server"
	switch {
	case p.servers[rl.server] == nil:
		c.Reason, detail = reasonNoTarget, "there is no such Server"
	case p.firstLimits()[rl.server] == rl:
		c.Accepted, c.Reason, detail = truth.True, reasonAccepted, "it is the oldest rate limit of the Server"
	}
	if len(rl.doubts()) > 0 {
		c.Accepted = truth.Unknown
	}
	c.Why = []mesh.Step{rl.step(ruleCondition, "spec.targetRef", detail)}
	return []Condition{c}
}

package linkerd

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// egressOutcome is what becomes of what a rule takes.
type egressOutcome struct {
	passes  truth.Value
	status  int // of the answer where it fails; 0 for connections
	detail  string
	unknown []mesh.Gap
}

// outcome says what becomes of what a rule takes: it is answered with a redirect, or sent on.
func (q *egressQuestion) outcome(r *egressRoute, rule *egressRule) egressOutcome {
	out := q.forward(r, rule)
	if rule.redirect == nil || q.asked == nil {
		return out
	}
	switch redirected(rule.redirect, q.asked) {
	case truth.True:
		return egressOutcome{passes: truth.False, status: redirectStatus(rule.redirect), detail: "it is answered with a redirect"}
	case truth.False:
		return out
	default:
		if out.passes == truth.True {
			out.passes = truth.Unknown
			out.unknown = append(out.unknown, mesh.Gap{
				Reason: source.ProblemUnsupported, Object: r.obj.Ref, Loc: r.at(rule.field + ".filters"),
				Detail: "whether the redirect leads elsewhere than to what was asked for is not worked out",
			})
		}
		return out
	}
}

// forward says where a rule sends what it takes. Without backends that is the address itself; a backend
// that does not resolve fails what is sent to it (policy-controller/grpc/src/outbound/tcp.rs convert_backend).
func (q *egressQuestion) forward(r *egressRoute, rule *egressRule) egressOutcome {
	used := rule.backends
	if len(used) > 1 { // one alone gets everything, whatever its weight (linkerd2-proxy linkerd/distribute/src/params.rs)
		used = slices.DeleteFunc(slices.Clone(used), func(b kube.BackendRef) bool { return b.Weight != nil && *b.Weight == 0 })
		if len(used) == 0 {
			return undecidedBackends(r, rule, "all backends have weight 0")
		}
	}
	good, bad := "", ""
	for i := range used {
		where, why := q.backend(&used[i])
		if why != "" {
			bad = why
		} else if good == "" {
			good = where
		}
	}
	switch {
	case len(used) == 0:
		return egressOutcome{passes: truth.True, detail: "it goes to the address"}
	case bad == "":
		return egressOutcome{passes: truth.True, detail: "it goes to " + good}
	case good == "":
		return egressOutcome{passes: truth.False, status: q.failure, detail: "it fails: " + bad}
	default:
		return undecidedBackends(r, rule, "some of the backends fail what is sent to them: "+bad)
	}
}

func undecidedBackends(r *egressRoute, rule *egressRule, detail string) egressOutcome {
	return egressOutcome{passes: truth.Unknown, detail: detail, unknown: []mesh.Gap{{
		Reason: source.ProblemIncomplete, Object: r.obj.Ref, Loc: r.at(rule.field + ".backendRefs"), Detail: detail,
	}}}
}

// backend says where a backend leads, or why it fails. A backend without a namespace is one of the
// EgressNetwork's, not of the route's (policy-controller/k8s/index/src/outbound/index.rs
// Namespace::apply_tcp_route hands on the namespace of the parent).
func (q *egressQuestion) backend(b *kube.BackendRef) (where, failure string) {
	ns := b.Namespace
	if ns == "" {
		ns = q.network.obj.Ref.Namespace
	}
	switch {
	case isCoreService(b):
		return q.serviceBackend(ns, b)
	case !strings.EqualFold(b.Group, groupPolicy) || !strings.EqualFold(b.Kind, kindEgressNetwork.Kind):
		return "", "the backend " + b.Name + " is neither a Service nor an EgressNetwork"
	case ns != q.network.obj.Ref.Namespace || b.Name != q.network.obj.Ref.Name:
		return "", "the backend " + ns + "/" + b.Name + " is not the EgressNetwork that the route is attached to"
	default:
		return "the address", ""
	}
}

func (q *egressQuestion) serviceBackend(ns string, b *kube.BackendRef) (where, failure string) {
	switch {
	case b.Port == 0:
		return "", "the backend Service " + b.Name + " has no port"
	case q.layer.cluster.Service(ns, b.Name) == nil:
		return "", "there is no Service " + ns + "/" + b.Name
	default:
		return "Service " + ns + "/" + b.Name + " instead of the address", ""
	}
}

func isCoreService(b *kube.BackendRef) bool {
	return (b.Group == "" || strings.EqualFold(b.Group, "core")) && (b.Kind == "" || strings.EqualFold(b.Kind, "Service"))
}

package mesh

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// grantKey names who may refer to what by a ReferenceGrant.
type grantKey struct {
	from          source.Kind
	fromNamespace string
	to            source.Kind
	toNamespace   string
}

func (r *gatewayReader) readGrants() {
	r.grants = map[grantKey][]string{}
	for o := range r.objs.Objects(kube.KindReferenceGrant) {
		g, _ := decode[kube.ReferenceGrant](r.c, o)
		for _, from := range g.Spec.From {
			for _, to := range g.Spec.To {
				k := grantKey{
					source.Kind{Group: from.Group, Kind: from.Kind},
					from.Namespace,
					source.Kind{Group: to.Group, Kind: to.Kind},
					o.Ref.Namespace,
				}
				r.grants[k] = append(r.grants[k], to.Name)
			}
		}
	}
	r.policies = map[source.Ref]source.Object{}
	for o := range r.objs.Objects(kube.KindBackendTLSPolicy) {
		p, _ := decode[kube.BackendTLSPolicy](r.c, o)
		for _, t := range p.Spec.TargetRefs {
			ref := source.Ref{Kind: source.Kind{Group: t.Group, Kind: t.Kind}, Namespace: o.Ref.Namespace, Name: t.Name}
			if _, ok := r.policies[ref]; !ok {
				r.policies[ref] = o
			}
		}
	}
}

// granted reports whether an object may name another: one of its own namespace, or one that a
// ReferenceGrant beside it opens.
func (r *gatewayReader) granted(from, to source.Ref) bool {
	if from.Namespace == to.Namespace {
		return true
	}
	names := r.grants[grantKey{from.Kind, from.Namespace, to.Kind, to.Namespace}]
	return slices.Contains(names, "") || slices.Contains(names, to.Name)
}

// certificates checks that the listener may use the certificates that it names. The Secrets
// themselves are not read.
func (r *gatewayReader) certificates(l *GatewayListener) {
	t := l.Spec.TLS
	if t == nil || l.Entry.TLS != EdgeTerminated {
		return
	}
	granted := 0
	for i, ref := range t.CertificateRefs {
		to := source.Ref{
			Kind: source.Kind{Group: ref.Group, Kind: cmp.Or(ref.Kind, "Secret")}, Namespace: cmp.Or(ref.Namespace, l.object.Ref.Namespace), Name: ref.Name,
		}
		if r.granted(l.object.Ref, to) {
			granted++
			continue
		}
		r.report(source.ProblemDangling, l.object, source.Join(l.path, source.Index("tls.certificateRefs", i)),
			"no ReferenceGrant lets the listener use "+to.String())
	}
	switch {
	case len(t.CertificateRefs) == 0 && len(t.Options) == 0:
		l.NoCertificate = "the listener names no certificate"
	case len(t.CertificateRefs) > 0 && granted == 0:
		l.NoCertificate = "the listener may use none of the certificates that it names"
	}
}

// serve fills in the backends of the routes that the listener takes.
func (l *GatewayListener) serve(r *gatewayReader) {
	rules, redirected := 0, 0
	l.leads = truth.Of(r.unread).And(truth.Unknown)
	for _, a := range l.attached {
		hosts, some := l.own(r, a.hosts)
		if !some {
			continue
		}
		l.Entry.Why = append(l.Entry.Why, Step{
			Rule: RuleAttached, Object: a.route.object.Ref, Loc: a.route.object.At("spec.parentRefs"), Detail: "the listener takes the route",
		})
		for _, rule := range a.route.rules {
			rules++
			if slices.ContainsFunc(rule.refs, func(ref routeRef) bool { return ref.weight() != 0 }) {
				l.leads = l.leads.Or(truth.Of(len(a.gaps) == 0).Or(truth.Unknown))
			}
			if rule.toTLS {
				redirected++
			}
			if !rule.toTLS && !rule.other {
				l.Entry.Backends = append(l.Entry.Backends, r.backends(a, hosts, rule)...)
			}
		}
	}
	if rules > 0 && redirected == rules && l.Entry.TLS == EdgePlaintext {
		l.Entry.RedirectsToTLS = truth.True
	}
}

// own leaves out of a route's hosts those that a listener with a narrower name takes away: a request
// is for the listener with the most specific name, and no other. It reports false when none is left.
func (l *GatewayListener) own(r *gatewayReader, hosts []string) ([]string, bool) {
	if l.Spec.Hostname != "" && l.Spec.Hostname[0] != '*' {
		return hosts, true
	}
	if len(hosts) == 0 {
		return nil, true
	}
	var left []string
	for _, h := range hosts {
		if !r.narrower(l, h) {
			left = append(left, h)
		}
	}
	return left, len(left) > 0
}

// narrower reports whether another listener of the Gateway, on the same port and protocol, has a
// narrower name that covers host.
func (r *gatewayReader) narrower(l *GatewayListener, host string) bool {
	first, _ := slices.BinarySearchFunc(r.c.listeners, l.Gateway.object.Ref, func(m *GatewayListener, want source.Ref) int {
		return m.Gateway.object.Ref.Compare(want)
	})
	for _, m := range r.c.listeners[first:] {
		if m.Gateway != l.Gateway {
			break
		}
		if m == l || m.taken == truth.False || m.Entry.Port != l.Entry.Port || m.Spec.Protocol != l.Spec.Protocol {
			continue
		}
		// "x.example.com" is narrower than "*.example.com" and no longer.
		if m.Spec.Hostname != l.Spec.Hostname && len(m.Spec.Hostname) >= len(l.Spec.Hostname) && hostCovers(m.Spec.Hostname, host) {
			return true
		}
	}
	return false
}

// backends are those of one rule of a route.
func (r *gatewayReader) backends(a attachment, hosts []string, rule routeRule) []Backend {
	var all []Backend
	weighed := 0
	for _, ref := range rule.refs {
		if !ref.mirror && ref.weight() != 0 {
			weighed++
		}
	}
	for _, ref := range rule.refs {
		if ref.weight() == 0 {
			continue
		}
		b := r.backend(a.route, ref)
		b.Hosts, b.Match, b.Mirror = hosts, rule.match(), ref.mirror
		b.Unknown = slices.Concat(a.gaps, b.Unknown)
		if weighed > 1 && !ref.mirror {
			b.Weight = ref.weight()
		}
		all = append(all, b)
	}
	return all
}

func (ref routeRef) weight() int {
	if ref.Weight == nil {
		return 1
	}
	return int(*ref.Weight)
}

// backend follows a reference.
func (r *gatewayReader) backend(rt *gatewayRoute, ref routeRef) Backend {
	b := Backend{
		Route: rt.object.Ref, Loc: rt.object.At(ref.path), Port: ref.Port,
		Target: source.Ref{
			Kind:      source.Kind{Group: ref.Group, Kind: cmp.Or(ref.Kind, "Service")},
			Namespace: cmp.Or(ref.Namespace, rt.object.Ref.Namespace), Name: ref.Name,
		},
	}
	switch {
	case !r.granted(rt.object.Ref, b.Target):
		b.Unknown = append(b.Unknown, Gap{
			Reason: source.ProblemDangling, Object: b.Target, Loc: b.Loc, Detail: "no ReferenceGrant lets the route send to it",
		})
	case b.Target.Kind != kube.KindService:
		b.Unknown = append(b.Unknown, Gap{
			Reason: source.ProblemUnsupported, Object: b.Target, Loc: b.Loc, Detail: "backends of kind " + b.Target.Kind.String() + " are not evaluated",
		})
	default:
		b.to(r.c, func(*Service) uint16 { return ref.Port })
	}
	if o, ok := r.policies[b.Target]; ok {
		b.Unknown = append(b.Unknown, Gap{
			Reason: source.ProblemUnsupported, Object: o.Ref, Loc: o.At("spec.targetRefs"),
			Detail: "the policy makes gateways begin TLS to the backend, which is not part of what is judged of the second hop",
		})
	}
	return b
}

func portWord(port uint16) string {
	if port == 0 {
		return ""
	}
	return fmt.Sprintf("on port %d", port)
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// routed are the entries of Ingresses and Gateways, whoever the controller is.
func (c *Cluster) routed() []Entry {
	var all []Entry
	for _, in := range c.ingresses {
		all = append(all, in.Entries(c)...)
	}
	if len(c.listeners) > 0 {
		proxies := c.labelledProxies()
		for _, l := range c.listeners {
			all = append(all, l.generic(c, proxies))
		}
	}
	return all
}

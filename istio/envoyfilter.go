package istio

import (
	"regexp"
	"slices"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// envoyFilter is an EnvoyFilter with its patches as what they may touch.
type envoyFilter struct {
	resource
	reach   reach
	patches []envoyPatch
	unread  bool // its patches, or whom they are for, were not wholly understood
}

// envoyFilters are the EnvoyFilters by namespace, ordered by name.
type envoyFilters map[string][]*envoyFilter

func (c *compiler) envoyFilters() envoyFilters {
	found := envoyFilters{}
	for o := range c.in.Objects.Objects(kindEnvoyFilter) {
		spec := &networkingv1alpha3.EnvoyFilter{}
		f := &envoyFilter{resource: c.decode(o, spec)}
		if !c.acceptsEnvoyFilter(f.resource, spec) && !c.opts.KeepInvalid {
			continue
		}
		f.reach = reach{
			namespace: o.Ref.Namespace, selects: spec.GetWorkloadSelector() != nil,
			labels: spec.GetWorkloadSelector().GetLabels(), targets: spec.GetTargetRefs(),
		}
		f.unread = slices.ContainsFunc(f.gaps, func(g mesh.Gap) bool {
			return touches(g, "spec.configPatches", "spec.workloadSelector", "spec.targetRefs")
		})
		for i, p := range spec.GetConfigPatches() {
			f.patches = append(f.patches, f.patch(i, p))
		}
		if len(f.patches) > 0 || f.unread {
			found[o.Ref.Namespace] = append(found[o.Ref.Namespace], f)
		}
	}
	return found
}

// envoyPatch is one patch of an EnvoyFilter.
type envoyPatch struct {
	context networkingv1alpha3.EnvoyFilter_PatchContext
	effect  patchEffect
	version *regexp.Regexp // of the proxies that it is for; nil for all
	never   bool           // it is for no proxy
	step    mesh.Step
	gap     mesh.Gap
}

// maxVersionExpr is how long the expression may be by which a patch picks proxies by version; a longer
// one matches none (pilot/pkg/model/envoyfilter.go maxProxyVersionLen).
const maxVersionExpr = 1024

func (f *envoyFilter) patch(i int, p *networkingv1alpha3.EnvoyFilter_EnvoyConfigObjectPatch) envoyPatch {
	loc := f.obj.At(source.Index("spec.configPatches", i))
	text := describePatch(p, namesOf(p))
	ep := envoyPatch{
		context: p.GetMatch().GetContext(), effect: effectOf(p), never: p.GetPatch() == nil && p.GetApplyTo() != networkingv1alpha3.EnvoyFilter_BOOTSTRAP,
		step: mesh.Step{Rule: ruleEnvoyFilter, Object: f.obj.Ref, Loc: loc, Detail: text},
		gap: mesh.Gap{
			Reason: source.ProblemUnsupported, Object: f.obj.Ref, Loc: loc,
			Detail: text + ", so that what Istio configures there is not verified",
		},
	}
	if len(ep.effect.aimed) > 0 {
		ep.step.Rule = ruleEnvoyFilterSecurity
	}
	if expr := p.GetMatch().GetProxy().GetProxyVersion(); len(expr) > maxVersionExpr {
		ep.never = true
	} else if expr != "" {
		ep.version, _ = regexp.Compile(expr) // one that does not compile matches every version, as in istiod
	}
	return ep
}

// meets reports whether the patch is for a proxy, as far as its context and version say. What else it
// asks of the proxy, and of the part that it patches, is not evaluated: it may then change nothing.
func (p *envoyPatch) meets(e envoyProxy) bool {
	if p.never {
		return false
	}
	if p.version != nil && knownVersion(e.version) && !p.version.MatchString(e.version) && !p.version.MatchString(withoutVariant(e.version)) {
		return false
	}
	switch p.context {
	case networkingv1alpha3.EnvoyFilter_ANY:
		return true
	case networkingv1alpha3.EnvoyFilter_GATEWAY:
		return e.role == roleRouter
	case networkingv1alpha3.EnvoyFilter_SIDECAR_INBOUND, networkingv1alpha3.EnvoyFilter_SIDECAR_OUTBOUND:
		return e.role != roleRouter // a waypoint's listeners and clusters are patched as a sidecar's are
	default:
		return false // istiod up to 1.31 gives no proxy the context WAYPOINT
	}
}

// touches reports whether the patch may change an aspect of a proxy. A sidecar judges requests where
// they come in, and chooses how to connect where they go out.
func (p *envoyPatch) touches(aspect mesh.Aspect, e envoyProxy) bool {
	if !p.meets(e) || !slices.Contains(p.effect.aspects, aspect) {
		return false
	}
	switch aspect {
	case mesh.AspectInbound, mesh.AspectAuthorization:
		return p.context != networkingv1alpha3.EnvoyFilter_SIDECAR_OUTBOUND
	case mesh.AspectTransport:
		return p.context != networkingv1alpha3.EnvoyFilter_SIDECAR_INBOUND || e.role == roleWaypoint
	default:
		return true
	}
}

// picks reports whether the filter is for a proxy. Up to 1.26 it has no targets, and its labels pick
// proxies of every kind.
func (f *envoyFilter) picks(e envoyProxy, rev *revision) bool {
	if rev != nil && rev.since(27) == truth.False {
		return kube.Subset(f.reach.labels, e.labels)
	}
	return f.reach.attaches(e, rev)
}

// reaching are the EnvoyFilters that a proxy gets: those of its namespace and of the root namespace
// that pick it. pilot/pkg/model/push_context.go EnvoyFilters.
func (fs envoyFilters) reaching(e envoyProxy, rev *revision) []*envoyFilter {
	root := rev.rootNamespace()
	var found []*envoyFilter
	add := func(namespace string) {
		for _, f := range fs[namespace] {
			if f.unread || f.picks(e, rev) {
				found = append(found, f)
			}
		}
	}
	add(e.namespace)
	if root != e.namespace {
		add(root)
	}
	return found
}

// gaps names the EnvoyFilters that may change an aspect of a proxy. What they do to Envoy's
// configuration is not evaluated.
func (fs envoyFilters) gaps(aspect mesh.Aspect, rev *revision, e envoyProxy) []mesh.Gap {
	var gaps []mesh.Gap
	for _, f := range fs.reaching(e, rev) {
		if f.unread {
			gaps = append(gaps, f.unreadGap())
			continue
		}
		if i := slices.IndexFunc(f.patches, func(p envoyPatch) bool { return p.touches(aspect, e) }); i >= 0 {
			gaps = append(gaps, f.patches[i].gap)
		}
	}
	return gaps
}

func (f *envoyFilter) unreadGap() mesh.Gap {
	return mesh.Gap{
		Reason: source.ProblemUnsupported, Object: f.obj.Ref, Loc: f.obj.At("spec"),
		Detail: "the EnvoyFilter was not wholly understood, and may patch any part of the proxy",
	}
}

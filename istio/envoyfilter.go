package istio

import (
	"slices"
	"strings"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// envoyFilter is an EnvoyFilter with a patch that may change what a sidecar accepts.
type envoyFilter struct {
	resource
	spec  *networkingv1alpha3.EnvoyFilter
	patch int // the first such patch
}

// envoyFilters are those EnvoyFilters by namespace, ordered by name.
type envoyFilters map[string][]*envoyFilter

func (c *compiler) envoyFilters() envoyFilters {
	found := envoyFilters{}
	for o := range c.in.Objects.Objects(kindEnvoyFilter) {
		f := &envoyFilter{spec: &networkingv1alpha3.EnvoyFilter{}}
		f.resource = c.decode(o, f.spec)
		f.patch = slices.IndexFunc(f.spec.GetConfigPatches(), patchesInbound)
		if f.patch >= 0 || len(f.gaps) > 0 {
			found[o.Ref.Namespace] = append(found[o.Ref.Namespace], f)
		}
	}
	return found
}

// patchesInbound reports whether a patch reaches what decides over a sidecar's inbound connections:
// its listeners, their filters and chains, or the whole of Envoy's configuration. Patches of HTTP
// filters, routes and clusters come after the connection was accepted, or concern the other side.
func patchesInbound(p *networkingv1alpha3.EnvoyFilter_EnvoyConfigObjectPatch) bool {
	switch p.GetApplyTo() {
	case networkingv1alpha3.EnvoyFilter_BOOTSTRAP:
		return true
	case networkingv1alpha3.EnvoyFilter_LISTENER, networkingv1alpha3.EnvoyFilter_LISTENER_FILTER,
		networkingv1alpha3.EnvoyFilter_FILTER_CHAIN, networkingv1alpha3.EnvoyFilter_NETWORK_FILTER:
		context := p.GetMatch().GetContext()
		return context == networkingv1alpha3.EnvoyFilter_ANY || context == networkingv1alpha3.EnvoyFilter_SIDECAR_INBOUND
	default:
		return false
	}
}

// gapsOf names the EnvoyFilters that reach a sidecar: those of its namespace and of the root
// namespace whose selector matches. What they do to Envoy's configuration is not evaluated, so the
// mode that Istio configures stands unverified.
func (fs envoyFilters) gapsOf(root string, p *mesh.Pod) []mesh.Gap {
	namespaces := []string{p.Namespace.Name}
	if root != p.Namespace.Name {
		namespaces = append(namespaces, root)
	}
	var gaps []mesh.Gap
	for _, ns := range namespaces {
		for _, f := range fs[ns] {
			if len(f.spec.GetTargetRefs()) == 0 && kube.Subset(f.spec.GetWorkloadSelector().GetLabels(), p.Labels) {
				gaps = append(gaps, f.gap())
			}
		}
	}
	return gaps
}

func (f *envoyFilter) gap() mesh.Gap {
	g := mesh.Gap{Reason: source.ProblemUnsupported, Object: f.obj.Ref, Loc: f.obj.At("spec")}
	if f.patch < 0 {
		g.Detail = "the EnvoyFilter was not wholly understood, and may patch what the sidecar accepts"
		return g
	}
	path := source.Index("spec.configPatches", f.patch)
	g.Loc = f.obj.At(path)
	what := strings.ToLower(f.spec.GetConfigPatches()[f.patch].GetApplyTo().String())
	g.Detail = "the EnvoyFilter patches a " + what + " of the sidecar, so that what Istio configures is not verified"
	return g
}

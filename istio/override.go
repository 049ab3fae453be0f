package istio

import (
	"slices"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/mesh"
)

// unverified names what may change an aspect of the proxy of a pod behind Istio's own configuration:
// EnvoyFilters, WasmPlugins and TrafficExtensions, and options of the proxy's own configuration; nil when
// there is nothing. An answer keeps its value and carries these gaps. Ask it only for pods with an Envoy.
func (l *Layer) unverified(aspect mesh.Aspect, rev *revision, p *mesh.Pod) []mesh.Gap {
	gaps := rev.optionGaps(aspect, p)
	root := rev.rootNamespace()
	if ns := p.Namespace.Name; len(l.filters[ns]) == 0 && len(l.filters[root]) == 0 && len(l.extensions[ns]) == 0 && len(l.extensions[root]) == 0 {
		return gaps
	}
	return append(gaps, l.unverifiedAt(aspect, rev, envoyOf(p))...)
}

// unverifiedWaypoint is unverified for the waypoint of that namespace and name where it serves a Service
// of namespace serves; an empty one is none.
func (l *Layer) unverifiedWaypoint(aspect mesh.Aspect, rev *revision, namespace, name, serves string) []mesh.Gap {
	e := waypointEnvoy(namespace, name)
	e.serves = serves
	return append(rev.optionGaps(aspect, nil), l.unverifiedAt(aspect, rev, e)...)
}

func (l *Layer) unverifiedAt(aspect mesh.Aspect, rev *revision, e envoyProxy) []mesh.Gap {
	gaps := l.filters.gaps(aspect, rev, e)
	for _, x := range l.extensions.reaching(e, rev) {
		if x.touches(aspect, e) {
			gaps = append(gaps, x.gap)
		}
	}
	return gaps
}

// Overrides lists the EnvoyFilters, WasmPlugins and TrafficExtensions with the workloads that they reach.
func (l *Layer) Overrides() []mesh.Override { return slices.Clone(l.facts.overrides()) }

// overrider is an object that becomes an override.
type overrider interface {
	*envoyFilter | *extension
	override(root bool) *mesh.Override
	meets(e envoyProxy) bool
}

// findOverrides asks for each workload with an Envoy what reaches it.
func (l *Layer) findOverrides() []mesh.Override {
	found := map[any]*mesh.Override{}
	var all []*mesh.Override
	roots := l.roots()
	for _, ns := range sortedKeys(l.filters) {
		for _, f := range l.filters[ns] {
			all = addOverride(found, all, f, slices.Contains(roots, ns))
		}
	}
	for _, ns := range sortedKeys(l.extensions) {
		for _, x := range l.extensions[ns] {
			all = addOverride(found, all, x, slices.Contains(roots, ns))
		}
	}
	if len(all) > 0 {
		for w := range l.cluster.Workloads() {
			l.reachWorkload(found, w)
		}
	}
	slices.SortFunc(all, func(a, b *mesh.Override) int { return a.Object.Compare(b.Object) })
	var out []mesh.Override
	for _, o := range all {
		out = append(out, *o)
	}
	return out
}

func addOverride[O overrider](found map[any]*mesh.Override, all []*mesh.Override, o O, root bool) []*mesh.Override {
	made := o.override(root)
	found[o] = made
	return append(all, made)
}

// reachWorkload adds a workload to the overrides that reach the proxies of its pods.
func (l *Layer) reachWorkload(found map[any]*mesh.Override, w *mesh.Workload) {
	ran := false
	for p := range w.Pods() {
		ran = true
		if l.hasEnvoy(p, l.Observe(p)) {
			l.reachPod(found, w, p)
		}
	}
	if t := w.Template(); !ran && l.hasEnvoy(t, l.Admit(t)) {
		l.reachPod(found, w, t)
	}
}

// hasEnvoy reports whether an Envoy stands in or before a pod. One that could not be judged may have one.
func (l *Layer) hasEnvoy(p *mesh.Pod, e mesh.Enrolment) bool {
	if px, ok := proxyOf(p); ok && px.role() == roleZtunnel {
		return false
	}
	switch e.Mode {
	case mesh.ModeSidecar, mesh.ModeNativeSidecar, mesh.ModeGateway, mesh.ModeWaypoint, mesh.ModeUnknown:
		return true
	default:
		return false
	}
}

func (l *Layer) reachPod(found map[any]*mesh.Override, w *mesh.Workload, p *mesh.Pod) {
	e, rev := envoyOf(p), l.named(revisionOf(p))
	reached := func(o *mesh.Override) {
		if n := len(o.Workloads); n == 0 || o.Workloads[n-1] != w.ID() {
			o.Workloads = append(o.Workloads, w.ID())
		}
	}
	for _, f := range l.filters.reaching(e, rev) {
		if f.meets(e) {
			reached(found[f])
		}
	}
	for _, x := range l.extensions.reaching(e, rev) {
		reached(found[x])
	}
}

// meets reports whether some patch is for the proxy.
func (f *envoyFilter) meets(e envoyProxy) bool {
	return f.unread || slices.ContainsFunc(f.patches, func(p envoyPatch) bool { return p.meets(e) })
}

func (x *extension) meets(envoyProxy) bool { return true }

func (f *envoyFilter) override(root bool) *mesh.Override {
	o := &mesh.Override{Object: f.obj.Ref, Everyone: root && f.reach.everywhere(), Unknown: f.gaps}
	for i := range f.patches {
		p := &f.patches[i]
		e := envoyProxy{role: templateSidecar}
		if p.context == networkingv1alpha3.EnvoyFilter_GATEWAY {
			e.role = roleRouter
		}
		for _, a := range p.effect.aspects {
			if !p.touches(a, e) && p.version == nil {
				continue
			}
			o.Aspects = append(o.Aspects, a)
			if slices.Contains(p.effect.alters, a) {
				o.Alters = append(o.Alters, a)
			}
			if slices.Contains(p.effect.aimed, a) {
				o.Aimed = append(o.Aimed, a)
			}
		}
		if !p.never {
			o.Why = append(o.Why, p.step)
		}
	}
	for _, list := range []*[]mesh.Aspect{&o.Aspects, &o.Alters, &o.Aimed} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return o
}

func (x *extension) override(root bool) *mesh.Override {
	return &mesh.Override{
		Object: x.obj.Ref, Aspects: slices.Clone(extensionAspects[:]), Everyone: root && x.reach.everywhere(),
		Why: []mesh.Step{x.step}, Unknown: x.gaps,
	}
}

package istio

import (
	"slices"
	"strings"

	telemetryv1alpha1 "istio.io/api/telemetry/v1alpha1"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// telemetry is a Telemetry resource.
type telemetry struct {
	resource
	spec  *telemetryv1alpha1.Telemetry
	reach reach
	lost  bool // whom it is for was not understood
}

// telemetries are those resources by namespace, oldest first.
type telemetries map[string][]*telemetry

func (c *compiler) telemetries() telemetries {
	found := telemetries{}
	for o := range c.in.Objects.Objects(kindTelemetry) {
		t := &telemetry{spec: &telemetryv1alpha1.Telemetry{}}
		t.resource = c.decode(o, t.spec)
		if !c.acceptsTelemetry(t.resource, t.spec) && !c.opts.KeepInvalid {
			continue
		}
		t.reach = reachOf(o.Ref.Namespace, t.spec.GetSelector(), t.spec.GetTargetRef(), t.spec.GetTargetRefs())
		t.lost = slices.ContainsFunc(t.gaps, func(g mesh.Gap) bool { return touches(g, "spec.selector", "spec.targetRef") })
		found[o.Ref.Namespace] = append(found[o.Ref.Namespace], t)
	}
	for _, list := range found {
		slices.SortFunc(list, func(a, b *telemetry) int { return compareAge(a.resource, b.resource) })
	}
	return found
}

// wide is the resource of a namespace that counts for all its proxies: the oldest that names neither
// labels nor targets (pilot/pkg/model/telemetry.go namespaceWideTelemetryConfig); nil for none.
func (ts telemetries) wide(namespace string) *telemetry {
	i := slices.IndexFunc(ts[namespace], func(t *telemetry) bool { return t.reach.everywhere() && !t.lost })
	if i < 0 {
		return nil
	}
	return ts[namespace][i]
}

// doubts are the gaps that leave open which resources of a namespace count.
func (ts telemetries) doubts(namespace string) []mesh.Gap {
	var gaps []mesh.Gap
	wide := 0
	for _, t := range ts[namespace] {
		switch {
		case t.lost:
			gaps = append(gaps, t.gaps...)
		case t.reach.everywhere():
			wide++
		}
	}
	if first := ts.wide(namespace); wide > 1 && first.meta.CreationTimestamp.IsZero() {
		gaps = append(gaps, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: first.obj.Ref, Loc: first.obj.At("metadata.creationTimestamp"),
			Detail: "the oldest Telemetry of namespace " + namespace + " counts, and the input does not say which that is",
		})
	}
	return gaps
}

// applicable are the resources that a proxy gets, in the order in which later ones override earlier
// ones, and what leaves open which those are. Since 1.30.3 a waypoint gets those of the Service's namespace,
// and by target only those; before, only those of its own.
// pilot/pkg/model/telemetry.go applicableTelemetries.
func (ts telemetries) applicable(e envoyProxy, rev *revision) ([]*telemetry, []mesh.Gap) {
	root, last := rev.rootNamespace(), e.namespace
	namespaces := []string{root}
	if e.namespace != root {
		namespaces = append(namespaces, e.namespace)
	}
	if e.serves != "" && e.serves != e.namespace && rev.sincePatch(30, 3) != truth.False {
		namespaces, last = append(namespaces, e.serves), e.serves
	}
	var all []*telemetry
	var gaps []mesh.Gap
	for _, ns := range namespaces {
		if t := ts.wide(ns); t != nil {
			all = append(all, t)
		}
	}
	for _, t := range ts[last] {
		if !t.lost && !t.reach.everywhere() && t.reach.attaches(e, rev) {
			all = append(all, t)
		}
	}
	for _, ns := range namespaces {
		gaps = append(gaps, ts.doubts(ns)...)
	}
	for _, t := range all {
		gaps = append(gaps, t.gaps...)
	}
	return all, gap.Once(gaps)
}

func (t *telemetry) step(path, detail string) mesh.Step {
	return mesh.Step{Rule: ruleTelemetry, Object: t.obj.Ref, Loc: t.obj.At(path), Detail: detail}
}

// Telemetry says what is reported of a pod's traffic: by its own Envoy, by ztunnel, and by the waypoints
// of the Services that lead to it.
func (l *Layer) Telemetry(p *mesh.Pod, e mesh.Enrolment) []mesh.Telemetry {
	rev := l.named(e.Revision)
	var all []mesh.Telemetry
	switch e.Mode {
	case mesh.ModeSidecar, mesh.ModeNativeSidecar:
		all = append(all, l.reported(p, rev, envoyOf(p), mesh.Inwards, mesh.Outwards))
	case mesh.ModeGateway:
		all = append(all, l.reported(p, rev, envoyOf(p), mesh.Outwards))
	case mesh.ModeWaypoint:
		all = append(all, l.reported(p, rev, envoyOf(p), mesh.Inwards))
	case mesh.ModeAmbient:
		all = append(all, ztunnelTelemetry(p))
	case mesh.ModeNone, mesh.ModeProxyless:
		return nil
	default:
		return []mesh.Telemetry{{Why: e.Why, Unknown: e.Unknown}}
	}
	if e.Mode == mesh.ModeAmbient {
		all = append(all, l.waypointTelemetry(p, rev)...)
	}
	return all
}

// ztunnelTelemetry is what ztunnel reports: connections only, and always.
func ztunnelTelemetry(p *mesh.Pod) mesh.Telemetry {
	step := mesh.Step{
		Rule: ruleZtunnelTelemetry, Object: p.Object(), Loc: p.AnnotationLoc(annotationRedirection),
		Detail: "ztunnel counts connections and sees no requests; Telemetry resources do not reach it",
	}
	t := mesh.Telemetry{L7: truth.False, Why: []mesh.Step{step}}
	for _, d := range []mesh.Direction{mesh.Inwards, mesh.Outwards} {
		t.Tracing = append(t.Tracing, mesh.Tracing{Direction: d, Enabled: truth.False, Why: []mesh.Step{step}})
		t.Metrics = append(t.Metrics, mesh.Metrics{Direction: d, Provider: providerPrometheus, Enabled: truth.True, Why: []mesh.Step{step}})
	}
	return t
}

// waypointTelemetry is what the waypoints report through which the pod's Services are reached.
func (l *Layer) waypointTelemetry(p *mesh.Pod, rev *revision) []mesh.Telemetry {
	var all []mesh.Telemetry
	var seen []envoyKey
	for _, s := range p.Workload.Services() {
		if !kube.Subset(s.Selector, p.Labels) {
			continue
		}
		b, bound := l.Bind(s)
		if !bound || b.Proxy == "" {
			continue
		}
		namespace, name, _ := strings.Cut(b.Proxy, "/")
		e := waypointEnvoy(namespace, name)
		e.serves, e.service = s.Namespace.Name, s.Name
		if slices.Contains(seen, envoyKey{b.Proxy, s.Name}) {
			continue
		}
		seen = append(seen, envoyKey{b.Proxy, s.Name})
		t := l.reported(p, rev, e, mesh.Inwards)
		t.Proxy = b.Proxy
		t.Why = slices.Concat(b.Why, t.Why)
		all = append(all, t)
	}
	return all
}

// envoyKey is a waypoint and a Service that it serves.
type envoyKey struct{ proxy, service string }

// reported merges what an Envoy reports, for the directions of traffic that it sees as such.
func (l *Layer) reported(p *mesh.Pod, rev *revision, e envoyProxy, directions ...mesh.Direction) mesh.Telemetry {
	t := mesh.Telemetry{L7: truth.True}
	applicable, gaps := l.facts.telemetries.applicable(e, rev)
	t.Unknown = gaps
	for _, a := range applicable {
		t.Why = append(t.Why, a.step("metadata.name", "the Telemetry is for the proxy"))
	}
	m := l.newTelemetryMerge(p, rev, applicable)
	t.Unknown = append(t.Unknown, m.gaps...)
	for _, d := range directions {
		t.Tracing = append(t.Tracing, m.tracing(d))
		t.Logs = append(t.Logs, m.logs(d)...)
		t.Metrics = append(t.Metrics, m.metrics(d)...)
	}
	if e.role != roleWaypoint {
		t.Knobs = m.knobs()
	}
	return t
}

// telemetryConflicts lists the places for which several Telemetries stand where one is meant to: a
// namespace, and a pod. Istio calls the outcome undefined; istiod takes the oldest for a namespace, and
// lays those for a pod over each other, the newest on top.
func (l *Layer) telemetryConflicts() []mesh.Conflict {
	var all []mesh.Conflict
	for _, ns := range sortedKeys(l.facts.telemetries) {
		var wide []*telemetry
		for _, t := range l.facts.telemetries[ns] {
			if t.reach.everywhere() && !t.lost {
				wide = append(wide, t)
			}
		}
		if len(wide) > 1 {
			all = append(all, telemetryConflict(wide, "namespace "+ns, "only the oldest counts"))
		}
	}
	return append(all, l.selectedTwice()...)
}

// selectedTwice looks for pods that several Telemetries select, once for each such set.
func (l *Layer) selectedTwice() []mesh.Conflict {
	var all []mesh.Conflict
	seen := map[string]bool{}
	for w := range l.cluster.Workloads() {
		list := l.facts.telemetries[w.ID().Namespace]
		if len(list) < 2 {
			continue
		}
		for p := range podsAndTemplate(w) {
			rev := l.named(revisionOf(p))
			var meeting []*telemetry
			key := w.ID().Namespace
			for _, t := range list {
				if !t.lost && !t.reach.everywhere() && t.reach.attaches(envoyOf(p), rev) {
					meeting, key = append(meeting, t), key+"/"+t.obj.Ref.Name
				}
			}
			if len(meeting) > 1 && !seen[key] {
				seen[key] = true
				all = append(all, telemetryConflict(meeting, w.ID().String(), "the newer override the older field by field"))
			}
		}
	}
	return all
}

func telemetryConflict(list []*telemetry, what, outcome string) mesh.Conflict {
	c := mesh.Conflict{Mesh: Name, Rule: ruleTelemetryConflict, Settled: truth.True}
	var names []string
	for _, t := range list {
		c.Objects = append(c.Objects, t.obj.Ref)
		c.Locs = append(c.Locs, t.obj.At("metadata.name"))
		names = append(names, t.obj.Ref.Namespace+"/"+t.obj.Ref.Name)
		if t.meta.CreationTimestamp.IsZero() {
			c.Settled = truth.Unknown // ties are broken by name
		}
	}
	c.Detail = "Telemetries " + strings.Join(names, ", ") + " apply to " + what + ", which Istio leaves undefined; " + outcome
	return c
}

package istio

import (
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Conflicts lists the places for which several PeerAuthentications apply: a namespace, the mesh,
// or a workload. Istio takes the oldest of them whole and passes over the rest. Then it lists those for
// which several Telemetries do, and the DestinationRules that others keep from having an effect.
func (l *Layer) Conflicts() []mesh.Conflict {
	var all []mesh.Conflict
	ambient := l.ambientNamespaces()
	for _, ns := range slices.Sorted(maps.Keys(l.policies.byNamespace)) {
		var wide []*peerAuth
		for _, pa := range l.policies.byNamespace[ns].all {
			if pa.selectsAll() && !pa.lost {
				wide = append(wide, pa)
			}
		}
		what := "namespace " + ns
		inAmbient := ambient[ns]
		if slices.Contains(l.policies.roots, ns) {
			what, inAmbient = "the mesh", len(ambient) > 0
		}
		if len(wide) > 1 {
			all = append(all, conflict(wide, what, inAmbient))
		}
	}
	return slices.Concat(all, l.workloadConflicts(), l.telemetryConflicts(), l.ruleConflicts())
}

// workloadConflicts looks at the policies with a selector, once for each set of them that meets on
// a pod. What such a set means for a workload in ambient mode counts before what it means for others.
func (l *Layer) workloadConflicts() []mesh.Conflict {
	var meetings []*meeting
	byKey := map[string]*meeting{}
	for w := range l.cluster.Workloads() {
		own := l.policies.byNamespace[w.ID().Namespace]
		if own == nil || slices.Contains(l.policies.roots, w.ID().Namespace) {
			continue
		}
		seen := map[string]bool{}
		for p := range podsAndTemplate(w) {
			m := meetingOf(w, own.selecting(p.Labels))
			if m.key == "" || seen[m.key] {
				continue
			}
			seen[m.key] = true
			if byKey[m.key] == nil {
				byKey[m.key] = m
				meetings = append(meetings, m)
			}
			if first := byKey[m.key]; !first.ambient && l.isAmbient(w) {
				first.where, first.ambient = w.ID(), true
			}
		}
	}
	var all []mesh.Conflict
	for _, m := range meetings {
		all = append(all, conflict(m.policies(), m.where.String(), m.ambient))
	}
	return all
}

// meeting is several policies that select the same pod.
type meeting struct {
	key        string // empty when there is only one
	where      mesh.WorkloadID
	selections []*selection
	ambient    bool
}

func meetingOf(w *mesh.Workload, selections []*selection) *meeting {
	m := &meeting{where: w.ID(), selections: selections}
	policies := 0
	key := []byte(w.ID().Namespace)
	for _, s := range selections {
		policies += len(s.all)
		key = append(key, '/')
		key = strconv.AppendInt(key, int64(s.number), 10)
	}
	if policies > 1 {
		m.key = string(key)
	}
	return m
}

func (m *meeting) policies() []*peerAuth {
	var level []*peerAuth
	for _, s := range m.selections {
		level = append(level, s.all...)
	}
	slices.SortFunc(level, comparePolicies)
	return level
}

func podsAndTemplate(w *mesh.Workload) iter.Seq[*mesh.Pod] {
	return func(yield func(*mesh.Pod) bool) {
		if !yield(w.Template()) {
			return
		}
		for p := range w.Pods() {
			if !yield(p) {
				return
			}
		}
	}
}

// conflict describes policies of one level, which are ordered by age and name.
func conflict(level []*peerAuth, what string, ambient bool) mesh.Conflict {
	c := mesh.Conflict{Mesh: Name, Rule: ruleShadowed, Settled: truth.True}
	for _, pa := range level {
		c.Objects = append(c.Objects, pa.obj.Ref)
		c.Locs = append(c.Locs, pa.obj.At("metadata.name"))
	}
	first, second := level[0], level[1]
	c.Detail = names(level) + " apply to " + what + "; only the oldest counts, which is " + first.obj.Ref.Name
	switch {
	case first.created().IsZero():
		c.Rule, c.Settled = ruleTie, truth.Unknown
		c.Detail = names(level) + " apply to " + what + "; only the oldest counts, and the input does not say which that is"
	case first.created().Equal(second.created()):
		c.Rule, c.Settled = ruleTie, truth.Of(!ambient)
		c.Detail = names(level) + " apply to " + what + " and were created at the same time; " + tieRule(first, ambient)
	}
	return c
}

func tieRule(first *peerAuth, ambient bool) string {
	if ambient {
		return "in ambient mode which of them counts may change whenever istiod restarts"
	}
	return "the first by name counts, which is " + first.name()
}

func (l *Layer) isAmbient(w *mesh.Workload) bool {
	if l.Admit(w.Template()).Mode == mesh.ModeAmbient {
		return true
	}
	for p := range w.Pods() {
		if l.Observe(p).Mode == mesh.ModeAmbient {
			return true
		}
	}
	return false
}

// ambientNamespaces are those with a workload in ambient mode.
func (l *Layer) ambientNamespaces() map[string]bool {
	found := map[string]bool{}
	for w := range l.cluster.Workloads() {
		if ns := w.ID().Namespace; !found[ns] && l.isAmbient(w) {
			found[ns] = true
		}
	}
	return found
}

// touches reports whether a gap is in one of the fields, or in no field that can be named.
func touches(g mesh.Gap, fields ...string) bool {
	f := g.Loc.Field()
	return f == "" || f == "spec" || slices.ContainsFunc(fields, func(field string) bool { return strings.HasPrefix(f, field) })
}

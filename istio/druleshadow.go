package istio

import (
	"cmp"
	"slices"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// shadow is a DestinationRule whose traffic policy no client gets, or some do not, because of another.
type shadow struct {
	counts, lost *destRule
	host, detail string
	settled      truth.Value
}

// ruleConflicts lists the DestinationRules that another one keeps from having an effect, ordered by name.
func (l *Layer) ruleConflicts() []mesh.Conflict {
	var all []shadow
	for _, rev := range l.servingOrNone("") {
		v := l.view(rev)
		for _, s := range slices.Concat(v.rules.unused(), v.hidden()) {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	slices.SortFunc(all, func(a, b shadow) int {
		return cmp.Or(
			cmp.Compare(a.lost.name(), b.lost.name()), cmp.Compare(a.counts.name(), b.counts.name()), cmp.Compare(a.host, b.host),
		)
	})
	var list []mesh.Conflict
	for _, s := range all {
		list = append(list, mesh.Conflict{
			Mesh: Name, Rule: ruleRuleShadowed, Settled: s.settled, Detail: s.detail,
			Objects: []source.Ref{s.counts.obj.Ref, s.lost.obj.Ref},
			Locs:    []source.Loc{s.counts.obj.At("metadata.name"), s.lost.obj.At("metadata.name")},
		})
	}
	return list
}

// each calls f with the rules of every host, in order.
func (t *ruleTable) each(f func(host string, list []*mergedRule)) {
	for _, host := range sortedKeys(t.hosts.exact) {
		f(host, t.hosts.exact[host])
	}
	for _, suffix := range sortedKeys(t.hosts.wildcard) {
		f("*"+suffix, t.hosts.wildcard[suffix])
	}
}

// unused finds the rules whose traffic policy counts in none of the places that they are filed in.
func (x *ruleIndex) unused() []shadow {
	used := map[*destRule]bool{}
	lost := map[*destRule]shadow{}
	var order []*destRule
	look := func(host string, list []*mergedRule) {
		for i, m := range list {
			by := m.overtaken(list[i+1:])
			if m.policed != nil && by == nil {
				used[m.policed] = true
			}
			for _, r := range m.from {
				winner := m.policed
				if winner == r {
					winner = by
				}
				if _, known := lost[r]; !known && winner != nil && winner != r && r.spec.GetTrafficPolicy() != nil {
					lost[r] = newShadow(winner, r, host, m)
					order = append(order, r)
				}
			}
		}
	}
	for _, tables := range []map[string]*ruleTable{x.local, x.exported} {
		for _, ns := range sortedKeys(tables) {
			tables[ns].each(look)
		}
	}
	x.rootLocal.each(look)
	var all []shadow
	for _, r := range order {
		if !used[r] {
			all = append(all, lost[r])
		}
	}
	return all
}

func newShadow(winner, r *destRule, host string, m *mergedRule) shadow {
	s := shadow{counts: winner, lost: r, host: host, settled: truth.True}
	if len(m.gaps) > 0 {
		s.settled = truth.Unknown
	}
	s.detail = "DestinationRules " + winner.name() + " and " + r.name() + " are both for host " + host + "; only the former's traffic policy counts"
	if winner.selects && !r.selects {
		s.detail += ", and only for the clients that it selects: nobody gets that of the latter"
	}
	return s
}

// overtaken is the later rule that every client gets instead, since the last without a selector counts.
func (m *mergedRule) overtaken(later []*mergedRule) *destRule {
	if m.first.selects {
		return nil
	}
	for _, other := range slices.Backward(later) {
		e := other.first.exportTo
		if !other.first.selects && (len(e) == 0 || e.has(exportPublic) || e.covers(m.first.exportTo) && len(m.first.exportTo) > 0) {
			return cmp.Or(other.policed, other.first)
		}
	}
	return nil
}

// hidden finds the rules that clients of a namespace do not get because their namespace has rules for
// the host that select others of its clients only: the search for a rule ends there.
func (v *clientView) hidden() []shadow {
	var all []shadow
	byHost := map[string]*mesh.Service{}
	for s := range v.layer.cluster.Services() {
		byHost[v.hosts[s]] = s
	}
	workloads := map[string][]*mesh.Workload{}
	for w := range v.layer.cluster.Workloads() {
		workloads[w.ID().Namespace] = append(workloads[w.ID().Namespace], w)
	}
	for _, ns := range sortedKeys(v.rules.local) {
		if ns == v.root {
			continue
		}
		v.rules.local[ns].each(func(host string, list []*mergedRule) {
			s := byHost[host]
			if s == nil || unselective(list) != nil || !leavesSome(workloads[ns], list) {
				return
			}
			beyond, _ := v.rules.candidates("", s.Namespace.Name, host) // as for a namespace without rules
			if r := unselective(beyond); r != nil && r.policed != nil && r.first.namespace() != ns {
				counts := list[0].first
				all = append(all, shadow{
					counts: counts, lost: r.policed, host: host, settled: truth.True,
					detail: "DestinationRule " + counts.name() + " selects some clients of namespace " + ns + " for host " + host +
						", and so keeps " + r.policed.name() + " from the others as well: they get neither",
				})
			}
		})
	}
	return all
}

// leavesSome reports whether one of the workloads is selected by none of the rules.
func leavesSome(workloads []*mesh.Workload, list []*mergedRule) bool {
	return slices.ContainsFunc(workloads, func(w *mesh.Workload) bool {
		labels := w.Template().Labels
		return !slices.ContainsFunc(list, func(m *mergedRule) bool { return kube.Subset(m.first.selector, labels) })
	})
}

package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// inside lists the workloads that are in the mesh: by what put them there, or, in a verbose report,
// one by one with their ports.
func (t *text) inside() {
	all := t.perimeter.inside
	if len(all) == 0 {
		return
	}
	t.heading(fmt.Sprintf("Inside the mTLS perimeter: %d of %s", len(all), count(t.perimeter.total, "workload")))
	if t.opts.Verbose {
		for _, w := range all {
			t.insider(w)
		}
		return
	}
	groups := map[string][]*mesh.Workload{}
	for _, w := range all {
		name := insideGroup(w)
		groups[name] = append(groups[name], w)
	}
	names := slices.SortedFunc(maps.Keys(groups), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(groups[b]), len(groups[a])), cmp.Compare(a, b))
	})
	for _, name := range names[:t.fold(len(names))] {
		t.line(2, fmt.Sprintf("%d %s", len(groups[name]), name))
		t.hang(4, 4, t.roll(groups[name]))
	}
	t.folded(2, len(names)-t.fold(len(names)), "group")
	t.line(2, "… with their ports ("+t.opts.Unfold+")")
}

// roll names workloads in one paragraph; many are folded.
func (t *text) roll(ws []*mesh.Workload) string {
	shown := len(ws)
	if shown > 3*most+1 {
		shown = 3 * most
	}
	var names []string
	for _, w := range ws[:shown] {
		names = append(names, named(w.ID()))
	}
	if shown < len(ws) {
		names = append(names, fmt.Sprintf("… and %s (%s)", more(len(ws)-shown, "workload"), t.opts.Unfold))
	}
	return strings.Join(names, ", ")
}

// insideGroup is what the workloads inside are counted by: what counts now, and the rule by which a
// pod made now would be so, too, or else the one by which the running pods are seen to be.
func insideGroup(w *mesh.Workload) string {
	var parts []string
	for _, m := range insideOf(w) {
		e, why := m.Effective(), m.Effective().Why
		if m.Declared.Mode.Inside() == truth.True {
			why = m.Declared.Why
		}
		revision, rule := "", ""
		if e.Revision != "" {
			revision = "of revision " + e.Revision
		}
		if len(why) > 0 {
			rule = paren("rule " + why[0].Rule)
		}
		parts = appendOnce(parts, sentence(" ", "in", m.Mesh, "as", e.Mode.String(), revision, rule))
	}
	return strings.Join(parts, " and ")
}

// insider writes one workload with what its ports accept.
func (t *text) insider(w *mesh.Workload) {
	t.line(2, sentence(" ", "-", named(w.ID()), pods(w), at(w.At("metadata.name").Pos())))
	for _, m := range insideOf(w) {
		for _, o := range m.Observed {
			t.line(6, sentence(" ", m.Mesh, "runs", o.Mode.String())+because(o.Why))
		}
		t.line(6, sentence(" ", m.Mesh, "declares", m.Declared.Mode.String()+",", m.Declared.Cause.String())+because(m.Declared.Why))
	}
	t.ports(w)
}

// saidOfPlanes reports whether a gap stands with the control planes already: it would be repeated for
// each port that they configure.
func (t *text) saidOfPlanes(g mesh.Gap) bool {
	return slices.ContainsFunc(t.planes, func(cp mesh.ControlPlane) bool {
		return slices.ContainsFunc(cp.Unknown, func(known mesh.Gap) bool { return known.Object == g.Object && known.Detail == g.Detail })
	})
}

// enforced is the mode that counts, and the declared one where it differs.
func enforced(in mesh.PodInbound) string {
	if in.Declared == in.Enforced {
		return in.Enforced.String()
	}
	return fmt.Sprintf("%s (declared %s)", in.Enforced, in.Declared)
}

// onPods names the pods of an answer when there are several answers.
func onPods(all []mesh.PodInbound, in mesh.PodInbound) string {
	if len(all) < 2 {
		return ""
	}
	return "on " + strings.Join(in.Pods, ", ")
}

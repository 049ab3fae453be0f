package report

import (
	"slices"

	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/drift"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// perimeter sorts the workloads by whether they are inside the mesh, and those outside by what the
// record says of them.
type perimeter struct {
	total        int
	pods         int      // of all workloads, those that have not run to their end
	meshes       []string // that were asked, by name
	inside       []*mesh.Workload
	unknown      []*mesh.Workload // not decided
	undocumented []*mesh.Workload // outside, and no exclusion of the record speaks of them
	unscoped     []*mesh.Workload // the same, and the record does not speak of their namespaces at all
	groups       []group          // what the record excludes, in its order

	weakest map[mesh.MTLS]int // workloads inside by the weakest mode of their ports
	ports   []*mesh.Workload  // workloads inside with a port that could not be judged
}

// group is an exclusion of the record with the workloads outside that it explains. A workload that
// several exclusions name is in one group only, that of the first which names workloads rather
// than a namespace.
type group struct {
	exclusion *decision.Exclusion
	workloads []*mesh.Workload
	matches   int // all workloads that the exclusion matches, inside ones and those of other groups too
}

func (p *perimeter) outside() int { return p.total - len(p.inside) - len(p.unknown) }

func (in Input) perimeter() perimeter {
	p := perimeter{groups: in.groups(), weakest: map[mesh.MTLS]int{}}
	for _, w := range in.workloads() {
		p.total++
		p.pods += podsOf(w)
		for _, m := range w.Memberships() {
			p.meshes = appendOnce(p.meshes, m.Mesh)
		}
		switch w.Inside() {
		case truth.True:
			p.inside = append(p.inside, w)
			mode := weakest(w)
			p.weakest[mode]++
			if mode == mesh.MTLSUnknown {
				p.ports = append(p.ports, w)
			}
		case truth.False:
			p.place(w, in.inScope(w))
		default:
			p.unknown = append(p.unknown, w)
		}
	}
	slices.Sort(p.meshes)
	for _, w := range in.workloads() {
		recorded := drift.Recorded(w)
		for i := range p.groups {
			if p.groups[i].exclusion.Matches(recorded) {
				p.groups[i].matches++
			}
		}
	}
	return p
}

// groups are the exclusions in force that explain why workloads are outside.
func (in Input) groups() []group {
	var groups []group
	for e := range in.Record.ExclusionsInForce() {
		if e.Kind.OutsideMesh() {
			groups = append(groups, group{exclusion: e})
		}
	}
	return groups
}

// inScope reports whether a decision in force speaks of the workload's namespace. A scope that could
// not be read wholly may be wider than it looks; without any decision in force all is in scope.
func (in Input) inScope(w *mesh.Workload) bool {
	none := true
	for d := range in.Record.Accepted() {
		none = false
		if d.Scope.Faulty() || d.Scope.Contains(w.ID().Namespace) {
			return true
		}
	}
	return none
}

// place puts a workload that is outside into its group, or among the undocumented.
func (p *perimeter) place(w *mesh.Workload, inScope bool) {
	recorded := drift.Recorded(w)
	best := -1
	for i, g := range p.groups {
		if !g.exclusion.Matches(recorded) {
			continue
		}
		if g.exclusion.Kind == decision.ExcludeWorkload {
			best = i
			break
		}
		if best < 0 {
			best = i
		}
	}
	switch {
	case best >= 0:
		p.groups[best].workloads = append(p.groups[best].workloads, w)
	case inScope:
		p.undocumented = append(p.undocumented, w)
	default:
		p.unscoped = append(p.unscoped, w)
	}
}

// outsideBecause is, for each mesh, why a workload is outside: what is declared, where that alone
// keeps it out, or else what its pods show, whatever is declared.
func outsideBecause(w *mesh.Workload) []mesh.Enrolment {
	var all []mesh.Enrolment
	for _, m := range w.Memberships() {
		if m.Declared.Mode.Inside() == truth.False {
			all = append(all, m.Declared)
			continue
		}
		for _, o := range m.Observed {
			if o.Mode.Inside() == truth.False {
				all = append(all, o.Enrolment)
			}
		}
	}
	return all
}

// insideOf are the answers of the meshes that have the workload.
func insideOf(w *mesh.Workload) []mesh.Membership {
	return slices.DeleteFunc(w.Memberships(), func(m mesh.Membership) bool { return m.Inside() != truth.True })
}

// podsOf counts the pods of a workload that have not run to their end.
func podsOf(w *mesh.Workload) int {
	n := 0
	for range w.Pods() {
		n++
	}
	return n
}

// podsOutside are the names of the running pods that are outside of every mesh that judged them.
func podsOutside(w *mesh.Workload) (outside []string, running int) {
	inside := map[string]bool{}
	for _, m := range w.Memberships() {
		for _, o := range m.Observed {
			for _, p := range o.Pods {
				inside[p] = inside[p] || o.Mode.Inside() != truth.False
			}
		}
	}
	for p := range w.Pods() {
		running++
		if in, judged := inside[p.Name]; judged && !in {
			outside = append(outside, p.Name)
		}
	}
	return outside, running
}

// unknownBecause are the gaps for which it is not known whether a workload is inside.
func unknownBecause(w *mesh.Workload) []mesh.Gap {
	var all []mesh.Gap
	for _, m := range w.Memberships() {
		if m.Inside() == truth.Unknown {
			all = append(all, m.Effective().Unknown...)
		}
	}
	return all
}

// unreadable counts the exclusions in force that could not be read wholly, and so match nothing: each
// may explain a workload that looks undocumented.
func (in Input) unreadable() int {
	n := 0
	for e := range in.Record.ExclusionsInForce() {
		if e.Selector.Faulty() && (e.Kind == "" || e.Kind.OutsideMesh()) || e.Kind == "" && e.Faulty() {
			n++
		}
	}
	return n
}

package drift

import (
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// openNamespace is DRF-EXC-15: what is made in a namespace tomorrow is in the mesh, or an exclusion
// says that the namespace is not. Where the mesh leaves a namespace alone by its name, nobody can
// change that, and the finding only informs.
func openNamespace(r *record) *check.Check {
	return &check.Check{
		Code:     "DRF-EXC-15",
		Name:     "openNamespace",
		Severity: check.Medium,
		Doc:      "new workloads of a namespace start outside the mesh and no exclusion names it",
		Run: r.rule(func(v *view, p *check.Pass) {
			for ns := range v.graph.Namespaces() {
				if v.covers(ns.Name) {
					open(p, v, ns)
				}
			}
		}),
	}
}

func open(p *check.Pass, v *view, ns *mesh.Namespace) {
	ordinary := v.graph.Ordinary(ns)
	inside := truth.False
	var gaps []mesh.Gap
	for _, e := range ordinary {
		inside = inside.Or(e.Mode.Inside())
		gaps = append(gaps, e.Unknown...)
	}
	if len(ordinary) == 0 {
		inside = truth.Unknown
	}
	subject := source.Ref{Kind: source.Kind{Kind: "Namespace"}, Name: ns.Name}.String()
	excluded, perhaps := v.excludesAll(ns.Name)
	switch {
	case excluded || inside == truth.True:
	case inside == truth.Unknown:
		p.Undecided(wording.Undecided(subject, "whether new workloads of namespace "+ns.Name+" start outside the mesh, where no exclusion names it", gaps))
	case len(perhaps) > 0:
		p.Undecided(wording.Undecided(subject, "whether an exclusion names namespace "+ns.Name+", in which new workloads start outside the mesh", unread(perhaps)))
	default:
		first := ordinary[0]
		f := check.Finding{
			Subject: subject,
			Pos:     wording.WhyPos(first.Why),
			Message: fmt.Sprintf("new workloads of namespace %s start outside the mesh (%s) and no exclusion names the namespace", ns.Name, first.Cause),
			Why:     first.Why,
		}
		if f.Pos.IsZero() {
			f.Pos = ns.LabelLoc("").Pos() // no such label: the nearest place where one would stand
		}
		if first.Cause == mesh.CauseSystemNamespace {
			f.Severity = check.Info
		}
		p.Report(f)
	}
}

// excludesAll reports whether an exclusion names every workload of a namespace, of any kind, name
// and label; perhaps are those that might, but could not be read wholly.
func (v *view) excludesAll(namespace string) (sure bool, perhaps []*decision.Exclusion) {
	for _, e := range v.exclusions {
		if e.Kind != "" && !e.Kind.OutsideMesh() {
			continue
		}
		switch v.matches(e, decision.Workload{Namespace: namespace}) {
		case truth.True:
			return true, nil
		case truth.Unknown:
			perhaps = append(perhaps, e)
		case truth.False:
		}
	}
	return false, perhaps
}

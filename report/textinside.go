package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
)

// inside lists the workloads that are in the mesh by what put them there. Only a verbose report
// names them all: those outside matter first.
func (t *text) inside() {
	all := slices.Clone(t.perimeter.inside)
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
	groups := map[string]int{}
	for _, w := range all {
		groups[insideGroup(w)]++
	}
	type group struct {
		name string
		n    int
	}
	var ordered []group
	for name, n := range groups {
		ordered = append(ordered, group{name, n})
	}
	slices.SortFunc(ordered, func(a, b group) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.name, b.name)) })
	t.list(2, "group", len(ordered), func(i int) string {
		return fmt.Sprintf("%d %s", ordered[i].n, ordered[i].name)
	})
	t.line(2, "… one by one ("+t.opts.Unfold+")")
}

// insideGroup is what the workloads inside are counted by.
func insideGroup(w *mesh.Workload) string {
	var parts []string
	for _, e := range insideBecause(w) {
		revision := ""
		if e.Revision != "" {
			revision = "of revision " + e.Revision
		}
		rule := ""
		if len(e.Why) > 0 {
			rule = paren("rule " + e.Why[0].Rule)
		}
		parts = appendOnce(parts, sentence(" ", "in", e.Mesh, "as", e.Mode.String(), revision, rule))
	}
	return strings.Join(parts, " and ")
}

// insider writes one workload with what its ports accept.
func (t *text) insider(w *mesh.Workload) {
	t.line(2, sentence(" ", "-", named(w.ID()), pods(w), at(w.At("metadata.name").Pos())))
	t.line(6, insideReason(w))
	for _, a := range portAnswers(w) {
		if len(a.inbounds) == 0 {
			t.line(6, fmt.Sprintf("port %d/%s: not handled by the mesh", a.port.Number, a.port.Protocol))
		}
		for _, in := range a.inbounds {
			t.line(6, portName(a.port)+": "+sentence(" ", enforced(in), onPods(a.inbounds, in))+because(in.Why))
			for _, g := range in.Unknown {
				t.line(8, "not known: "+gapText(g))
			}
		}
	}
}

func portName(p mesh.Port) string {
	if p.Number == 0 {
		return "any other port"
	}
	return sentence(" ", fmt.Sprintf("port %d", p.Number), paren(p.Name))
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

// Package permissiveport reports ports that a policy opens to plaintext although the namespace, or
// the mesh, is otherwise strict.
package permissiveport

import (
	"fmt"
	"slices"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/plaintext"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Check reports exceptions in the sense of plaintext.Exceptions among the ports of all enrolled
// workloads. Where plaintext is the rule there is no finding: nobody promised more. What is let in
// against what the policies declare is MP2002.
var Check = &check.Check{
	Code:     "MP2001",
	Name:     "permissivePort",
	Severity: check.Medium,
	Doc:      "a port accepts plaintext although its namespace or mesh is otherwise strict",
	Run:      run,
}

func run(p *check.Pass) error {
	var all []plaintext.Port
	for w := range p.Graph.Workloads() {
		if judged(p, w) {
			all = append(all, plaintext.Ports(w)...)
		}
	}
	exceptions := plaintext.Exceptions(all)
	for _, g := range plaintext.Groups(all) {
		group(p, g, exceptions[g[0].Setting()])
	}
	return nil
}

// judged reports whether the workload's ports are asked about: it is enrolled. One that may be is
// left undecided.
func judged(p *check.Pass, w *mesh.Workload) bool {
	in := w.Inside()
	if in == truth.Unknown {
		p.Undecided(wording.Undecided(w.ID().String(),
			"whether "+wording.Workload(w.ID())+" accepts plaintext, because its enrolment is not known", wording.Unsure(w)))
	}
	return in == truth.True
}

func group(p *check.Pass, g plaintext.Group, around plaintext.Around) {
	first := g[0]
	if first.Accepts == truth.Unknown {
		p.Undecided(wording.Undecided(g.Subject(), "whether "+g.String()+" "+g.Verb("accepts", "accept")+" plaintext", first.Inbound.Unknown))
		return
	}
	scope := ""
	switch around {
	case plaintext.AroundNothing:
	case plaintext.AroundNamespace:
		scope = "namespace " + first.Workload.ID().Namespace
	case plaintext.AroundAll:
		scope = "the mesh"
	}
	if scope == "" || first.Accepts != truth.True || first.Inbound.Declared.AcceptsPlaintext() != truth.True {
		return
	}
	p.Report(check.Finding{
		Subject: g.Subject(),
		Pos:     wording.WhyPos(first.Inbound.Why),
		Message: fmt.Sprintf("%s %s plaintext: %s sets %s, and %s is otherwise strict",
			g, g.Verb("accepts", "accept"), first.Setting().Object, first.Inbound.Enforced, scope),
		Why: slices.Clone(first.Inbound.Why),
	})
}

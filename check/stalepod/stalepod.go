// Package stalepod reports running pods that were made under another configuration of the mesh than the
// one that is declared now.
package stalepod

import (
	"fmt"
	"strings"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
)

// Check reports the pods of a workload that making again would change alike, as one finding.
var Check = &check.Check{
	Code:     "MP1003",
	Name:     "stalePod",
	Severity: check.Medium,
	Doc:      "running pods were made under another configuration of the mesh than the one that is declared now",
	Run:      run,
}

func run(p *check.Pass) error {
	for w := range p.Graph.Workloads() {
		stale := w.Stale()
		if len(stale) == 0 {
			continue
		}
		total := 0
		for range w.Pods() {
			total++
		}
		for _, s := range stale {
			report(p, w, s, total)
		}
	}
	return nil
}

func report(p *check.Pass, w *mesh.Workload, s mesh.Stale, total int) {
	p.Report(check.Finding{
		Subject: w.ID().String() + " " + s.Mesh + " " + s.Pods[0],
		Pos:     wording.WhyPos(s.Why),
		Message: fmt.Sprintf("%d of %d running pods of %s: %s: %s", len(s.Pods), total, wording.Workload(w.ID()), changes(s.Why), wording.List(s.Pods)),
		Why:     s.Why,
	})
}

// most is how many changes a message names before it counts the rest.
const most = 2

// changes says in one line what making the pods again would change.
func changes(why []mesh.Step) string {
	named := make([]string, 0, most)
	for _, s := range why[:min(most, len(why))] {
		named = append(named, s.Detail)
	}
	text := strings.Join(named, "; ")
	if n := len(why) - most; n > 0 {
		text += " (and " + wording.Count(n, "other change") + ")"
	}
	return text
}

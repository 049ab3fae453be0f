// Package hangingjob reports Jobs whose pods do not end because of the proxy beside their containers.
package hangingjob

import (
	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Check reports Jobs and CronJobs whose template makes pods that go on when their containers have done
// their work. Where that hangs on what the application does the question is undecided.
var Check = &check.Check{
	Code:     "MP1004",
	Name:     "hangingJob",
	Severity: check.Medium,
	Doc:      "pods of a Job do not end when its containers do, because of the proxy beside them",
	Run:      run,
}

func run(p *check.Pass) error {
	for w := range p.Graph.Workloads() {
		c, ok := w.Completion()
		if !ok {
			continue
		}
		switch c.Completes {
		case truth.True:
		case truth.False:
			report(p, w, c)
		default:
			p.Undecided(wording.Undecided(w.ID().String(), "whether pods of "+wording.Workload(w.ID())+" end when their containers do", c.Unknown))
		}
	}
	return nil
}

func report(p *check.Pass, w *mesh.Workload, c mesh.Completion) {
	f := check.Finding{
		Subject: w.ID().String(), Pos: wording.WhyPos(c.Why), Why: c.Why,
		Message: "pods of " + wording.Workload(w.ID()) + " do not end when their containers do",
	}
	if len(c.Why) > 0 {
		f.Message += ": " + c.Why[0].Detail
	}
	p.Report(f)
}

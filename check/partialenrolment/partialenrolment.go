// Package partialenrolment reports workloads of which some running pods are in the mesh and others
// are not, and namespaces of which only some workloads are.
package partialenrolment

import (
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Check reports a workload with High, because each connection meets a pod by chance, and a
// namespace with Low, because that may be meant.
var Check = &check.Check{
	Code:     "MP1001",
	Name:     "partialEnrolment",
	Severity: check.High,
	Doc:      "running pods of one workload, or workloads of one namespace, are partly in the mesh",
	Run:      run,
}

func run(p *check.Pass) error {
	var ns namespace
	for w := range p.Graph.Workloads() {
		if w.ID().Namespace != ns.name {
			ns.report(p)
			ns = namespace{name: w.ID().Namespace}
		}
		ns.add(w)
		for _, m := range w.Memberships() {
			workload(p, w, m)
		}
	}
	ns.report(p)
	return nil
}

// workload reports one whose running pods are on both sides of the perimeter.
func workload(p *check.Pass, w *mesh.Workload, m mesh.Membership) {
	var outside []string
	var why []mesh.Step
	var gaps []mesh.Gap
	var inside, unknown, total int
	for _, o := range m.Observed {
		total += len(o.Pods)
		switch o.Mode.Inside() {
		case truth.True:
			inside += len(o.Pods)
		case truth.False:
			outside = append(outside, o.Pods...)
			why = append(why, o.Why...)
		default:
			unknown += len(o.Pods)
			gaps = append(gaps, o.Unknown...)
		}
	}
	subject := w.ID().String()
	switch {
	case inside > 0 && len(outside) > 0:
		p.Report(check.Finding{
			Subject: subject,
			Pos:     wording.WhyPos(why),
			Message: fmt.Sprintf("%d of %d running pods of %s are outside the mesh: %s",
				len(outside), total, wording.Workload(w.ID()), wording.List(outside)),
			Why: why,
		})
	case unknown > 0 && unknown < total:
		p.Undecided(wording.Undecided(subject, "whether all running pods of "+wording.Workload(w.ID())+" are enrolled alike", gaps))
	}
}

// namespace counts the workloads of one namespace; the mesh's own proxies do not count.
type namespace struct {
	name            string
	inside          int
	outside, unsure []*mesh.Workload
}

func (n *namespace) add(w *mesh.Workload) {
	switch in := w.Inside(); {
	case in == truth.False:
		n.outside = append(n.outside, w)
	case in == truth.Unknown:
		n.unsure = append(n.unsure, w)
	case w.Enrolment().Mode != mesh.ModeGateway && w.Enrolment().Mode != mesh.ModeWaypoint:
		n.inside++
	}
}

func (n *namespace) report(p *check.Pass) {
	total := n.inside + len(n.outside) + len(n.unsure)
	subject := "Namespace/" + n.name
	switch {
	case n.inside > 0 && len(n.outside) > 0:
		first := n.outside[0].Enrolment()
		p.Report(check.Finding{
			Severity: check.Low,
			Subject:  subject,
			Pos:      wording.WhyPos(first.Why),
			Message: fmt.Sprintf("%d of %d workloads in namespace %s are in the mesh; outside: %s",
				n.inside, total, n.name, wording.Workloads(n.outside)),
			Why: first.Why,
		})
	case len(n.unsure) > 0 && total > 1:
		p.Undecided(wording.Undecided(subject, fmt.Sprintf("whether namespace %s is enrolled as a whole: %s of %d not judged: %s",
			n.name, wording.Count(len(n.unsure), "workload"), total, wording.Workloads(n.unsure)), wording.Unsure(n.unsure[0])))
	}
}

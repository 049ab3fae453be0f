package report

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// kindCount is a kind of object that nobody read.
type kindCount struct {
	kind source.Kind
	n    int
}

func (in Input) unread() []kindCount {
	var all []kindCount
	if in.Graph == nil {
		return nil
	}
	for k, n := range in.Graph.Unread() {
		all = append(all, kindCount{k, n})
	}
	return all
}

func (in Input) controlPlanes() []mesh.ControlPlane {
	if in.Graph == nil {
		return nil
	}
	return in.Graph.ControlPlanes()
}

// planeGaps counts what is not known of the control planes.
func (in Input) planeGaps() int {
	n := 0
	for _, cp := range in.controlPlanes() {
		n += len(cp.Unknown)
	}
	return n
}

// unjudged counts what a reader of "no findings" has to know about: questions that checks could
// not answer, checks that did not finish, workloads of which the enrolment or a port is not known,
// what is not known of control planes, faults of the record, inputs that were not understood, and
// texts that were passed over. Kinds that nobody reads are counted apart, by object.
func (in Input) unjudged(p perimeter) (things, unread int) {
	things = len(in.Result.Undecided) + len(in.Result.Failed) + len(p.unknown) + len(p.ports) + in.planeGaps() +
		in.obstacles() + len(in.Skipped) + len(in.RecordIssues)
	for _, k := range in.unread() {
		unread += k.n
	}
	return things, unread
}

// obstacles counts the problems without the mesh's warnings, which concern what was wholly understood.
func (in Input) obstacles() int {
	n := 0
	for _, p := range in.problems() {
		if p.Code != source.ProblemWarned {
			n++
		}
	}
	return n
}

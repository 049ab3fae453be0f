package drift

import (
	"sync"

	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// view is a record beside one graph. It is immutable and safe for concurrent use.
type view struct {
	*record
	graph     *mesh.Graph
	workloads []*subject // in the graph's order
	matched   []matched  // one for each exclusion, in the record's order
	claims    func() claims
}

// matched is an exclusion with the workloads that it speaks of.
type matched struct {
	exclusion *decision.Exclusion
	sure      []*subject
	perhaps   []*subject // when the exclusion could not be read wholly
}

// subject is a workload with what the record says of it.
type subject struct {
	workload  *mesh.Workload
	as        decision.Workload // the workload as selectors see it
	covered   bool              // within the scope of a decision
	inside    truth.Value       // the perimeter of a mesh
	component bool              // a gateway or waypoint, which is a part of the mesh
	sure      []*decision.Exclusion
	perhaps   []*decision.Exclusion
}

func newView(r *record, g *mesh.Graph) *view {
	v := &view{record: r, graph: g, matched: make([]matched, len(r.exclusions))}
	for i, e := range r.exclusions {
		v.matched[i].exclusion = e
	}
	for w := range g.Workloads() {
		s := newSubject(w)
		s.covered = r.covers(w.ID().Namespace)
		for i, e := range r.exclusions {
			switch r.matches(e, s.as) {
			case truth.True:
				s.sure = append(s.sure, e)
				v.matched[i].sure = append(v.matched[i].sure, s)
			case truth.Unknown:
				s.perhaps = append(s.perhaps, e)
				v.matched[i].perhaps = append(v.matched[i].perhaps, s)
			case truth.False:
			}
		}
		v.workloads = append(v.workloads, s)
	}
	v.claims = sync.OnceValue(func() claims { return newClaims(v) })
	return v
}

func newSubject(w *mesh.Workload) *subject {
	mode := w.Enrolment().Mode
	return &subject{
		workload:  w,
		as:        Recorded(w),
		inside:    w.Inside(),
		component: mode == mesh.ModeGateway || mode == mesh.ModeWaypoint,
	}
}

// explained reports whether an exclusion says that the workload is not in the mesh.
func (s *subject) explained() truth.Value {
	for _, e := range s.sure {
		if e.Kind.OutsideMesh() {
			return truth.True
		}
	}
	for _, e := range s.perhaps {
		if e.Kind == "" || e.Kind.OutsideMesh() {
			return truth.Unknown
		}
	}
	return truth.False
}

func (s *subject) id() string { return s.workload.ID().String() }

// String names the workload as messages do.
func (s *subject) String() string { return wording.Workload(s.workload.ID()) }

// place is where the steps say that the decision fell; where a field's absence or a default
// decided, it is the workload's own object.
func (s *subject) place(why []mesh.Step) source.Pos {
	if p := wording.WhyPos(why); !p.IsZero() {
		return p
	}
	if p := s.workload.At("metadata.name").Pos(); !p.IsZero() {
		return p
	}
	return s.workload.Template().At("metadata.name").Pos()
}

// list names workloads in a message.
func list(subjects []*subject) string {
	ws := make([]*mesh.Workload, len(subjects))
	for i, s := range subjects {
		ws[i] = s.workload
	}
	return wording.Workloads(ws)
}

// title is how messages and keys name an exclusion: by its id, or by its path where it has none.
func title(e *decision.Exclusion) string {
	if e.ID != "" {
		return "exclusion " + e.ID
	}
	return e.Path()
}

// unread says that an exclusion might matter and could not be read wholly.
func unread(es []*decision.Exclusion) []mesh.Gap {
	gaps := make([]mesh.Gap, len(es))
	for i, e := range es {
		gaps[i] = mesh.Gap{Reason: source.ProblemIncomplete, Loc: e.Loc(""), Detail: title(e) + " could not be read wholly"}
	}
	return gaps
}

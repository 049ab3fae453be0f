package drift

import (
	"sync"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// record is the part of a set that is in force, and what is known of the graph it was last compared
// with: several rules ask the same questions, and some of them are slow.
type record struct {
	decisions  []*decision.Decision
	exclusions []*decision.Exclusion
	vague      map[*decision.Exclusion]bool // those in a document whose scope could not be read wholly

	mu   sync.Mutex
	last *view
}

func newRecord(set *decision.Set) *record {
	r := &record{vague: map[*decision.Exclusion]bool{}}
	for d := range set.Accepted() {
		r.decisions = append(r.decisions, d)
	}
	for e := range set.ExclusionsInForce() {
		r.exclusions = append(r.exclusions, e)
	}
	for d := range set.Decisions() {
		r.note(d.Scope, d.Exclusions)
	}
	for g := range set.Registers() {
		r.note(g.Scope, g.Exclusions)
	}
	return r
}

func (r *record) note(scope decision.Scope, exclusions []*decision.Exclusion) {
	for _, e := range exclusions {
		if scope.Faulty() {
			r.vague[e] = true
		}
	}
}

// matches is Exclusion.Matches, and Unknown where the exclusion or the scope of its document could
// not be read wholly and what could be read does not rule the workload out. An exclusion of a kind
// that could not be read is one of those.
func (r *record) matches(e *decision.Exclusion, w decision.Workload) truth.Value {
	sure := !e.Selector.Faulty() && (e.Kind != "" || !e.Faulty())
	if sure && !r.vague[e] {
		return truth.Of(e.Matches(w))
	}
	readable := e.Selector
	readable.Place = decision.Place{} // matches by what could be read
	if readable.Matches(w) || e.Selector.Faulty() && readable.Empty() {
		return truth.Unknown
	}
	return truth.False
}

// against returns the comparison with a graph.
func (r *record) against(g *mesh.Graph) *view {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil || r.last.graph != g {
		r.last = newView(r, g)
	}
	return r.last
}

// rule makes the function of a check from one that looks at the comparison.
func (r *record) rule(run func(*view, *check.Pass)) func(*check.Pass) error {
	return func(p *check.Pass) error {
		run(r.against(p.Graph), p)
		return p.Context().Err()
	}
}

// covers reports whether the namespace is within the scope of a decision in force. A scope that
// could not be read wholly might be wider than it looks, so it covers everything; and so does a
// record without decisions.
func (r *record) covers(namespace string) bool {
	for _, d := range r.decisions {
		if d.Scope.Faulty() || d.Scope.Contains(namespace) {
			return true
		}
	}
	return len(r.decisions) == 0
}

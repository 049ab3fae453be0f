package report

import (
	"slices"
	"time"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
)

// Input is what a report shows. The zero Input is a cluster without workloads.
// Nothing in it is changed; a report may be made from it by several goroutines at a time.
type Input struct {
	Graph   *mesh.Graph        // nil is a cluster without workloads
	Skipped []snapshot.Skipped // files and documents without objects, as snapshot.Snapshot.Skipped gives them

	// Record is the decision record; nil means that none was given, which is not the same as an
	// empty one: without a record nothing can be undocumented.
	Record       *decision.Set
	RecordIssues []decision.Issue // what loading and validating the record found; any order

	Result check.Result
	Now    time.Time // the date of the report, to which days of review are compared; zero leaves dates out
}

// workloads are those of the graph; none without one.
func (in Input) workloads() []*mesh.Workload {
	if in.Graph == nil {
		return nil
	}
	return slices.Collect(in.Graph.Workloads())
}

func (in Input) problems() []mesh.Problem {
	if in.Graph == nil {
		return nil
	}
	return in.Graph.Problems()
}

// issues are the record's issues, gravest first, then by position.
func (in Input) issues() []decision.Issue {
	return slices.SortedStableFunc(slices.Values(in.RecordIssues), func(a, b decision.Issue) int {
		if a.Severity != b.Severity {
			return int(a.Severity) - int(b.Severity)
		}
		return a.Compare(b)
	})
}

func (in Input) today() decision.Date { return decision.DateOf(in.Now) }

package drift

import (
	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/decision"
)

// Checks returns the rules for a record, ordered by code. A nil or empty set is a record that says
// nothing. The checks share what they find out about a graph, and hold on to the graph of their
// last run: use them together, for one run or for many. They may run concurrently.
func Checks(set *decision.Set) []*check.Check {
	r := newRecord(set)
	return []*check.Check{
		undocumentedWorkload(r),
		unmatchedExclusion(r),
		surplusMatches(r),
		otherMechanism(r),
		reviewOverdue(r),
		expiredExclusion(r),
		retirableExclusion(r),
		undocumentedBypass(r),
		openNamespace(r),
		documentedExclusion(r),
		strictNotEnforced(r),
		weakenedPort(r),
		modeOutOfDate(r),
		modeByDefault(r),
		incompleteEnrolment(r),
	}
}

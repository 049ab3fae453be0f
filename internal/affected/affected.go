// Package affected says which workloads a flaw concerns.
package affected

import (
	"slices"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/mesh"
)

// Workloads are those that a flaw may concern.
type Workloads struct {
	Sure   []*mesh.Workload // of which everything that counts is known
	Unsure []*mesh.Workload
	Gaps   []mesh.Gap // what is not known of these
}

// Of returns the flaw with the workloads of which all is known, or, where there are none, with the others and
// with the reasons for which it may be no flaw. Each workload stands there once, ordered by ID.
func (w Workloads) Of(flaw mesh.Flaw) mesh.Flaw {
	flaw.Workloads = w.Sure
	if len(w.Sure) == 0 && len(w.Unsure)+len(w.Gaps) > 0 {
		flaw.Workloads = w.Unsure
		flaw.Unknown = gap.Once(slices.Concat(flaw.Unknown, w.Gaps))
	}
	flaw.Workloads = Once(flaw.Workloads)
	return flaw
}

// Once leaves each workload once, ordered by ID. It returns a slice of its own.
func Once(all []*mesh.Workload) []*mesh.Workload {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b *mesh.Workload) int { return a.ID().Compare(b.ID()) })
	return slices.Compact(all)
}

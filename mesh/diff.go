package mesh

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
)

// Difference is what two graphs say differently. It is immutable, and empty for two graphs that say the
// same.
type Difference struct {
	// Changes are ordered by what they are about: workload by workload, then entries and exits.
	Changes []Change `json:"changes"`
	// Unsettled are the places that neither graph decides, in the same order: a difference there may hide.
	Unsettled []Place `json:"unsettled,omitempty"`
}

// Diff says what differs between two graphs, in words that are the same for every mesh: what a change to
// a cluster opens and closes, or what another mesh enforces of the same applications. Workloads are the
// same where their IDs are, entries and exits where they are declared alike; positions, objects that
// decide, and which mesh enforces something make no difference.
//
// Ports that either graph lists are compared, and any other port of each workload; of UDP and SCTP, which
// meshes leave alone, nothing is said. Clients take the usual ways (see Graph.Callers); only workloads of
// both graphs are compared as clients. Diff(b, a) has each change of Diff(a, b) the other way around.
//
// It asks both graphs for the callers of every port, on all processors.
func Diff(before, after *Graph) Difference {
	d := newDiffer(before, after)
	lists := make([]diffList, len(d.ids))
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				d.workload(&lists[i], d.ids[i])
			}
		})
	}
	for i := range d.ids {
		next <- i
	}
	close(next)
	wg.Wait()
	var all Difference
	for _, l := range slices.Concat(lists, []diffList{d.entries(), d.exits()}) {
		slices.SortStableFunc(l.changes, Change.compare)
		slices.SortStableFunc(l.unsettled, Place.compare)
		all.Changes = append(all.Changes, l.changes...)
		all.Unsettled = append(all.Unsettled, l.unsettled...)
	}
	return all
}

// IsEmpty reports whether nothing differs. That nothing is known to differ is said only when Unsettled is
// empty as well.
func (d Difference) IsEmpty() bool { return len(d.Changes) == 0 }

// differ compares two graphs. It is safe for concurrent use.
type differ struct {
	before, after *Graph
	ids           []WorkloadID // of either graph, in order
	toBefore      []int        // for each workload of after its index in before, or -1; nil where they are equal
	common        Set          // workloads of before that are in both
	enrolled      [2]Set       // workloads of before that are inside a mesh, by before and by after
}

// diffList collects what is found of one workload, or of entries or exits.
type diffList struct {
	changes   []Change
	unsettled []Place
}

func newDiffer(before, after *Graph) *differ {
	d := &differ{before: before, after: after, common: before.everybody}
	for _, g := range []*Graph{before, after} {
		for _, w := range g.workloads {
			d.ids = append(d.ids, w.id)
		}
	}
	slices.SortFunc(d.ids, WorkloadID.Compare)
	d.ids = slices.Compact(d.ids)
	if len(d.ids) != len(before.workloads) || len(d.ids) != len(after.workloads) {
		d.toBefore = make([]int, len(after.workloads))
		for i, w := range after.workloads {
			d.toBefore[i] = -1
			if b, ok := before.byID[w.id]; ok {
				d.toBefore[i] = int(b.index)
			}
		}
		d.common = before.SetWhere(func(w *Workload) bool { return after.byID[w.id] != nil })
	}
	d.enrolled[0] = before.SetWhere(inside)
	d.enrolled[1] = d.translate(after.SetWhere(inside))
	return d
}

// translate turns a set of after's workloads into one of before's; those that before does not know are left out.
func (d *differ) translate(s Set) Set {
	switch {
	case s.bits == nil:
		return Set{}
	case d.toBefore == nil:
		return Set{d.before.Cluster, s.bits}
	}
	all := d.before.SetOf()
	for i := range s.bits.EachSet() {
		if at := d.toBefore[i]; at >= 0 {
			all.bits.Set(uint(at))
		}
	}
	return all
}

// compare orders changes by place, kind, clients and what they say.
func (c Change) compare(other Change) int {
	return cmp.Or(
		c.Place.compare(other.Place), cmp.Compare(c.Kind, other.Kind), c.Clients.compare(other.Clients),
		cmp.Compare(c.Before, other.Before), cmp.Compare(c.After, other.After),
	)
}

func (p Place) compare(other Place) int {
	return cmp.Or(
		p.Workload.Compare(other.Workload), p.Object.Compare(other.Object), cmp.Compare(p.Name, other.Name),
		cmp.Compare(p.Topic.perPort(), other.Topic.perPort()), comparePorts(p.Port, other.Port), cmp.Compare(p.Topic, other.Topic),
	)
}

// comparePorts puts 0, which stands for any other port, last.
func comparePorts(a, b uint16) int { return cmp.Compare(a-1, b-1) }

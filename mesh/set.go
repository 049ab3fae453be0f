package mesh

import (
	"iter"

	"github.com/bits-and-blooms/bitset"
)

// Set is a set of a cluster's workloads. It is immutable; the zero Set is empty and belongs to every
// cluster. Sets of different clusters must not be mixed.
type Set struct {
	of   *Cluster
	bits *bitset.BitSet // nil for empty
}

// SetOf returns the set of those workloads; of workloads of one cluster.
func (c *Cluster) SetOf(ws ...*Workload) Set {
	b := bitset.New(uint(len(c.workloads)))
	for _, w := range ws {
		b.Set(w.index)
	}
	return Set{c, b}
}

// SetWhere returns the set of the workloads for which member is true.
func (c *Cluster) SetWhere(member func(*Workload) bool) Set {
	b := bitset.New(uint(len(c.workloads)))
	for _, w := range c.workloads {
		if member(w) {
			b.Set(w.index)
		}
	}
	return Set{c, b}
}

// Everybody returns the set of all workloads.
func (c *Cluster) Everybody() Set { return c.SetWhere(func(*Workload) bool { return true }) }

// Has reports whether w is in the set.
func (s Set) Has(w *Workload) bool { return s.bits != nil && s.bits.Test(w.index) }

// Len is the number of workloads in the set.
func (s Set) Len() int {
	if s.bits == nil {
		return 0
	}
	return int(s.bits.Count())
}

// IsEmpty reports whether no workload is in the set.
func (s Set) IsEmpty() bool { return s.bits == nil || s.bits.None() }

// And returns the workloads that are in both sets.
func (s Set) And(t Set) Set {
	if s.bits == nil || t.bits == nil {
		return Set{}
	}
	return Set{s.of, s.bits.Intersection(t.bits)}
}

// Or returns the workloads that are in either set.
func (s Set) Or(t Set) Set {
	switch {
	case s.bits == nil:
		return t
	case t.bits == nil:
		return s
	default:
		return Set{s.of, s.bits.Union(t.bits)}
	}
}

// Without returns the workloads that are in s and not in t.
func (s Set) Without(t Set) Set {
	if s.bits == nil || t.bits == nil {
		return s
	}
	return Set{s.of, s.bits.Difference(t.bits)}
}

// Equal reports whether the same workloads are in both sets.
func (s Set) Equal(t Set) bool {
	return s.Without(t).IsEmpty() && t.Without(s).IsEmpty()
}

// Meets reports whether some workload is in both sets, without making a third.
func (s Set) Meets(t Set) bool {
	return s.bits != nil && t.bits != nil && s.bits.IntersectionCardinality(t.bits) > 0
}

// All iterates over the workloads in the set, ordered by ID.
func (s Set) All() iter.Seq[*Workload] {
	return func(yield func(*Workload) bool) {
		if s.bits == nil {
			return
		}
		for i := range s.bits.EachSet() {
			if !yield(s.of.workloads[i]) {
				return
			}
		}
	}
}

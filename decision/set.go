package decision

import "iter"

// Set is the documents of one or more files, in the order in which they were read. It is
// immutable and safe for concurrent use. A nil Set is empty.
type Set struct {
	docs []parsed
}

// parsed is one document: a decision or a register, the other is nil.
type parsed struct {
	decision *Decision
	register *Register
}

// Merge joins sets in their order.
func Merge(sets ...*Set) *Set {
	all := new(Set)
	for _, s := range sets {
		if s != nil {
			all.docs = append(all.docs, s.docs...)
		}
	}
	return all
}

// Decisions iterates over all decisions, whatever their status.
func (s *Set) Decisions() iter.Seq[*Decision] {
	return func(yield func(*Decision) bool) {
		for _, d := range s.all() {
			if d.decision != nil && !yield(d.decision) {
				return
			}
		}
	}
}

// Accepted iterates over the decisions that are in force: those with status accepted.
func (s *Set) Accepted() iter.Seq[*Decision] {
	return func(yield func(*Decision) bool) {
		for d := range s.Decisions() {
			if d.Status == StatusAccepted && !yield(d) {
				return
			}
		}
	}
}

// Registers iterates over all exclusion registers.
func (s *Set) Registers() iter.Seq[*Register] {
	return func(yield func(*Register) bool) {
		for _, d := range s.all() {
			if d.register != nil && !yield(d.register) {
				return
			}
		}
	}
}

// Exclusions iterates over the exclusions of all documents, in the order of the text.
func (s *Set) Exclusions() iter.Seq[*Exclusion] {
	return s.exclusions(func(parsed) bool { return true })
}

// ExclusionsInForce iterates over the exclusions that count: those of accepted decisions, and
// those of registers, except registers of a decision in the set that is not accepted. An
// exclusion that has expired is still among them.
func (s *Set) ExclusionsInForce() iter.Seq[*Exclusion] {
	status := map[string]Status{}
	for d := range s.Decisions() {
		if status[d.ID] != StatusAccepted {
			status[d.ID] = d.Status
		}
	}
	return s.exclusions(func(d parsed) bool {
		if d.decision != nil {
			return d.decision.Status == StatusAccepted
		}
		st, known := status[d.register.Decision]
		return d.register.Decision == "" || !known || st == StatusAccepted
	})
}

func (s *Set) exclusions(keep func(parsed) bool) iter.Seq[*Exclusion] {
	return func(yield func(*Exclusion) bool) {
		for _, d := range s.all() {
			if !keep(d) {
				continue
			}
			for _, e := range d.exclusions() {
				if !yield(e) {
					return
				}
			}
		}
	}
}

func (s *Set) all() []parsed {
	if s == nil {
		return nil
	}
	return s.docs
}

func (d parsed) exclusions() []*Exclusion {
	if d.decision != nil {
		return d.decision.Exclusions
	}
	return d.register.Exclusions
}

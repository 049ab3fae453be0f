package snapshot

import (
	"iter"
	"maps"
	"slices"

	"github.com/meshposture/meshposture/source"
)

// Snapshot is a set of Kubernetes objects, each at most once, and what was met while reading them.
// It never changes and is safe for concurrent use. The zero Snapshot is empty.
type Snapshot struct {
	objects  map[source.Kind][]source.Object // each ordered by namespace and name
	counts   map[source.Kind]int
	problems []source.Problem
	skipped  []Skipped
}

// Objects iterates over the objects of kind k, ordered by namespace and name.
// Kinds that Options.Keep leaves out have none.
func (s *Snapshot) Objects(k source.Kind) iter.Seq[source.Object] {
	return slices.Values(s.objects[k])
}

// Kinds iterates over every kind met, ordered, with the number of its objects; it includes kinds
// that were not kept. Copies of one object count once.
func (s *Snapshot) Kinds() iter.Seq2[source.Kind, int] {
	return func(yield func(source.Kind, int) bool) {
		for _, k := range slices.SortedFunc(maps.Keys(s.counts), source.Kind.Compare) {
			if !yield(k, s.counts[k]) {
				return
			}
		}
	}
}

// Problems returns what was not understood, ordered by position. Nil means nothing. Beyond
// Options.MaxProblems, those of files come first, then those of documents, then those of names, each
// in load order; a last problem counts the rest and stands where the first of them does.
func (s *Snapshot) Problems() []source.Problem { return slices.Clone(s.problems) }

// Skipped returns what was recognised and not judged, ordered by position. Nil means nothing.
func (s *Snapshot) Skipped() []Skipped { return slices.Clone(s.skipped) }

package linkerd

import (
	"slices"

	"github.com/meshposture/meshposture/kube"
)

// labelEntry is a label of an object in a namespace.
type labelEntry struct{ namespace, key, value string }

// labelIndex finds selectors by the labels that they ask for, so that the cost of a look-up follows the
// number of matches.
type labelIndex[T any] struct {
	byLabel map[labelEntry][]T
	rest    map[string][]T // by namespace: those that ask for no label by its value
}

// newLabelIndex puts each item under the rarest label of its selector.
func newLabelIndex[T any](items []T, of func(T) (namespace string, s *kube.LabelSelector)) *labelIndex[T] {
	count := map[labelEntry]int{}
	for _, item := range items {
		ns, s := of(item)
		for _, e := range labelsAsked(ns, s) {
			count[e]++
		}
	}
	x := &labelIndex[T]{byLabel: map[labelEntry][]T{}, rest: map[string][]T{}}
	for _, item := range items {
		ns, s := of(item)
		all := labelsAsked(ns, s)
		if len(all) == 0 {
			x.rest[ns] = append(x.rest[ns], item)
			continue
		}
		rarest := slices.MinFunc(all, func(a, b labelEntry) int { return count[a] - count[b] })
		x.byLabel[rarest] = append(x.byLabel[rarest], item)
	}
	return x
}

// labelsAsked are the labels that a selector asks for by their values.
func labelsAsked(namespace string, s *kube.LabelSelector) []labelEntry {
	if s == nil {
		return nil
	}
	var all []labelEntry
	for k, v := range s.MatchLabels {
		all = append(all, labelEntry{namespace, k, v})
	}
	return all
}

// candidates are the items that may select an object with these labels, in no order.
func (x *labelIndex[T]) candidates(namespace string, labels map[string]string) []T {
	all := slices.Clone(x.rest[namespace])
	for k, v := range labels {
		all = append(all, x.byLabel[labelEntry{namespace, k, v}]...)
	}
	return all
}

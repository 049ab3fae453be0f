package istio

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
)

// namespacePolicies are the PeerAuthentications of one namespace, in the order in which Istio
// prefers them, and arranged so that a pod's are found by its labels: a namespace may hold
// thousands of both.
type namespacePolicies struct {
	all       []*peerAuth
	wide      []*peerAuth // of those without labels to select by, or whose selector is lost: what may count
	bare      []*peerAuth // of those without a selector, or whose selector is lost: what may count
	lostPorts []uint16    // that policies name whose selector is lost
	byLabel   map[[2]string][]*selection
}

// selection holds the policies of a namespace that select by the same labels.
type selection struct {
	number int // in the order of the oldest policy
	labels map[string]string
	all    []*peerAuth
	may    []*peerAuth // those that may count
	ports  []uint16    // that any of them names, in order
}

func newNamespacePolicies(all []*peerAuth) *namespacePolicies {
	slices.SortFunc(all, comparePolicies)
	n := &namespacePolicies{all: all, byLabel: map[[2]string][]*selection{}}
	var wide, bare []*peerAuth
	byLabels := map[string]*selection{}
	var selections []*selection
	for _, pa := range all {
		if pa.selectsAll() || pa.lost {
			wide = append(wide, pa)
		}
		if pa.hasNoSelector() || pa.lost {
			bare = append(bare, pa)
		}
		if pa.lost {
			n.lostPorts = append(n.lostPorts, pa.namedPorts()...)
		}
		if pa.selectsAll() || pa.lost {
			continue
		}
		key := fmt.Sprintf("%q", pa.labels) // maps are printed in the order of their keys
		s := byLabels[key]
		if s == nil {
			s = &selection{number: len(selections), labels: pa.labels}
			byLabels[key] = s
			selections = append(selections, s)
		}
		s.all = append(s.all, pa)
		s.ports = append(s.ports, pa.namedPorts()...)
	}
	n.wide, n.bare = mayCount(wide), mayCount(bare)
	n.index(selections)
	return n
}

// index files every selection under the rarest of its labels.
func (n *namespacePolicies) index(selections []*selection) {
	frequency := map[[2]string]int{}
	for _, s := range selections {
		slices.Sort(s.ports)
		s.ports, s.may = slices.Compact(s.ports), mayCount(s.all)
		for k, v := range s.labels {
			frequency[[2]string{k, v}]++
		}
	}
	for _, s := range selections {
		var rarest [2]string
		for _, k := range slices.Sorted(maps.Keys(s.labels)) {
			if e := [2]string{k, s.labels[k]}; rarest == [2]string{} || frequency[e] < frequency[rarest] {
				rarest = e
			}
		}
		n.byLabel[rarest] = append(n.byLabel[rarest], s)
	}
}

// selecting returns the selections that take in a pod with these labels, in a fixed order.
func (n *namespacePolicies) selecting(labels map[string]string) []*selection {
	if n == nil || len(n.byLabel) == 0 {
		return nil
	}
	var found []*selection
	for k, v := range labels {
		for _, s := range n.byLabel[[2]string{k, v}] {
			if kube.Subset(s.labels, labels) {
				found = append(found, s)
			}
		}
	}
	slices.SortFunc(found, func(a, b *selection) int { return a.number - b.number })
	return found
}

// mayCount leaves out the policies of a level that cannot count whatever else the level holds, and
// keeps those that were not understood. More than maxChoices of equal standing are too many to
// weigh, so that the rest of them makes no difference.
func mayCount(level []*peerAuth) []*peerAuth {
	if len(level) == 0 {
		return nil
	}
	may := oldest(level, false)
	may = slices.Clone(may[:min(len(may), maxChoices+1)])
	for _, pa := range level {
		if len(pa.gaps) > 0 && !slices.Contains(may, pa) {
			may = append(may, pa)
		}
	}
	return may
}

// names lists up to a few policies as "namespace/name", and how many more there are.
func names(list []*peerAuth) string {
	const few = 10
	var all []string
	for _, pa := range list[:min(len(list), few)] {
		all = append(all, pa.namespace()+"/"+pa.name())
	}
	s := strings.Join(all, ", ")
	if more := len(list) - few; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

package linkerd

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	serverapi "github.com/meshposture/meshposture/linkerd/api/server/v1beta3"
)

// admittedServer is a Server that the webhook looks at.
type admittedServer struct {
	review
	spec *serverapi.ServerSpec
}

// overlaps refuses Servers that share a port with another one and have the same selector, or select
// everything: before 2.18 the webhook compared a Server with all those that were there already
// (policy-controller/src/admission.rs overlaps). Which of them came first is not asked: none of them could
// be written again as it stands.
func overlaps(all []admittedServer) {
	groups := map[serverClaim]*rivals{}
	for i, s := range all {
		g := groups[s.claim()]
		if g == nil {
			g = &rivals{bySelector: map[string][]int{}}
			groups[s.claim()] = g
		}
		g.add(i, s.selector())
	}
	for i, s := range all {
		if k, ok := groups[s.claim()].rival(i, s.selector()); ok {
			s.refuse("spec.port", "Server "+all[k].r.obj.Ref.Name+" already defines a policy for the port, and selects pods that this Server selects, too")
		}
	}
}

// serverClaim is what two Servers must share to be rivals.
type serverClaim struct {
	namespace string
	port      kube.IntOrString
	external  bool
}

func (s admittedServer) claim() serverClaim {
	return serverClaim{s.r.obj.Ref.Namespace, s.spec.Port, s.spec.PodSelector == nil}
}

func (s admittedServer) selector() *kube.LabelSelector {
	return cmp.Or(s.spec.PodSelector, s.spec.ExternalWorkloadSelector)
}

// rivals are the Servers of one claim, by their place in a list.
type rivals struct {
	all        []int
	selectAll  []int
	bySelector map[string][]int
}

func (g *rivals) add(i int, s *kube.LabelSelector) {
	g.all = append(g.all, i)
	if s.IsEmpty() {
		g.selectAll = append(g.selectAll, i)
	}
	g.bySelector[written(s)] = append(g.bySelector[written(s)], i)
}

// rival is the first other Server that may select what Server i selects.
func (g *rivals) rival(i int, s *kube.LabelSelector) (int, bool) {
	lists := [][]int{g.selectAll, g.bySelector[written(s)]}
	if s.IsEmpty() {
		lists = [][]int{g.all}
	}
	first := -1
	for _, list := range lists {
		for _, k := range list[:min(len(list), 2)] { // of two one is another
			if k != i && (first < 0 || k < first) {
				first = k
			}
		}
	}
	return first, first >= 0
}

// written is a text that is the same for selectors that the webhook takes for equal: those that are written
// alike, but for the order of labels and of values. What is not there and what is empty differ.
func written(s *kube.LabelSelector) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%t", s.MatchLabels == nil)
	for _, k := range slices.Sorted(maps.Keys(s.MatchLabels)) {
		fmt.Fprintf(&b, " %q=%q", k, s.MatchLabels[k])
	}
	fmt.Fprintf(&b, " %t", s.MatchExpressions == nil)
	for _, e := range s.MatchExpressions {
		values := slices.Compact(slices.Sorted(slices.Values(e.Values)))
		fmt.Fprintf(&b, " %q %q %t %q", e.Key, e.Operator, e.Values == nil, values)
	}
	return b.String()
}

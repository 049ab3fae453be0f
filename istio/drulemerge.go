package istio

import (
	"maps"
	"slices"
	"strings"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// mergedRule is what istiod makes of the DestinationRules of one namespace for one host: the first of
// them, with what others add to it.
type mergedRule struct {
	first   *destRule
	from    []*destRule // first, then those merged into it
	policy  *networkingv1alpha3.TrafficPolicy
	policed *destRule // the rule that policy is from; nil for no policy
	subsets []ruleSubset
	gaps    []mesh.Gap // reasons to distrust the rule

	main tlsByPort            // of policy
	sub  map[string]tlsByPort // of the subsets, by name
}

// ruleSubset is a subset with the rule that it is from.
type ruleSubset struct {
	*networkingv1alpha3.Subset
	rule  *destRule
	index int
}

func newMergedRule(r *destRule) *mergedRule {
	m := &mergedRule{first: r}
	m.absorb(r)
	return m
}

// absorb adds the subsets of r whose names are new, and its traffic policy where there is none yet.
func (m *mergedRule) absorb(r *destRule) {
	m.from = append(m.from, r)
	for i, s := range r.spec.GetSubsets() {
		known := slices.ContainsFunc(m.subsets, func(has ruleSubset) bool { return has.GetName() == s.GetName() })
		if !known {
			m.subsets = append(m.subsets, ruleSubset{s, r, i})
		}
	}
	if m.policed == nil && r.spec.GetTrafficPolicy() != nil {
		m.policy, m.policed = r.spec.GetTrafficPolicy(), r
	}
	for _, g := range r.gaps {
		if mayChangeTLS(g) {
			m.gaps = append(m.gaps, g)
		}
	}
}

// mayChangeTLS leaves out gaps in those parts of a traffic policy that do not decide about TLS.
func mayChangeTLS(g mesh.Gap) bool {
	inert := slices.ContainsFunc([]string{".connectionPool", ".outlierDetection", ".retryBudget"}, func(part string) bool {
		return strings.Contains(g.Loc.Field(), part)
	})
	return !inert && touches(g, "spec.trafficPolicy", "spec.subsets", "metadata.creationTimestamp")
}

// mergeRule adds r to the rules of the same namespace and host. What the last of them says decides
// whether r stands for itself as well, even where others have taken it in.
// pilot/pkg/model/destination_rule.go mergeDestinationRule; enhanced is istiod's flag
// ENABLE_ENHANCED_DESTINATIONRULE_MERGE.
func mergeRule(list []*mergedRule, r *destRule, enhanced bool) []*mergedRule {
	separate := true
	for _, m := range list {
		if enhanced {
			separate = !r.exportTo.equal(m.first.exportTo)
			if separate && (len(m.first.exportTo) == 0 || !r.exportTo.covers(m.first.exportTo)) {
				continue
			}
		}
		both, neither := m.first.selects && r.selects, !m.first.selects && !r.selects
		alike := maps.Equal(m.first.selector, r.selector)
		if both && !alike {
			separate = true
			continue
		}
		if neither || both && alike {
			separate = false
		}
		m.absorb(r)
	}
	if separate {
		list = append(list, newMergedRule(r))
	}
	return list
}

// mergeRules merges the rules of one namespace and host, in the order of compareDestRules. Where the
// input does not tell in which order they were made, and another order would give other rules, the
// result has a gap.
func mergeRules(rules []*destRule, enhanced bool) []*mergedRule {
	var merged []*mergedRule
	for _, r := range rules {
		merged = mergeRule(merged, r, enhanced)
	}
	if undatedRules(rules) && orderMatters(rules, merged, enhanced) {
		gap := mesh.Gap{
			Reason: source.ProblemIncomplete, Object: rules[0].obj.Ref, Loc: rules[0].obj.At("metadata.creationTimestamp"),
			Detail: "several DestinationRules of namespace " + rules[0].namespace() + " are for host " + rules[0].spec.GetHost() + ", and the input does not say which of them is the oldest",
		}
		for _, m := range merged {
			m.gaps = append(m.gaps, gap)
		}
	}
	for _, m := range merged {
		m.settle()
	}
	return merged
}

// undatedRules reports whether the order of creation of several rules of one kind is not known.
func undatedRules(rules []*destRule) bool {
	undated, count := [2]int{}, [2]int{}
	for _, r := range rules {
		count[btoi(r.selects)]++
		if r.meta.CreationTimestamp.IsZero() {
			undated[btoi(r.selects)]++
		}
	}
	return undated[0] > 0 && count[0] > 1 || undated[1] > 0 && count[1] > 1
}

// orderMatters reports whether another order of creation could give other rules. With few rules all
// turns of the list, forwards and backwards, are tried: that puts every rule first and last.
func orderMatters(rules []*destRule, merged []*mergedRule, enhanced bool) bool {
	const most = 8
	if len(rules) > most {
		return true
	}
	split := slices.IndexFunc(rules, func(r *destRule) bool { return !r.selects })
	if split < 0 {
		split = len(rules)
	}
	for range 2 {
		for turn := range rules {
			other := slices.Concat(turned(rules[:split], turn), turned(rules[split:], turn))
			var again []*mergedRule
			for _, r := range other {
				again = mergeRule(again, r, enhanced)
			}
			if !sameMerge(merged, again) {
				return true
			}
		}
		rules = slices.Clone(rules)
		slices.Reverse(rules[:split])
		slices.Reverse(rules[split:])
	}
	return false
}

// turned is a list that begins with its element n.
func turned(list []*destRule, n int) []*destRule {
	if len(list) == 0 {
		return nil
	}
	n %= len(list)
	return slices.Concat(list[n:], list[:n])
}

// sameMerge reports whether two merges leave the same policies to the same clients.
func sameMerge(a, b []*mergedRule) bool {
	return slices.EqualFunc(a, b, func(x, y *mergedRule) bool {
		return x.first.exportTo.equal(y.first.exportTo) && maps.Equal(x.first.selector, y.first.selector) && x.policed == y.policed
	})
}

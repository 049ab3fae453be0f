package istio

import (
	"slices"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
)

// ruleTable holds the merged rules of one namespace by host.
type ruleTable struct {
	hosts hostTable[[]*mergedRule]
	lost  []*destRule // rules of which it is not known which hosts or clients they are for
}

// ruleIndex holds the DestinationRules as a control plane files them.
// pilot/pkg/model/push_context.go setDestinationRules.
type ruleIndex struct {
	root      string
	local     map[string]*ruleTable // for clients of the namespace
	exported  map[string]*ruleTable // for clients of others
	rootLocal *ruleTable            // the private ones of the root namespace, for its own clients
	// namesakes are the namespaces that have local rules, by host.
	namesakes hostTable[[]string]
	lostIn    []string // namespaces with rules that are lost
}

// ruleSettings is what the index depends on beside the rules.
type ruleSettings struct {
	root, domain string
	private      bool // defaultDestinationRuleExportTo is "."
	enhanced     bool
}

// ruleGroup collects the rules of a namespace before they are merged.
type ruleGroup struct {
	namespace string
	hosts     hostTable[[]*destRule]
	order     []string // of hosts, as they are first met
	lost      []*destRule
}

func (g *ruleGroup) add(host string, r *destRule) {
	if r.lost {
		g.lost = append(g.lost, r)
		return
	}
	list := g.hosts.at(host)
	if len(list) == 0 {
		g.order = append(g.order, host)
	}
	g.hosts.put(host, append(list, r))
}

func (g *ruleGroup) merge(enhanced bool) *ruleTable {
	t := &ruleTable{lost: g.lost}
	for _, host := range g.order {
		t.hosts.put(host, mergeRules(g.hosts.at(host), enhanced))
	}
	return t
}

// servesOwn reports whether a rule is for clients of its own namespace.
func (r *destRule) servesOwn() bool {
	e := r.exportTo
	return len(e) == 0 || e.has(exportPublic) || e.has(exportPrivate) || e.has(r.namespace())
}

// private reports whether a rule is for those only; byDefault says what a rule without exportTo is.
func (r *destRule) private(byDefault bool) bool {
	e := r.exportTo
	return len(e) == 0 && byDefault || len(e) == 1 && (e[0] == exportPrivate || e[0] == r.namespace())
}

// newRuleIndex files rules, which are in the order of compareDestRules.
func newRuleIndex(rules []*destRule, s ruleSettings) *ruleIndex {
	local, exported, rootLocal := map[string]*ruleGroup{}, map[string]*ruleGroup{}, &ruleGroup{namespace: s.root}
	group := func(by map[string]*ruleGroup, ns string) *ruleGroup {
		if by[ns] == nil {
			by[ns] = &ruleGroup{namespace: ns}
		}
		return by[ns]
	}
	for _, r := range rules {
		ns := r.namespace()
		host := fullHost(r.spec.GetHost(), ns, s.domain)
		if r.lost || r.servesOwn() {
			group(local, ns).add(host, r)
		}
		switch {
		case r.lost || !r.private(s.private):
			group(exported, ns).add(host, r)
		case ns == s.root:
			rootLocal.add(host, r)
		}
	}
	x := &ruleIndex{root: s.root, local: map[string]*ruleTable{}, exported: map[string]*ruleTable{}, rootLocal: rootLocal.merge(s.enhanced)}
	for ns, g := range local {
		x.local[ns] = g.merge(s.enhanced)
	}
	for ns, g := range exported {
		x.exported[ns] = g.merge(s.enhanced)
	}
	x.nameNamespaces(local)
	return x
}

// nameNamespaces notes which namespaces have rules of their own for a host.
func (x *ruleIndex) nameNamespaces(local map[string]*ruleGroup) {
	for _, ns := range sortedKeys(local) {
		for _, host := range local[ns].order {
			x.namesakes.put(host, append(x.namesakes.at(host), ns))
		}
		if len(local[ns].lost) > 0 {
			x.lostIn = append(x.lostIn, ns)
		}
	}
}

// candidates are the rules of which one may count for a client in a namespace: those of the first
// place that has any for the host. The gaps say why there may be others.
// pilot/pkg/model/push_context.go destinationRule.
func (x *ruleIndex) candidates(client, service, host string) ([]*mergedRule, []mesh.Gap) {
	own := x.local[client]
	if client == x.root {
		own = x.rootLocal
	}
	var gaps []mesh.Gap
	if own != nil {
		gaps = own.doubts()
		if list, ok := own.hosts.find(host); ok {
			return list, gaps
		}
	}
	for _, ns := range []string{service, x.root} {
		t := x.exported[ns]
		if t == nil {
			continue
		}
		gaps = append(gaps, t.doubts()...)
		all, _ := t.hosts.find(host)
		var list []*mergedRule
		for _, m := range all {
			if e := m.first.exportTo; len(e) == 0 || e.has(exportPublic) || e.has(client) {
				list = append(list, m)
			}
		}
		if len(list) > 0 {
			return list, gaps
		}
	}
	return nil, gaps
}

func (t *ruleTable) doubts() []mesh.Gap {
	var gaps []mesh.Gap
	for _, r := range t.lost {
		gaps = append(gaps, r.gaps...)
	}
	return gaps
}

// choose takes the rule that counts for a client with these labels: the first of the client's own
// namespace that selects it, else the last without a selector; nil for none.
// pilot/pkg/model/sidecar.go SidecarScope.DestinationRule.
func choose(list []*mergedRule, client string, labels map[string]string) *mergedRule {
	var other *mergedRule
	for _, m := range list {
		if !m.first.selects {
			other = m
			continue
		}
		if m.first.namespace() == client && kube.Subset(m.first.selector, labels) {
			return m
		}
	}
	return other
}

// unselective is choose for clients to which selectors do not apply, which waypoints are.
func unselective(list []*mergedRule) *mergedRule {
	var other *mergedRule
	for _, m := range list {
		if !m.first.selects {
			other = m
		}
	}
	return other
}

// exceptions are the namespaces whose clients may get other rules for a host than those of a
// namespace that no rule names: they have rules of their own, or rules that others find name them.
func (x *ruleIndex) exceptions(service, host string) []string {
	found := append([]string{x.root}, x.lostIn...)
	x.namesakes.all(host, func(list []string) { found = append(found, list...) })
	for _, ns := range []string{service, x.root} {
		if t := x.exported[ns]; t != nil {
			list, _ := t.hosts.find(host)
			for _, m := range list {
				found = append(found, m.first.exportTo.named()...)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

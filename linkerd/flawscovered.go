package linkerd

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
)

// way is by which a grant lets clients in: at a Server, or on one of its routes where route is not negative.
type way struct {
	server *server
	route  int
}

// ways are those of an AuthorizationPolicy.
func (f *flawFinder) ways(a *authzPolicy) []way {
	var all []way
	routed := a.target.Kind != kindServer && a.target.Kind != kube.KindNamespace
	for _, srv := range f.serversOf(a) {
		if !routed {
			all = append(all, way{srv, -1})
			continue
		}
		for i, own := range srv.own {
			if slices.Contains(own, a.grant) {
				all = append(all, way{srv, i})
			}
		}
	}
	return all
}

// covered reports a policy that lets nobody in whom another one does not let in wherever it stands: policies
// only grant, and what one lets in none keeps out. Of policies that grant the same, none is reported. What a
// Server grants by itself is told of the Server.
func (f *flawFinder) covered(r resource, own *grant, ways []way) {
	if own == nil || len(own.gaps) > 0 {
		return
	}
	by := map[*server]*grant{}
	for _, w := range ways {
		wider := w.wider(own)
		if wider == nil || wider.rule.Policy.Kind == kindDefault {
			return
		}
		by[w.server] = wider
	}
	if len(by) == 0 {
		return
	}
	var servers []*server
	for _, w := range ways {
		servers = append(servers, w.server)
	}
	sites := f.guarded(servers)
	if len(sites) == 0 {
		return
	}
	first := by[ways[0].server]
	flaw := r.flaw(mesh.FlawNoEffect, ruleGrantedAnyway, "metadata.name",
		first.rule.Policy.String()+" lets in everybody whom it lets in, and what one policy grants no other takes back")
	flaw.Why = []mesh.Step{first.step}
	f.report(flaw, sites)
}

// wider is the first other grant of the Server that lets in all whom a grant lets in, and more; nil for none.
func (w way) wider(own *grant) *grant {
	for _, g := range w.server.grants {
		if g != own && g.covers(own) && (w.route >= 0 || !own.covers(g)) {
			return g
		}
	}
	return nil
}

// covers reports whether a grant surely lets in all whom another one lets in.
func (g *grant) covers(other *grant) bool {
	return len(g.gaps) == 0 && len(other.gaps) == 0 && g.who.covers(&other.who) && g.networks.coversAll(other.networks)
}

// covers reports whether who meets the others meets these.
func (ids *identities) covers(other *identities) bool {
	switch {
	case ids.need == needNothing:
		return true
	case other.need == needNothing || ids.need == needIdentity && other.need == needTLS:
		return false
	case ids.need == needTLS:
		return true
	}
	for _, id := range other.exact {
		if !ids.has(id) {
			return false
		}
	}
	return !slices.ContainsFunc(other.suffixes, func(s string) bool {
		return !slices.ContainsFunc(ids.suffixes, func(own string) bool { return strings.HasSuffix(s, own) })
	})
}

// coversAll reports whether each of other networks is a part of one of these, outside of its holes.
func (ns networks) coversAll(other networks) bool {
	return !slices.ContainsFunc(other, func(n network) bool {
		return !slices.ContainsFunc(ns, func(own network) bool {
			return covers(own.cidr, n.cidr) && !slices.ContainsFunc(own.except, func(hole netip.Prefix) bool { return hole.Overlaps(n.cidr) && !n.leavesOut(hole) })
		})
	})
}

// leavesOut reports whether one hole of the network has all of a range.
func (n network) leavesOut(p netip.Prefix) bool {
	return slices.ContainsFunc(n.except, func(hole netip.Prefix) bool { return covers(hole, p) })
}

// openAccess reports a Server that lets everybody in by itself, while policies for it name whom they let in.
func (f *flawFinder) openAccess(srv *server) {
	var own *grant
	var narrower []string
	for _, g := range srv.grants {
		if g.rule.Policy.Kind == kindDefault {
			own = g
		}
	}
	if own == nil || len(own.gaps) > 0 {
		return
	}
	for _, g := range slices.Concat(append([][]*grant{srv.grants}, srv.own...)...) {
		if g != own && own.covers(g) && !g.covers(own) {
			narrower = append(narrower, g.rule.Policy.String())
		}
	}
	if len(narrower) == 0 {
		return
	}
	slices.Sort(narrower)
	narrower = slices.Compact(narrower)
	who := own.who.phrase()
	f.report(srv.flaw(mesh.FlawOpensMore, ruleAccessOpen, "spec.accessPolicy",
		srv.word+" lets in "+who+" whatever the policies ask for, so that these have no effect: "+commaed(narrower)), f.guarded([]*server{srv}))
}

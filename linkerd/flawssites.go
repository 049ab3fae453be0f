package linkerd

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// site is a proxy before pods that are alike, or where one would stand, as policies find it.
type site struct {
	workload *mesh.Workload
	party    mesh.Party
	inside   truth.Value // a proxy stands there that gets policies
	gaps     []mesh.Gap  // why inside is not known
}

// serverSites is where a Server stands.
type serverSites struct {
	selected []*site
	places   []place
}

// place is a port of pods for which a Server stands.
type place struct {
	*site
	port uint16
	late bool // it has the port of an init container, and whether the release looks there is not known
}

// place finds out which Servers stand where, and which routes are attached to which of them.
func (f *flawFinder) place() {
	for w := range f.cluster.Workloads() {
		for _, v := range w.Variants() {
			f.sites = append(f.sites, f.siteOf(w, v))
		}
	}
	for _, srv := range f.policy.list {
		f.stands[srv] = &serverSites{}
		f.servers[srv.obj.Ref.Namespace] = append(f.servers[srv.obj.Ref.Namespace], srv)
		for _, r := range srv.routes {
			f.attached[r] = append(f.attached[r], srv)
		}
	}
	for _, r := range f.policy.routes {
		f.targets[routeTarget(r.obj.Ref)] = append(f.targets[routeTarget(r.obj.Ref)], r)
	}
	for _, s := range f.sites {
		for _, srv := range f.policy.serversOf(s.party.Pod) {
			f.stands[srv].add(srv, s, f.settings.release, f.policy)
		}
	}
}

func (st *serverSites) add(srv *server, s *site, r release, p *policy) {
	st.selected = append(st.selected, s)
	ports, late := srv.ports(s.party.Pod, p.coming)
	for _, n := range ports {
		st.places = append(st.places, place{site: s, port: n})
	}
	if r.sinceEdge(19, edition{25, 6, 3}) {
		for _, n := range late {
			st.places = append(st.places, place{site: s, port: n, late: r.minor == 0})
		}
	}
}

// siteOf looks at pods. Those of a proxy without the label of its control plane count as outside: the policy
// controller does not know them.
func (f *flawFinder) siteOf(w *mesh.Workload, v mesh.Party) *site {
	s := &site{workload: w, party: v, inside: truth.False}
	e := v.Enrolment
	switch {
	case e.Mode == mesh.ModeUnknown:
		s.inside, s.gaps = truth.Unknown, e.Unknown
		if len(s.gaps) == 0 {
			s.gaps = []mesh.Gap{{
				Reason: source.ProblemIncomplete, Object: v.Pod.Object(), Loc: v.Pod.At("metadata"), Detail: "how the pod is enrolled is not known",
			}}
		}
	case f.guards(v) && !f.enforcesDefaultOnly(v.Pod):
		s.inside = truth.True
	}
	return s
}

// guarded are the sites at which Servers stand and a proxy may be.
func (f *flawFinder) guarded(servers []*server) []*site {
	seen := map[*site]bool{}
	var all []*site
	for _, srv := range servers {
		for _, p := range f.stands[srv].places {
			if p.inside != truth.False && !seen[p.site] {
				seen[p.site] = true
				all = append(all, p.site)
			}
		}
	}
	return all
}

// outsideAll reports whether no site is surely inside.
func outsideAll(sites []*site) bool {
	return !slices.ContainsFunc(sites, func(s *site) bool { return s.inside == truth.True })
}

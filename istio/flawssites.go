package istio

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// site is a proxy before pods that are alike, or where one would stand, as policies find it. That of a
// waypoint stands before the workloads of a Service.
type site struct {
	kind      siteKind
	workloads []*mesh.Workload
	party     mesh.Party // zero for a waypoint
	rev       *revision
	proxied   proxied
	gaps      []mesh.Gap // why what is enforced there may be something else

	finder *flawFinder
	opened bool
	inner  []door
	rules  *bundle
}

type siteKind uint8

const (
	siteUnsure   siteKind = iota // it is not known whether a proxy stands there
	siteOutside                  // no proxy stands there
	siteSidecar                  // an Envoy beside the pods
	siteGateway                  // an Envoy that is a gateway
	siteWaypoint                 // an Envoy that is a waypoint, for one Service
	siteSelf                     // the pods of a waypoint
	siteZtunnel
)

// envoy reports whether an Envoy judges requests there.
func (s *site) envoy() bool {
	return s.kind == siteSidecar || s.kind == siteGateway || s.kind == siteWaypoint
}

// standing is where a policy stands.
type standing struct {
	sites  []*site         // where a proxy of the mesh gets it
	idle   []*site         // where it would be enforced if there were one, or if it is one
	fields [][]policyField // of an AuthorizationPolicy, by rule
}

// standings are those of the policies of one kind.
type standings[P comparable] map[P]*standing

func (m standings[P]) of(p P) *standing {
	if m[p] == nil {
		m[p] = &standing{}
	}
	return m[p]
}

func (m standings[P]) stand(list []P, s *site) {
	for _, p := range list {
		st := m.of(p)
		st.sites = append(st.sites, s)
	}
}

func (m standings[P]) idle(list []P, s *site) {
	for _, p := range list {
		st := m.of(p)
		st.idle = append(st.idle, s)
	}
}

// place finds out which policies stand where.
func (f *flawFinder) place() {
	for w := range f.cluster.Workloads() {
		for _, v := range w.Variants() {
			if s := f.siteOf(w, v); s != nil {
				f.sites = append(f.sites, s)
				f.placeAt(s)
			}
		}
	}
	if len(f.waypoints.gateways) == 0 {
		return
	}
	for _, proxy := range sortedKeys(f.bound()) {
		for _, service := range f.bound()[proxy] {
			s := f.waypointSite(proxy, service)
			f.policies.stand(f.authz.policiesFor(s.rev, s.proxied).surely, s)
			f.tokens.stand(f.authz.tokensFor(s.rev, s.proxied).surely, s)
		}
	}
}

// siteOf is the site of pods; nil where another mesh has a say.
func (f *flawFinder) siteOf(w *mesh.Workload, v mesh.Party) *site {
	e, p := v.Enrolment, v.Pod
	if foreign(e) {
		return nil
	}
	s := &site{finder: f, workloads: []*mesh.Workload{w}, party: v, rev: f.named(e.Revision)}
	s.proxied = proxied{namespace: p.Namespace.Name, labels: p.Labels}
	switch e.Mode {
	case mesh.ModeSidecar, mesh.ModeNativeSidecar:
		s.kind = siteSidecar
	case mesh.ModeGateway:
		s.kind = siteGateway
	case mesh.ModeWaypoint:
		s.kind = siteSelf
	case mesh.ModeAmbient:
		s.kind = siteZtunnel
	case mesh.ModeNone:
		s.kind, s.gaps = siteOutside, e.Unknown
	default:
		s.gaps = orIncomplete(e.Unknown, p, "how the pod is enrolled is not known")
	}
	if s.rev != nil && s.kind != siteOutside {
		s.gaps = slices.Concat(s.gaps, s.rev.doubts())
		if s.rev.discovers(p.Namespace) != truth.True {
			s.gaps = append(s.gaps, undiscovered(s.rev, p))
		}
		if len(f.serving(e.Revision)) > 1 {
			s.gaps = append(s.gaps, mesh.Gap{
				Reason: source.ProblemIncomplete, Object: p.Object(), Loc: p.At("metadata"),
				Detail: "which revision serves the pod is not known",
			})
		}
	}
	return s
}

// placeAt finds the policies for a site. Those that would be there but for its kind are idle.
func (f *flawFinder) placeAt(s *site) {
	switch s.kind {
	case siteSidecar, siteGateway:
		f.policies.stand(f.authz.policiesFor(s.rev, s.proxied).surely, s)
		f.tokens.stand(f.authz.tokensFor(s.rev, s.proxied).surely, s)
	case siteZtunnel:
		f.policies.stand(f.authz.ztunnelScopes(s.rev, s.proxied.namespace, s.proxied.labels).surely, s)
		f.tokens.idle(selectingFor(f.authz.tokens, s), s)
	default:
		f.policies.idle(selectingFor(f.authz.policies, s), s)
		f.tokens.idle(selectingFor(f.authz.tokens, s), s)
	}
	root, ns := s.rev.rootNamespace(), s.proxied.namespace
	if own := f.Layer.policies.byNamespace[ns]; own != nil && ns != root {
		here := slices.Clone(own.wide)
		for _, sel := range own.selecting(s.proxied.labels) {
			here = append(here, sel.all...)
		}
		if s.kind == siteSidecar || s.kind == siteZtunnel {
			f.modes.stand(here, s)
		} else {
			f.modes.idle(here, s)
		}
	}
}

// selectingFor are the policies whose selector takes in the pods of a site, whatever stands there.
func selectingFor[P attachable](as *attachments[P], s *site) []P {
	own, _ := as.byNamespace[s.proxied.namespace].selecting(s.proxied.labels)
	if root := s.rev.rootNamespace(); root != s.proxied.namespace {
		more, _ := as.byNamespace[root].selecting(s.proxied.labels)
		own = append(own, more...)
	}
	return own
}

// bindServices are the Services by the waypoint that takes their traffic.
func (f *flawFinder) bindServices() map[string][]*mesh.Service {
	bound := map[string][]*mesh.Service{}
	for s := range f.cluster.Services() {
		if b, ok := f.Bind(s); ok && b.Proxy != "" && len(b.Unknown) == 0 {
			bound[b.Proxy] = append(bound[b.Proxy], s)
		}
	}
	return bound
}

// waypointSite is the site of a waypoint's chains for a Service.
func (f *flawFinder) waypointSite(proxy string, service *mesh.Service) *site {
	ns, name := cutProxy(proxy)
	s := &site{finder: f, kind: siteWaypoint, workloads: service.Workloads(), rev: f.named(f.waypointRevision(proxy))}
	s.proxied = proxied{namespace: ns, labels: map[string]string{gatewayNameLabel: name}, waypoint: true, service: service}
	if s.rev != nil {
		s.gaps = s.rev.doubts()
	}
	return s
}

// bundle are the policies of the site as they are enforced.
func (s *site) bundle() *bundle {
	if s.rules != nil {
		return s.rules
	}
	switch {
	case s.kind == siteZtunnel:
		s.rules = s.finder.ztunnelBundle(s.rev, s.party.Pod)
	case s.envoy():
		s.rules = s.finder.envoyBundle(s.rev, s.proxied)
	default:
		s.rules = &bundle{http: &ruleset{allows: truth.False}, tcp: &ruleset{allows: truth.False}}
	}
	return s.rules
}

// doubts are the reasons to distrust what the revision's configuration and release are taken for.
func (r *revision) doubts() []mesh.Gap {
	gaps := slices.Clone(r.mesh.gaps)
	if gap, out := r.outOfRange(); out {
		gaps = append(gaps, gap)
	}
	return gaps
}

package istio

import (
	"slices"
	"sync"

	"github.com/meshposture/meshposture/internal/affected"
	"github.com/meshposture/meshposture/internal/inputscope"
	"github.com/meshposture/meshposture/mesh"
)

// Flaws lists the objects that do not do what they say. Only what is true of some workload, port or
// Service of the cluster is a flaw; what an API server or istiod would refuse is a problem instead.
// Policies in a dry run say of themselves that they do nothing, and are passed over.
func (l *Layer) Flaws() []mesh.Flaw { return slices.Clone(l.flaws()) }

// flawFinder looks at all of a layer for flaws.
type flawFinder struct {
	*Layer
	found []mesh.Flaw

	sites    []*site
	policies standings[*authzPolicy]
	tokens   standings[*requestAuth]
	modes    standings[*peerAuth]
	input    inputscope.Scope
	bearers  *bearers
	pods     func() *podIndex
	bound    func() map[string][]*mesh.Service // by waypoint
	patterns map[string][]*mesh.Workload       // who is beyond a pattern of namespaces
}

// findFlaws is asked for once: the sites of all workloads are looked at together.
func (l *Layer) findFlaws() []mesh.Flaw {
	f := &flawFinder{
		Layer: l, policies: standings[*authzPolicy]{}, tokens: standings[*requestAuth]{}, modes: standings[*peerAuth]{},
		input: inputscope.New(l.cluster), patterns: map[string][]*mesh.Workload{},
	}
	f.bearers = newBearers(l)
	f.pods = sync.OnceValue(func() *podIndex { return newPodIndex(l) })
	f.bound = sync.OnceValue(f.bindServices)
	f.place()
	f.deadSelectors()
	f.deadTargets()
	f.deadHosts()
	for _, p := range l.authz.policies.all {
		if !p.dryRun && len(p.unread) == 0 {
			f.authorizationFlaws(p)
		}
	}
	f.requestFlaws()
	f.modeFlaws()
	f.sidecarFlaws()
	f.credentialFlaws()
	f.overrideFlaws()
	return f.found
}

// authorizationFlaws looks at one AuthorizationPolicy.
func (f *flawFinder) authorizationFlaws(p *authzPolicy) {
	at := f.policies.of(p)
	for i, rule := range p.spec.GetRules() {
		at.fields = append(at.fields, fieldsOf(rule, i))
	}
	f.outside(p.obj, &p.attachment, at)
	f.atWaypoint(p.obj, &p.attachment, at.idle)
	f.withoutRules(p, at)
	f.namesNobody(p, at)
	f.untoldTokens(p, at)
	f.atZtunnel(p, at)
	f.onTCP(p, at)
	f.onPlaintext(p, at)
	f.patternsBeyond(p, at)
	f.hostPorts(p, at)
	f.authorizers(p, at)
	f.uncaptured(p, at)
	f.refusesWaypoints(p, at)
	f.voided(p, at)
}

// report adds a flaw for the workloads of sites: of those of which what is enforced is known, or, where
// there are none, of the others, with the reasons for which it may be no flaw.
func (f *flawFinder) report(flaw mesh.Flaw, sites []*site) {
	var w affected.Workloads
	for _, s := range sites {
		if len(s.gaps) == 0 {
			w.Sure = append(w.Sure, s.workloads...)
		} else {
			w.Unsure, w.Gaps = append(w.Unsure, s.workloads...), append(w.Gaps, s.gaps...)
		}
	}
	f.found = append(f.found, w.Of(flaw))
}

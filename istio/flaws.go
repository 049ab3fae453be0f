package istio

import (
	"slices"
	"sync"

	"github.com/meshposture/meshposture/internal/gap"
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
	var sure, unsure []*mesh.Workload
	var gaps []mesh.Gap
	for _, s := range sites {
		if len(s.gaps) == 0 {
			sure = append(sure, s.workloads...)
			continue
		}
		unsure = append(unsure, s.workloads...)
		gaps = append(gaps, s.gaps...)
	}
	flaw.Workloads = sure
	if len(sure) == 0 && len(sites) > 0 {
		flaw.Workloads = unsure
		flaw.Unknown = gap.Once(append(slices.Clone(flaw.Unknown), gaps...))
	}
	flaw.Workloads = distinctWorkloads(flaw.Workloads)
	f.found = append(f.found, flaw)
}

// distinctWorkloads leaves each workload once, ordered by ID.
func distinctWorkloads(all []*mesh.Workload) []*mesh.Workload {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b *mesh.Workload) int { return a.ID().Compare(b.ID()) })
	return slices.Compact(all)
}

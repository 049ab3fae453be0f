package linkerd

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/internal/affected"
	"github.com/meshposture/meshposture/internal/inputscope"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Flaws lists the objects that do not do what they say. What the policy webhook would refuse is among them;
// what an API server refuses, or what is not understood, is a problem instead. Of Servers and rate limits that
// claim one place Conflicts speaks.
func (l *Layer) Flaws() []mesh.Flaw { return slices.Clone(l.flaws()) }

// flawFinder looks at all of a layer for flaws.
type flawFinder struct {
	*Layer
	found    []mesh.Flaw
	refused  []mesh.Flaw // by the policy webhook
	input    inputscope.Scope
	sites    []*site
	stands   map[*server]*serverSites
	servers  map[string][]*server // by namespace
	attached map[*route][]*server
	targets  map[source.Ref][]*route // by the name that policies give them
	bearers  *bearers
}

// findFlaws is asked for once.
func (l *Layer) findFlaws() []mesh.Flaw {
	f := &flawFinder{
		Layer: l, refused: slices.Clone(l.inadmissible()), input: inputscope.New(l.cluster),
		stands: map[*server]*serverSites{}, servers: map[string][]*server{}, attached: map[*route][]*server{}, targets: map[source.Ref][]*route{},
	}
	f.place()
	f.bearers = f.newBearers()
	for _, srv := range l.policy.list {
		f.serverFlaws(srv)
	}
	f.authenticationFlaws()
	for _, a := range l.policy.authzs {
		f.policyFlaws(a)
	}
	for _, z := range l.policy.sazs {
		f.serverAuthzFlaws(z)
	}
	for _, r := range l.policy.routes {
		f.routeFlaws(r)
	}
	for _, rl := range l.policy.limits {
		f.limitFlaws(rl)
	}
	f.annotationFlaws()
	f.requiredIdentity()
	f.egressFlaws()
	f.profileFlaws()
	return slices.Concat(f.found, f.refused, l.unread)
}

// report adds a flaw for the workloads of sites: those of which it is known how they are enrolled, or, where
// there are none, the others, with the reasons for which it may be no flaw.
func (f *flawFinder) report(flaw mesh.Flaw, sites []*site) {
	var w affected.Workloads
	for _, s := range sites {
		if s.inside == truth.Unknown {
			w.Unsure, w.Gaps = append(w.Unsure, s.workload), append(w.Gaps, s.gaps...)
		} else {
			w.Sure = append(w.Sure, s.workload)
		}
	}
	f.found = append(f.found, w.Of(flaw))
}

// follows adds what follows to a flaw that says why the policy webhook would refuse the same field, so that
// it is not told twice; where there is none, the flaw stands for itself.
func (f *flawFinder) follows(flaw mesh.Flaw, sites []*site) {
	field := flaw.Loc.Field()
	for i := range f.refused {
		at := f.refused[i].Loc.Field()
		if f.refused[i].Object == flaw.Object && (strings.HasPrefix(at, field) || strings.HasPrefix(field, at)) {
			f.refused[i].Detail += "; " + flaw.Detail
			return
		}
	}
	f.report(flaw, sites)
}

// flaw begins a flaw of an object with the field that it is about.
func (r *resource) flaw(kind mesh.FlawKind, rule, field, detail string) mesh.Flaw {
	return mesh.Flaw{Kind: kind, Rule: rule, Object: r.obj.Ref, Loc: r.at(field), Detail: detail}
}

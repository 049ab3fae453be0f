package report

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/drift"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// bypass is traffic of a workload inside that goes around its proxy, with the exclusions of the
// record that speak of it.
type bypass struct {
	workload   *mesh.Workload
	bypass     mesh.Bypass
	exclusions []*decision.Exclusion
}

// bypasses lists what goes around the proxies of the workloads, settings without effect left out.
func (in Input) bypasses() []bypass {
	var all []bypass
	for _, w := range in.workloads() {
		for _, b := range w.Bypasses() {
			if b.Effective != truth.False {
				all = append(all, bypass{w, b, in.documented(w, b)})
			}
		}
	}
	return all
}

// documented are the exclusions in force that speak of a bypass of a workload.
func (in Input) documented(w *mesh.Workload, b mesh.Bypass) []*decision.Exclusion {
	var all []*decision.Exclusion
	recorded := drift.Recorded(w)
	for e := range in.Record.ExclusionsInForce() {
		if e.Matches(recorded) && drift.Documents(e, b) {
			all = append(all, e)
		}
	}
	return all
}

// sharedBypass is a setting that leads traffic of some workloads around their proxies.
type sharedBypass struct {
	bypass     mesh.Bypass // of the first
	exclusions []*decision.Exclusion
	inScope    bool             // of the record; true without a decision in force
	workloads  []*mesh.Workload // each once, in the order of the graph
}

// bypassKey is what workloads with one setting have in common: what is said of it, by whom, where, and in the
// record.
type bypassKey struct {
	mesh         string
	direction    mesh.Direction
	items        string
	effective    truth.Value
	explicit     bool
	rule, detail string
	object       source.Ref // that asks for it; zero for a setting that none of the workloads asks for
	field        string     // of the object
	recorded     string     // ids and places of exclusions
	inScope      bool       // of the record
}

func (b bypass) key(inScope bool) bypassKey {
	k := bypassKey{
		mesh: b.bypass.Mesh, direction: b.bypass.Direction, items: strings.Join(slices.Concat(b.bypass.Ports, b.bypass.CIDRs), ","),
		effective: b.bypass.Effective, explicit: b.bypass.Explicit, inScope: inScope,
	}
	if len(b.bypass.Why) > 0 {
		first := b.bypass.Why[0]
		k.rule, k.detail = first.Rule, first.Detail
		if b.bypass.Explicit {
			k.object, k.field = first.Object, first.Loc.Field()
		}
	}
	for _, e := range b.exclusions {
		k.recorded += e.ID + " " + e.Path() + "\n"
	}
	return k
}

// sharedBypasses folds what goes around proxies into settings: first those that workloads or their namespaces
// ask for, then what the meshes do with all, each in the order of the first workload that has it.
func (in Input) sharedBypasses() []*sharedBypass {
	var asked, usual []*sharedBypass
	known := map[bypassKey]*sharedBypass{}
	for _, b := range in.bypasses() {
		inScope := in.inScope(b.workload)
		k := b.key(inScope)
		s := known[k]
		switch {
		case s != nil && s.workloads[len(s.workloads)-1] == b.workload:
			continue
		case s != nil:
			s.workloads = append(s.workloads, b.workload)
			continue
		}
		s = &sharedBypass{bypass: b.bypass, exclusions: b.exclusions, inScope: inScope, workloads: []*mesh.Workload{b.workload}}
		known[k] = s
		if b.bypass.Explicit {
			asked = append(asked, s)
		} else {
			usual = append(usual, s)
		}
	}
	return append(asked, usual...)
}

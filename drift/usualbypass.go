package drift

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// usualBypasses are the bypasses that workloads did not ask for: the mesh leads some traffic around all of its
// proxies. Each is one question, whose answer is one exclusion of the whole scope or one setting of the mesh.
type usualBypasses struct {
	order []usualBypass
	all   map[usualBypass][]openBypass
}

// usualBypass tells bypasses apart: what is open, and why no more is said of it.
type usualBypass struct {
	mesh, what string
	unsure     bool // whether it has an effect is not known
	unread     bool // whether it is documented is not known
}

func (u *usualBypasses) add(o openBypass) {
	key := usualBypass{
		mesh: o.Mesh, what: o.Direction.String() + " " + strings.Join(o.items, ","),
		unsure: o.Effective == truth.Unknown, unread: len(o.perhaps) > 0,
	}
	if u.all == nil {
		u.all = map[usualBypass][]openBypass{}
	}
	if u.all[key] == nil {
		u.order = append(u.order, key)
	}
	u.all[key] = append(u.all[key], o)
}

func (u *usualBypasses) report(p *check.Pass) {
	for _, key := range u.order {
		key.report(p, u.all[key])
	}
}

// report speaks of all workloads that have the bypass at once. One alone is still no setting of its own.
func (u usualBypass) report(p *check.Pass, all []openBypass) {
	var workloads []*mesh.Workload
	for _, o := range all {
		if n := len(workloads); n == 0 || workloads[n-1] != o.workload {
			workloads = append(workloads, o.workload)
		}
	}
	first, subject := all[0], u.mesh+" "+u.what
	says := first.String() + " bypasses"
	if n := len(workloads); n > 1 {
		says = wording.Count(n, "workload") + " (" + wording.Few(slices.Values(workloads)) + ") bypass"
	}
	says += " the proxy for " + first.what() + " by a setting or default of the mesh"
	switch {
	case u.unsure:
		p.Undecided(wording.Undecided(subject, "whether "+says+", which no exclusion documents", first.Unknown))
	case u.unread:
		p.Undecided(wording.Undecided(subject, "whether an exclusion documents that "+says, unread(first.perhaps)))
	default:
		p.Report(check.Finding{
			Severity: check.Low,
			Subject:  subject,
			Pos:      wording.WhyPos(first.Why),
			Message:  says + "; no exclusion documents it",
			Why:      first.Why,
		})
	}
}

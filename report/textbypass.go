package report

import (
	"strings"

	"github.com/meshposture/meshposture/mesh"
)

// bypasses lists traffic of workloads inside that goes around their proxies, by the settings that lead it there.
func (t *text) bypasses() {
	all := t.in.sharedBypasses()
	if len(all) == 0 {
		return
	}
	t.heading("Inside, but with traffic that goes around the proxy: " + count(len(all), "setting"))
	shown := t.fold(len(all))
	for _, b := range all[:shown] {
		t.bypass(b)
	}
	t.folded(2, len(all)-shown, "setting")
}

// bypass writes one setting. Of one that the workloads did not ask for, each would give its own reason why it
// has what all have: the first speaks for all.
func (t *text) bypass(b *sharedBypass) {
	who := named(b.workloads[0].ID())
	if n := len(b.workloads); n > 1 {
		who = count(n, "workload")
	}
	t.line(2, sentence(" ", "-", who+":", b.bypass.Direction.String(), around(b.bypass), t.bypassRecord(b)))
	if len(b.workloads) > 1 {
		t.hang(6, 8, "of "+t.someOf(b.workloads))
	}
	steps := b.bypass.Why
	if !b.bypass.Explicit && len(b.workloads) > 1 {
		steps = steps[:min(len(steps), 1)]
	}
	t.why(6, steps)
	for _, g := range b.bypass.Unknown {
		t.line(6, "not known: "+gapText(g))
	}
}

// someOf names some workloads, or all in a verbose report.
func (t *text) someOf(ws []*mesh.Workload) string {
	names := workloadNames(ws)
	if t.opts.Verbose {
		return strings.Join(names, ", ")
	}
	return firstFew(names)
}

// around names what goes around a proxy.
func around(b mesh.Bypass) string {
	one := func(noun string, items []string) string {
		switch {
		case len(items) == 1 && items[0] == "*":
			return "every " + noun
		case len(items) == 1 && !strings.Contains(items[0], "-"):
			return noun + " " + items[0]
		default:
			return noun + "s " + strings.Join(items, ", ")
		}
	}
	if len(b.Ports) > 0 {
		return one("port", b.Ports)
	}
	return one("range", b.CIDRs)
}

func (t *text) bypassRecord(b *sharedBypass) string {
	switch {
	case len(b.exclusions) > 0:
	case t.in.Record == nil:
		return ""
	case !b.inScope:
		return "beyond the record's scope"
	default:
		return "UNDOCUMENTED"
	}
	var ids []string
	for _, e := range b.exclusions {
		ids = append(ids, sentence(" ", e.ID, at(e.Pos("id"))))
	}
	return "documented by " + strings.Join(ids, ", ")
}

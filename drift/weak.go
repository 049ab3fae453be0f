package drift

import (
	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/plaintext"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/truth"
)

// weak is ports of one workload that accept plaintext where the record states strict.
type weak struct {
	claim *claim
	group plaintext.Group
	// exception is true when a setting of the workload's own namespace does it while the rest of
	// the claim's scope is strict: DRF-MTLS-02; else the claim itself is wrong: DRF-MTLS-01.
	exception bool
}

// weakened lists what breaks the claims of strict, ports that an exclusion documents left out.
// With undecided set, the questions that stay open are handed to it.
func (v *view) weakened(undecided func(check.Undecided)) []weak {
	var out []weak
	for _, c := range v.claims().stated {
		if c.entry.Mode != decision.ModeStrict {
			continue
		}
		var open []plaintext.Port
		exceptions := plaintext.Exceptions(c.ports)
		for _, p := range c.ports {
			documented, perhaps := tolerated(c.owner[p.Workload], p.Number)
			if p.Accepts != truth.False && documented == truth.Unknown {
				undecided(wording.Undecided(p.Subject(), "whether an exclusion documents that "+
					plaintext.Group{p}.String()+" accepts plaintext", unread(perhaps)))
			}
			if documented == truth.False && p.Accepts != truth.False {
				open = append(open, p)
			}
		}
		for _, g := range plaintext.Groups(open) {
			if g[0].Accepts == truth.Unknown {
				undecided(wording.Undecided(g.Subject(), "whether "+g.String()+" "+g.Verb("is", "are")+" strict, as the record states", g[0].Inbound.Unknown))
				continue
			}
			out = append(out, weak{c, g, exceptions[g[0].Setting()] != plaintext.AroundNothing})
		}
		for _, s := range c.unsure {
			undecided(wording.Undecided(s.id(), "whether "+s.String()+" is strict, as the record states, because its enrolment is not known", s.unsure()))
		}
	}
	return out
}

// finding makes the part that both rules share. It stands where the mode was set; with a product
// default, at the statement itself.
func (w weak) finding(message string) check.Finding {
	in, entry := w.group[0].Inbound, w.claim.entry
	f := check.Finding{Subject: w.group.Subject(), Pos: wording.WhyPos(in.Why), Message: message, Why: in.Why}
	if f.Pos.IsZero() {
		f.Pos = entry.Pos("mode")
		return f
	}
	f.Related = []check.Related{{Pos: entry.Pos("mode"), Message: "states strict for " + scopeName(&entry.Scope)}}
	return f
}

package istio

import (
	"fmt"
	"slices"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// onPlaintext reports rules about identities that connections in plaintext pass, which have none: a rule
// that denies by identity does not match them, and one that allows all but some identities does.
func (f *flawFinder) onPlaintext(p *authzPolicy, at *standing) {
	action := p.spec.GetAction()
	if action != actionAllow && action != actionDeny {
		return
	}
	for i := range at.fields {
		about := where(at.fields[i], func(x policyField) bool {
			return x.identity() != "" && x.not == (action == actionAllow)
		})
		if len(about) == 0 {
			continue
		}
		ports, unsure := f.passedInPlaintext(p, i, at.sites)
		if len(ports.sites) == 0 {
			continue
		}
		flaw := mesh.Flaw{Kind: mesh.FlawOpensMore, Rule: rulePlaintextPasses, Object: p.ref, Loc: p.obj.At(about[0].path), Unknown: unsure}
		flaw.Detail = fmt.Sprintf("whoever sends plaintext has no identity, so %s does not deny it: %s by this way on %s", ruleName(i), plainPorts(ports), ports.String())
		if action == actionAllow {
			flaw.Detail = fmt.Sprintf("whoever sends plaintext has no identity, so %s of %s lets it in: %s on %s", listed(about), ruleName(i), plainPorts(ports), ports.String())
		}
		f.report(flaw, ports.sites)
	}
}

// plainPorts counts the workloads.
func plainPorts(a *atDoors) string {
	if len(a.sites) == 1 {
		return "1 workload takes plaintext"
	}
	return fmt.Sprintf("%d workloads take plaintext", len(a.sites))
}

// passedInPlaintext are the ports at which plaintext gets in past a rule. Where it is known of none that
// it takes plaintext, they are those that may, with the reasons for doubt.
func (f *flawFinder) passedInPlaintext(p *authzPolicy, i int, sites []*site) (*atDoors, []mesh.Gap) {
	var sure, perhaps atDoors
	var doubts []mesh.Gap
	for _, s := range sites {
		if s.kind != siteSidecar && s.kind != siteZtunnel {
			continue
		}
		for _, d := range s.doors() {
			if d.captured != truth.True || d.plaintext == truth.False {
				continue
			}
			passes, gaps := passesPlain(p, i, s, d)
			switch d.plaintext.And(passes) {
			case truth.True:
				sure.add(s, d.port)
			case truth.Unknown:
				perhaps.add(s, d.port)
				doubts = append(append(doubts, d.gaps...), gaps...)
			default:
			}
		}
	}
	if len(sure.sites) > 0 || len(doubts) == 0 {
		return &sure, nil
	}
	return &perhaps, gap.Once(doubts)
}

// passesPlain reports whether some connection in plaintext gets in by a rule that allows it, or past a
// rule that denies somebody.
func passesPlain(p *authzPolicy, i int, s *site, d door) (truth.Value, []mesh.Gap) {
	b := s.bundle()
	set := b.chain(d.http())
	plain := &openEvidence{who: peer{seen: peerNone}, port: d.port, http: d.http(), tokens: set.tokens}
	deny := p.spec.GetAction() == actionDeny
	list := set.allow
	if deny {
		list = set.deny
	}
	at := slices.IndexFunc(list, func(r *rule) bool { return r.policy == p && r.index == i })
	if at < 0 || len(list[at].unread) > 0 {
		return truth.False, nil
	}
	holds := list[at].holds(plain)
	if deny {
		someone := *plain
		someone.who = peer{seen: peerUnnamed}
		if holds != truth.False || list[at].holds(&someone) == truth.False {
			return truth.False, nil
		}
	} else if holds == truth.False {
		return truth.False, nil
	}
	got := b.replyTo(peer{seen: peerNone}, d.port, d.protocol)
	return got.access.Possible(), got.gaps
}

package linkerd

import (
	"net/netip"
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// admission is how much of what a client may send the gate lets through. What is not known of the client's
// address is left to the terms.
func (g *gate) admission(v *visitor, http bool) mesh.Admission {
	a := g.explore(v, http)
	for _, rival := range g.rivals {
		other := rival.explore(v, http)
		if other.Access == a.Access && slices.EqualFunc(other.Terms, a.Terms, sameTerms) {
			continue
		}
		a.Unknown = append(slices.Clone(a.Unknown), g.undecidedRivals())
		if g.policy.settings.release.minor != 0 {
			a.Access, a.Terms = mesh.AccessUndecided, nil
		}
		break
	}
	if len(g.gaps) > 0 {
		a.Access, a.Terms = mesh.AccessUndecided, nil
	}
	a.Unknown = slices.Concat(g.gaps, g.notes, a.Unknown)
	return a
}

func sameTerms(a, b mesh.Terms) bool {
	same := func(c, d mesh.Clause) bool {
		return c.Rule == d.Rule && slices.EqualFunc(c.Conditions, d.Conditions, sameCondition)
	}
	return slices.EqualFunc(a.When, b.When, same) && slices.EqualFunc(a.Unless, b.Unless, same)
}

// explore is admission without regard to what is open of the gate itself.
func (g *gate) explore(v *visitor, http bool) mesh.Admission {
	e := exploration{gate: g, v: *v, http: http && !g.blind() && !v.blind, tcp: !http || !g.looksInto() || v.blind}
	if a, ok := e.bound(); ok {
		return a
	}
	e.addresses()
	e.try()
	return e.answer()
}

// exploration tries requests that stand for all others.
type exploration struct {
	gate      *gate
	v         visitor
	http, tcp bool
	addrs     []netip.Addr // to try; the zero Addr is one that does not matter
	samples   []sample
	partial   string // why the samples may not stand for all; empty when they do
}

// sample is a request, or a connection, that was tried.
type sample struct {
	q      *asked // nil for a connection
	addr   netip.Addr
	result ruling
}

// bound is the answer where it is the same whatever is sent: whichever rule a request goes by, and whether
// or not one takes it.
func (e *exploration) bound() (mesh.Admission, bool) {
	var seen [3]bool
	var last [3]ruling
	note := func(j ruling) { seen[j.allowed], last[j.allowed] = true, j }
	sealed := e.sealed()
	if e.tcp || sealed {
		note(e.gate.judge(&e.v, nil))
	}
	if e.http && !sealed {
		if len(e.gate.doubts) > 0 {
			return e.open(e.gate.doubts), true
		}
		e.boundHTTP(note)
	}
	switch {
	case seen[truth.Unknown]:
		if e.hopeless() {
			return e.open(last[truth.Unknown].gaps), true
		}
		return mesh.Admission{}, false
	case seen[truth.True] && seen[truth.False]:
		return mesh.Admission{}, false
	case seen[truth.True]:
		return mesh.Admission{Access: mesh.AccessAlways, Why: e.gate.reasons(&last[truth.True])}, true
	default:
		return mesh.Admission{Access: mesh.AccessNever, Why: e.gate.reasons(&last[truth.False])}, true
	}
}

// sealed reports whether the gate does not look at requests, whatever they are.
func (e *exploration) sealed() bool {
	return e.gate.broken != "" || e.gate.protocol == protocolUnread || e.gate.inbound && e.v.named != truth.True
}

// boundHTTP notes what becomes of requests that go by each of the rules, and of those that none takes.
func (e *exploration) boundHTTP(note func(ruling)) {
	every := false
	for i, r := range e.gate.routes {
		j := ruling{route: i, rule: ruleNoneMatched}
		e.gate.weigh(&j, &e.v)
		for k := range r.rules {
			rule := &r.rules[k]
			one := j
			one.chosen = chosen{r, k, -1}
			if rule.redirect != nil && one.allowed != truth.False {
				note(ruling{allowed: truth.False, rule: ruleRedirected, route: i, chosen: one.chosen})
			}
			note(one)
			every = every || len(r.hosts) == 0 && rule.takesAll()
		}
	}
	if !every {
		note(ruling{allowed: truth.False, rule: ruleRouteNotFound, route: -1, status: 404})
	}
}

// hopeless reports whether what is open is not the client's address, which terms can name.
func (e *exploration) hopeless() bool {
	for one := range e.gate.allOfAll() {
		if len(one.gaps) > 0 || one.who.admit(&e.v) == truth.Unknown {
			return true
		}
	}
	return e.gate.inbound && e.v.named == truth.Unknown
}

// open is the answer where nothing can be said.
func (e *exploration) open(gaps []mesh.Gap) mesh.Admission {
	j := ruling{rule: ruleNoneMatched, route: -1}
	return mesh.Admission{Why: e.gate.reasons(&j), Unknown: slices.Clone(gaps)}
}

// answer says what the samples have shown.
func (e *exploration) answer() mesh.Admission {
	var first [3]*sample
	for i := range e.samples {
		if s := &e.samples[i]; first[s.result.allowed] == nil {
			first[s.result.allowed] = s
		}
	}
	yes, no, unknown := first[truth.True], first[truth.False], first[truth.Unknown]
	switch {
	case unknown != nil:
		return mesh.Admission{Why: e.gate.reasons(&unknown.result), Unknown: unknown.result.gaps}
	case yes != nil && no != nil:
		return e.sometimes(no)
	case e.partial != "":
		return e.open([]mesh.Gap{{Reason: source.ProblemLimit, Object: e.gate.step.Object, Detail: e.partial}})
	case yes != nil:
		return mesh.Admission{Access: mesh.AccessAlways, Why: e.gate.reasons(&yes.result)}
	case no != nil:
		return mesh.Admission{Access: mesh.AccessNever, Why: e.gate.reasons(&no.result)}
	default:
		return e.open([]mesh.Gap{{Reason: source.ProblemLimit, Object: e.gate.step.Object, Detail: "nothing could be tried"}})
	}
}

// sometimes is the answer where some requests get through and some do not.
func (e *exploration) sometimes(no *sample) mesh.Admission {
	terms, ok := e.terms()
	if !ok {
		return e.open([]mesh.Gap{{
			Reason: source.ProblemLimit, Object: e.gate.step.Object, Detail: "some requests get through and some do not, on terms that are too entangled to be said",
		}})
	}
	why := []mesh.Step{e.gate.step}
	for _, s := range e.samples {
		if by := s.result.by; s.result.allowed == truth.True && by != nil && !slices.Contains(why, by.step) {
			why = append(why, by.step)
		}
	}
	return mesh.Admission{Access: mesh.AccessSometimes, Terms: []mesh.Terms{terms}, Why: append(why, e.gate.outcome(&no.result))}
}

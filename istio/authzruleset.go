package istio

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// engine is what enforces policies: each understands another part of them.
type engine uint8

const (
	engineHTTP    engine = iota // Envoy, for HTTP
	engineTCP                   // Envoy, for bytes that it does not look into
	engineZtunnel               // ztunnel
)

// ruleset are the compiled policies that one proxy enforces on one kind of traffic.
type ruleset struct {
	custom []*customRules
	audit  []*rule
	deny   []*rule
	allow  []*rule
	trial  []*rule // of policies in a dry run, whatever their action
	// allows reports whether there is an enforced ALLOW policy, so that what none allows is refused;
	// Unknown when there may be one.
	allows truth.Value
	tokens *tokenRules // what is asked of bearer tokens; nil for nothing
	norm   pathNormalization
	// lost are the policies of which it is not known what they do.
	lost []mesh.Gap

	open    []mesh.Step // says why a request gets through when nothing asks anything of it
	refused []mesh.Step // says why a request is refused that no rule allows
}

// newRuleset compiles policies for an engine.
func (a *authorization) newRuleset(rev *revision, e engine, found attached[*authzPolicy], tokens attached[*requestAuth]) *ruleset {
	s := &ruleset{allows: truth.False, norm: rev.normalization()}
	for _, p := range found.surely {
		s.add(a, rev, e, p, nil)
	}
	for _, p := range found.perhaps {
		s.add(a, rev, e, p, p.lost)
	}
	if e == engineHTTP {
		s.tokens = newTokenRules(tokens)
	}
	s.doubtHeaders()
	if e != engineZtunnel {
		byName := func(a, b *rule) int { return strings.Compare(a.name, b.name) }
		for _, list := range [][]*rule{s.audit, s.deny, s.allow} {
			slices.SortStableFunc(list, byName) // a filter's policies are a map ordered by name
		}
		s.settleCustom(rev, e, a.hosts)
	}
	s.explain(rev, e, found)
	return s
}

// doubtHeaders replaces the rules that look at headers which a token's rule changes. External
// authorizers are asked before tokens are looked at.
func (s *ruleset) doubtHeaders() {
	for _, list := range [][]*rule{s.deny, s.allow, s.audit, s.trial} {
		for i, r := range list {
			list[i] = s.tokens.doubtful(r)
		}
	}
}

// add compiles a policy; with doubts it is not known whether it applies.
func (s *ruleset) add(a *authorization, rev *revision, e engine, p *authzPolicy, doubts []mesh.Gap) {
	if len(p.unread) > 0 {
		s.lost = append(s.lost, p.unread...)
		return
	}
	action := p.spec.GetAction()
	if !p.given(rev, e) {
		return
	}
	rules := a.compiled(rev, e, p, doubts)
	switch {
	case action == actionCustom:
		s.addCustom(p, rules)
	case p.tries(rev, e):
		s.trial = append(s.trial, rules...)
	case action == actionDeny:
		s.deny = append(s.deny, rules...)
	case action == actionAudit:
		s.audit = append(s.audit, rules...)
	default:
		s.allow = append(s.allow, rules...)
		s.allows = s.allows.Or(truth.Of(len(doubts) == 0))
		if len(doubts) > 0 && s.allows != truth.True {
			s.allows = truth.Unknown
			s.lost = append(s.lost, doubts...)
		}
	}
}

// given reports whether istiod gives a policy to an engine. Of CUSTOM and AUDIT ztunnel knows
// nothing, and trial runs reach it only with a feature flag, since 1.29.
func (p *authzPolicy) given(rev *revision, e engine) bool {
	if e != engineZtunnel {
		return true
	}
	switch p.spec.GetAction() {
	case actionAllow, actionDeny:
	default:
		return false
	}
	return !p.tries(rev, e) || rev.flag("AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY")
}

// tries reports whether an engine only tries a policy. Before 1.29 istiod did not look for the
// annotation in what it made for ztunnel, which enforced the policy like any other
// (pilot/pkg/serviceregistry/kube/controller/ambient/authorization.go convertAuthorizationPolicy).
func (p *authzPolicy) tries(rev *revision, e engine) bool {
	return p.dryRun && !(e == engineZtunnel && rev.since(29) == truth.False)
}

// ruleKey names a compilation of a policy.
type ruleKey struct {
	rev    *revision
	engine engine
	policy *authzPolicy
}

// compiled are the rules of a policy for an engine, without those that the engine drops. With doubts
// it is not known whether they apply.
func (a *authorization) compiled(rev *revision, e engine, p *authzPolicy, doubts []mesh.Gap) []*rule {
	return a.rules.Of(ruleKey{rev, e, p}, func() []*rule { return compileRules(rev, e, p, doubts) })
}

func compileRules(rev *revision, e engine, p *authzPolicy, doubts []mesh.Gap) []*rule {
	var rules []*rule
	for i := range p.spec.GetRules() {
		var r *rule
		var ok bool
		if e == engineZtunnel {
			r, ok = ztunnelRule(p, i, rev)
		} else {
			r, ok = envoyRule(p, i, rev, e == engineTCP)
		}
		if !ok && len(r.unread) == 0 {
			continue
		}
		r.unread = append(r.unread, doubts...)
		rules = append(rules, r)
	}
	return rules
}

// explain prepares the steps of outcomes that no single rule decides.
func (s *ruleset) explain(rev *revision, e engine, found attached[*authzPolicy]) {
	s.open = []mesh.Step{{Rule: ruleNoAllowPolicy, Detail: "no ALLOW policy applies, and no other policy refuses the request"}}
	s.refused = []mesh.Step{{Rule: ruleNoAllowMatch, Detail: "ALLOW policies apply, and none of their rules matches"}}
	for _, p := range slices.Concat(found.surely, found.perhaps) {
		if p.spec.GetAction() != actionAllow || p.tries(rev, e) || len(p.unread) > 0 {
			continue
		}
		step := mesh.Step{Rule: ruleNoAllowMatch, Object: p.ref, Loc: p.obj.At("spec"), Detail: p.String() + " does not allow the request"}
		if len(p.spec.GetRules()) == 0 {
			step.Detail = p.String() + " has no rules, so that it allows nothing"
		}
		s.refused = append(s.refused, step)
	}
	s.open, s.refused = slices.Clip(s.open), slices.Clip(s.refused)
}

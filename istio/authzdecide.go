package istio

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// decision is what a ruleset says of a request.
type decision struct {
	allowed truth.Value
	by      decider
	rule    *rule        // that decided, or that leaves the decision open; nil for none
	custom  *customRules // whose provider decides, cannot be asked, or may be asked
}

// decider is what decided, or leaves a decision open.
type decider uint8

const (
	byNothing decider = iota // nothing refuses, and there is no ALLOW policy
	byAllow
	byNoMatch // there are ALLOW policies and none matches
	byDeny
	byToken
	byBadProvider
	byTrial // a CUSTOM policy in a dry run, which istiod lets the filter enforce
	byProvider
	byLost // a policy that was not understood
)

// decide evaluates the policies in the order of the proxy's filters: external authorizers, tokens,
// DENY, ALLOW (pilot/pkg/networking/core/listener_builder.go). What is open in f may leave the
// decision open.
func (s *ruleset) decide(f evidence, token tokenState) decision {
	open := decision{allowed: truth.True}
	if d, ok := s.decideCustom(f, &open); ok {
		return d
	}
	switch token {
	case tokenRejected:
		return decision{allowed: truth.False, by: byToken}
	case tokenUnsure:
		open.leave(byToken, nil, nil)
	default:
	}
	for _, r := range s.deny {
		switch holds := r.holds(f); {
		case holds == truth.False:
		case holds == truth.True && !open.custom.mayChange(r):
			return decision{allowed: truth.False, by: byDeny, rule: r}
		default:
			open.leave(byDeny, r, nil)
		}
	}
	if len(s.lost) > 0 {
		open.leave(byLost, nil, nil)
	}
	return s.decideAllow(f, open)
}

// leave notes the first reason for which a decision is open.
func (d *decision) leave(by decider, r *rule, c *customRules) {
	if d.allowed != truth.Unknown {
		*d = decision{truth.Unknown, by, r, c}
	}
}

// decideAllow evaluates the ALLOW policies.
func (s *ruleset) decideAllow(f evidence, open decision) decision {
	if s.allows == truth.False {
		return open
	}
	var perhaps *rule
	for _, r := range s.allow {
		switch r.holds(f) {
		case truth.True:
			if open.allowed == truth.True {
				open.by, open.rule = byAllow, r
			}
			return open
		case truth.Unknown:
			if perhaps == nil {
				perhaps = r
			}
		default:
		}
	}
	switch {
	case perhaps != nil:
		open.leave(byAllow, perhaps, nil)
	case s.allows == truth.Unknown:
		open.leave(byNoMatch, nil, nil)
	case len(s.lost) == 0 && !slices.ContainsFunc(s.allow, open.custom.mayChange):
		return decision{allowed: truth.False, by: byNoMatch}
	}
	return open
}

// decideCustom evaluates the CUSTOM policies; true when they refuse.
func (s *ruleset) decideCustom(f evidence, open *decision) (decision, bool) {
	for _, c := range s.custom {
		for _, r := range c.trial {
			switch r.holds(f) {
			case truth.True:
				return decision{truth.False, byTrial, r, c}, true
			case truth.Unknown:
				open.leave(byTrial, r, c)
			default:
			}
		}
		if c.state == providerPassed {
			continue
		}
		for _, r := range c.rules {
			switch holds := r.holds(f); {
			case holds == truth.False:
			case holds == truth.True && c.state == providerBad:
				return decision{truth.False, byBadProvider, r, c}, true
			default:
				open.leave(byProvider, r, c)
			}
		}
	}
	return decision{}, false
}

// why explains a decision.
func (s *ruleset) why(d decision) []mesh.Step {
	switch d.by {
	case byNothing:
		return s.open
	case byNoMatch:
		return s.refused
	case byToken:
		return []mesh.Step{s.tokens.rejection()}
	case byBadProvider:
		step := d.rule.step
		step.Detail += ", and " + d.custom.reason + ": istiod refuses what the rule matches"
		return []mesh.Step{step}
	case byTrial:
		step := d.rule.step
		step.Detail += " in a dry run, which Istio 1.30 and later let the filter enforce"
		return []mesh.Step{step}
	case byLost:
		step := mesh.Step{Rule: ruleUnread, Object: s.lost[0].Object, Loc: s.lost[0].Loc, Detail: s.lost[0].Detail}
		return []mesh.Step{step}
	default:
		return []mesh.Step{d.rule.step}
	}
}

// gaps say what leaves a decision open.
func (s *ruleset) gaps(d decision, f evidence) []mesh.Gap {
	if d.allowed != truth.Unknown {
		return nil
	}
	gaps := slices.Clone(s.lost)
	if d.by == byToken {
		gaps = append(gaps, s.tokens.gaps...)
	}
	if c := d.custom; c != nil {
		gaps = append(gaps, c.gaps...)
		if d.by == byProvider && c.state == providerAsked && d.rule.holds(f) == truth.True {
			gaps = append(gaps, mesh.Gap{
				Reason: source.ProblemIncomplete, Object: d.rule.policy.ref, Loc: d.rule.policy.obj.At("spec.provider"),
				Detail: "the external authorizer " + quoted(c.provider) + " decides, and what it answers is not in the input",
			})
		}
	}
	for _, r := range s.enforced() {
		if r.holds(f) == truth.Unknown {
			gaps = append(gaps, r.unread...)
			gaps = append(gaps, r.unsure...)
			gaps = append(gaps, r.openGaps(f)...)
		}
	}
	return gap.Once(gaps)
}

// enforced are the rules that can change a decision.
func (s *ruleset) enforced() []*rule {
	var all []*rule
	for _, c := range s.custom {
		all = append(append(all, c.trial...), c.rules...)
	}
	return append(append(all, s.deny...), s.allow...)
}

// openGaps name the attributes that a rule asks for and that are not known.
func (r *rule) openGaps(f evidence) []mesh.Gap {
	var gaps []mesh.Gap
	r.clauses(func(c *clause) {
		for i := range c.tests {
			t := &c.tests[i]
			v, ok := f.fact(t.attr)
			if ok && (t.attr.kind != attrIdentity || v.status == peerNamed || v.status == peerNone) {
				continue
			}
			gaps = append(gaps, mesh.Gap{
				Reason: source.ProblemIncomplete, Object: r.policy.ref, Loc: r.id.Loc,
				Detail: "the policy asks for the " + t.attr.phrase() + ", which is not known",
			})
		}
	})
	return gaps
}

// phrase names an attribute in a sentence.
func (a facet) phrase() string {
	switch a.kind {
	case attrIdentity:
		return "client's identity"
	case attrSource:
		return "client's address"
	case attrOrigin:
		return "client's address behind proxies"
	case attrDestination:
		return "pod's address"
	default:
		return a.condition()
	}
}

// condition is the word for an attribute in a mesh.Condition.
func (a facet) condition() string {
	switch a.kind {
	case attrIdentity:
		return "identity"
	case attrPort:
		return "port"
	case attrSource:
		return "source.address"
	case attrOrigin:
		return "origin.address"
	case attrDestination:
		return "destination.address"
	case attrSNI:
		return "sni"
	case attrMethod:
		return "method"
	case attrPath:
		return "path"
	case attrHost:
		return "host"
	case attrHeader:
		return "header[" + a.name + "]"
	case attrTokenPrincipal:
		return "token.principal"
	case attrClaim:
		return claimCondition(a.name)
	default:
		return "metadata"
	}
}

func claimCondition(name string) string {
	switch name {
	case "aud":
		return "token.audience"
	case "azp":
		return "token.presenter"
	default:
		return "claim[" + strings.ReplaceAll(name, claimSeparator, "][") + "]"
	}
}

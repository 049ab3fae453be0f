package linkerd

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// ruling is what becomes of a request, or of a connection, at a gate.
type ruling struct {
	allowed truth.Value
	rule    string // of the step that says so
	by      *grant // that lets it in; nil when none does
	blind   bool   // no HTTP was looked for, because the client does not say that it sends any
	route   int    // of the gate's routes; -1 for a connection, and where none takes the request
	chosen  chosen
	status  int // of the answer; 0 for none
	gaps    []mesh.Gap
}

// judge judges a request; nil is a connection of which the proxy sees no HTTP. It is what every answer about
// policies at the server rests on.
func (g *gate) judge(v *visitor, q *asked) ruling {
	j := ruling{route: -1, rule: ruleNoneMatched}
	if v.blind && !g.blind() {
		j.blind, q = true, nil
	}
	if g.turnsAway(&j, v, q) {
		return j
	}
	if q != nil && !g.blind() {
		if j.chosen = findRoute(g.routes, q); !j.chosen.ok() {
			j.allowed, j.rule, j.status = truth.False, ruleRouteNotFound, 404
			return g.openAbout(j, q)
		}
		j.route = slices.Index(g.routes, j.chosen.route)
	}
	g.weigh(&j, v)
	if j.route >= 0 {
		j.filter(q)
		return g.openAbout(j, q)
	}
	return j
}

// turnsAway reports whether the proxy looks at no grant, and notes what becomes of the request.
func (g *gate) turnsAway(j *ruling, v *visitor, q *asked) bool {
	switch {
	case g.broken != "":
		j.allowed, j.rule = truth.False, ruleInvalidPolicy
		if q != nil {
			j.status = 403
		}
	case g.inbound && v.named != truth.True:
		j.allowed, j.rule = v.named, ruleDirectIdentity
		if v.named == truth.Unknown {
			j.gaps = []mesh.Gap{{Reason: source.ProblemIncomplete, Detail: "whether the client proves an identity is not known"}}
		}
	case g.protocol == protocolUnread: // the gate's gaps say why
	case q == nil && g.looksInto():
		j.allowed, j.rule = truth.False, ruleNotHTTP
	default:
		return false
	}
	return true
}

// weigh looks for a grant that lets the client in.
func (g *gate) weigh(j *ruling, v *visitor) {
	j.allowed = truth.False
	for one := range g.admitting(j.route) {
		switch one.admits(v) {
		case truth.True:
			j.allowed, j.rule, j.by, j.gaps = truth.True, ruleAuthorized, one, nil
			return
		case truth.Unknown:
			if one == g.policy.localhost && v.outside {
				continue
			}
			j.allowed = truth.Unknown
			j.gaps = append(j.gaps, one.unsure(v)...)
		default:
		}
	}
	if j.allowed != truth.False {
		return
	}
	if !g.granting(j.route) {
		j.rule = ruleNoneAuthorizes
	}
	if j.route >= 0 {
		j.status = 403
	}
}

// unsure is why it is not known whether the grant lets a client in.
func (g *grant) unsure(v *visitor) []mesh.Gap {
	if len(g.gaps) > 0 {
		return g.gaps
	}
	gap := mesh.Gap{Reason: source.ProblemIncomplete, Object: g.rule.Policy, Loc: g.rule.Loc, Detail: "the address of the client is not in the input"}
	switch {
	case g.who.admit(v) != truth.True:
		gap.Detail = "the identity of the client is not known"
	case len(v.addrs) > 0:
		gap.Detail = "some of the client's pods are in the networks of the policy, and some are not"
	}
	return []mesh.Gap{gap}
}

// filter lets the filters of the rule answer a request that a grant let in.
func (j *ruling) filter(q *asked) {
	r := j.chosen.route.rules[j.chosen.rule].redirect
	if r == nil || j.allowed == truth.False {
		return
	}
	switch redirected(r, q) {
	case truth.True:
		j.allowed, j.rule, j.status, j.gaps = truth.False, ruleRedirected, redirectStatus(r), nil
	case truth.Unknown:
		j.allowed = truth.Unknown
		j.gaps = append(j.gaps, mesh.Gap{
			Reason: source.ProblemUnsupported, Object: j.chosen.route.obj.Ref, Loc: j.chosen.route.at(j.chosen.route.rules[j.chosen.rule].at),
			Detail: "whether the redirect of the route changes the address of the request is not worked out",
		})
	default:
	}
}

// openAbout withdraws a ruling about HTTP where it is not known what the routes make of the request.
func (g *gate) openAbout(j ruling, q *asked) ruling {
	gaps := g.doubts
	if q.doubtful {
		gaps = append(slices.Clone(gaps), mesh.Gap{
			Reason: source.ProblemUnsupported, Object: g.step.Object, Detail: "what patterns of routes make of characters that are not printable ASCII is not worked out",
		})
	}
	if len(gaps) > 0 {
		j.allowed, j.status, j.gaps = truth.Unknown, 0, slices.Concat(j.gaps, gaps)
	}
	return j
}

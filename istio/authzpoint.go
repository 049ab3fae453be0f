package istio

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// judge judges a request at the gate.
func (g *gate) judge(who peer, r *mesh.Request) mesh.Point {
	p := mesh.Point{Mesh: Name, Kind: g.kind, Proxy: g.proxy, Identity: who.name, Unknown: g.gaps}
	http := g.looksInto(r.From.Wire, r.HTTP != nil)
	for i, b := range g.bundles {
		s := b.chain(http)
		d, f := s.judge(who, g.port, r, http)
		if i > 0 {
			differ(&p, d.allowed)
			continue
		}
		pointer{&p}.decided(s, d, f)
		if http && r.HTTP != nil && !b.alike() {
			p.Status = s.status(d, r.HTTP.Token, r.HTTP.BadToken)
		}
	}
	g.uncertain(&p)
	if p.Allowed != truth.False {
		p.Status = 0
	}
	return p
}

// judge decides about a request; Unknown where its path can be read in two ways that matter.
func (s *ruleset) judge(who peer, port uint16, r *mesh.Request, http bool) (decision, *requestFacts) {
	f, other := newRequestFacts(s, who, port, r, http)
	d := s.decide(&f, f.token)
	if other == "" {
		return d, &f
	}
	again := f
	again.path = other
	if e := s.decide(&again, again.token); e.allowed != d.allowed {
		d.allowed = truth.Unknown
	}
	return d, &f
}

// pointer fills a point.
type pointer struct{ *mesh.Point }

func (p pointer) decided(s *ruleset, d decision, f *requestFacts) {
	p.Allowed = d.allowed
	p.Why = s.why(d)
	switch {
	case d.rule != nil:
		p.By = d.rule.id
	case d.by == byToken && len(s.tokens.rules) > 0:
		p.By = s.tokens.rules[0].id
	}
	if gaps := s.gaps(d, f); len(gaps) > 0 {
		p.Unknown = slices.Concat(p.Unknown, gaps)
	} else if d.allowed == truth.Unknown {
		p.Unknown = append(slices.Clone(p.Unknown), mesh.Gap{
			Reason: source.ProblemUnsupported, Object: p.By.Policy, Loc: p.By.Loc,
			Detail: "whether the proxy decodes the escapes in the request's path depends on its build",
		})
	}
	for _, list := range [][]*rule{s.audit, s.trial} {
		for _, r := range list {
			if r.holds(f) == truth.True {
				p.Matched = append(p.Matched, r.id)
			}
		}
	}
	p.asks(s, d, f)
}

// asks names the external authorizers that the request is shown to: those before what refuses it.
func (p pointer) asks(s *ruleset, d decision, f *requestFacts) {
	if d.by == byBadProvider || d.by == byTrial {
		return
	}
	for _, c := range s.custom {
		if c.state != providerAsked {
			continue
		}
		if slices.ContainsFunc(c.rules, func(r *rule) bool { return r.holds(f) == truth.True }) {
			p.Asks = append(p.Asks, c.provider)
		}
	}
}

// differ takes back what another revision that may serve the proxy says otherwise.
func differ(p *mesh.Point, allowed truth.Value) {
	if p.Allowed == allowed {
		return
	}
	p.Allowed = truth.Unknown
	p.Unknown = append(slices.Clone(p.Unknown), differGap())
}

// uncertain takes back what a proxy says of which it is not known whether it stands there: without
// it the request gets through.
func (g *gate) uncertain(p *mesh.Point) {
	if g.captured == truth.Unknown && p.Allowed != truth.True {
		p.Allowed = truth.Unknown
		p.Why = slices.Concat(g.why, p.Why)
	}
}

// differGap says that it is not known which of several proxies judges.
func differGap() mesh.Gap {
	return mesh.Gap{
		Reason: source.ProblemIncomplete,
		Detail: "which control plane or kind of proxy serves the pod is not known, and they treat requests differently",
	}
}

package istio

import (
	"slices"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// maxTries bounds the requests that are tried for one answer about all of them.
const maxTries = 4096

// reply is how much of what a client may send a ruleset lets through.
type reply struct {
	access mesh.Access
	when   []mesh.Clause // as in mesh.Terms
	unless []mesh.Clause
	why    []mesh.Step
	gaps   []mesh.Gap
}

// replyTo answers for all requests of one kind from a client.
func (s *ruleset) replyTo(who peer, port uint16, http bool) reply {
	e := &openEvidence{who: who, port: port, http: http, tokens: s.tokens}
	token := tokenNone
	if http && s.tokens.mayReject() != truth.False {
		token = tokenUnsure
	}
	switch d := s.decide(e, token); d.allowed {
	case truth.True:
		return reply{access: mesh.AccessAlways, why: s.why(d)}
	case truth.False:
		return reply{access: mesh.AccessNever, why: s.why(d)}
	default:
		return s.weigh(e)
	}
}

// outcomes are the decisions that were met, one of each kind.
type outcomes struct {
	seen  [3]bool // by truth.Value
	first [3]decision
	gaps  []mesh.Gap // of the first that is open
	cut   bool       // there were more than were tried
}

// weigh tries requests that stand for all others.
func (s *ruleset) weigh(e *openEvidence) reply {
	q := s.newQuestion(e, s.enforced())
	var o outcomes
	s.try(q, e, &o)
	yes, no := o.seen[truth.True], o.seen[truth.False]
	why := func(v truth.Value) []mesh.Step { return s.why(o.first[v]) }
	switch {
	case yes && no && q.loose == "":
		r := s.terms(e)
		r.access, r.gaps = mesh.AccessSometimes, o.gaps
		return r
	case yes && no || q.partial != "" || o.cut:
		gap := mesh.Gap{Reason: source.ProblemLimit, Detail: "the policies of the port are too entangled to say what gets through"}
		switch {
		case yes && no:
			gap.Detail = q.loose
		case q.partial != "":
			gap.Detail = q.partial
		default:
		}
		return reply{why: s.undecided(e), gaps: append(slices.Clone(o.gaps), gap)}
	case o.seen[truth.Unknown]:
		return reply{why: why(truth.Unknown), gaps: o.gaps}
	case yes:
		return reply{access: mesh.AccessAlways, why: why(truth.True)}
	default:
		return reply{access: mesh.AccessNever, why: why(truth.False)}
	}
}

// undecided names the rules that leave the answer open.
func (s *ruleset) undecided(e *openEvidence) []mesh.Step {
	var steps []mesh.Step
	for _, r := range s.enforced() {
		if r.holds(e) == truth.Unknown {
			steps = append(steps, r.some)
		}
	}
	return steps
}

// try decides about every combination of values, until both answers have been met.
func (s *ruleset) try(q *question, e *openEvidence, o *outcomes) {
	tries := 0
	var walk func(at int) bool // false to stop
	walk = func(at int) bool {
		if at == len(q.slots) {
			if tries++; tries > maxTries {
				o.cut = true
				return false
			}
			return s.tryOne(e, o)
		}
		sl := &q.slots[at]
		for _, c := range sl.tokens {
			e.tokenSet, e.token, e.rule = true, c.state, c.rule
			if !walk(at + 1) {
				return false
			}
		}
		for _, v := range sl.values {
			e.assigned = append(e.assigned, assignment{sl.attr, v})
			more := walk(at + 1)
			e.assigned = e.assigned[:len(e.assigned)-1]
			if !more {
				return false
			}
		}
		return true
	}
	walk(0)
	e.assigned, e.tokenSet = nil, false
}

func (s *ruleset) tryOne(e *openEvidence, o *outcomes) bool {
	token := e.token
	switch {
	case !e.tokenSet && e.http && s.tokens.mayReject() != truth.False:
		token = tokenUnsure
	case !e.tokenSet:
		token = tokenNone
	case token == tokenAccepted:
		if aud, known := e.claim("aud"); known && !e.rule.takes(aud) {
			return true // a token of this kind is refused, which is tried as well
		}
	default:
	}
	d := s.decide(e, token)
	if !o.seen[d.allowed] {
		o.seen[d.allowed], o.first[d.allowed] = true, d
		if d.allowed == truth.Unknown {
			o.gaps = s.gaps(d, e)
		}
	}
	return !o.seen[truth.True] || !o.seen[truth.False]
}

// terms says on which terms requests get through.
func (s *ruleset) terms(e *openEvidence) reply {
	var r reply
	free := s.allows != truth.True
	for _, a := range s.allow {
		switch a.holds(e) {
		case truth.True:
			free = true
		case truth.Unknown:
			r.when = append(r.when, a.conditions(e)...)
			r.why = append(r.why, a.some)
		default:
		}
	}
	if free {
		r.when = nil
	}
	for _, d := range s.refusing() {
		if d.holds(e) == truth.Unknown {
			r.unless = append(r.unless, d.conditions(e)...)
			r.why = append(r.why, d.some)
		}
	}
	if e.http && s.tokens.mayReject() == truth.True {
		r.unless = append(r.unless, mesh.Clause{
			Conditions: []mesh.Condition{{Attribute: "token", Values: []string{"invalid"}}}, Rule: s.tokens.rules[0].id,
		})
		r.why = append(r.why, s.tokens.rejection())
	}
	return r
}

// refusing are the rules whose match refuses a request.
func (s *ruleset) refusing() []*rule {
	var all []*rule
	for _, c := range s.custom {
		all = append(all, c.trial...)
		if c.state == providerBad {
			all = append(all, c.rules...)
		}
	}
	return append(all, s.deny...)
}

// conditions are the ways in which a rule of which the rest holds can match: one clause for each
// source and operation that may.
func (r *rule) conditions(e *openEvidence) []mesh.Clause {
	all := []mesh.Clause{{Rule: r.id}}
	for _, list := range [][]clause{r.from, r.to} {
		if len(list) == 0 || anyClause(list, e) == truth.True {
			continue
		}
		var more []mesh.Clause
		for _, c := range all {
			for i := range list {
				if list[i].holds(e) != truth.False {
					more = append(more, list[i].describe(c, e))
				}
			}
		}
		all = more
	}
	for i := range r.when {
		for j := range all {
			all[j] = r.when[i].describe(all[j], e)
		}
	}
	return all
}

// describe adds the open tests of a clause to a conjunction.
func (c *clause) describe(to mesh.Clause, e *openEvidence) mesh.Clause {
	to.Conditions = slices.Clone(to.Conditions)
	for i := range c.tests {
		t := &c.tests[i]
		if t.holds(e) != truth.Unknown {
			continue
		}
		if len(t.any) > 0 {
			to.Conditions = append(to.Conditions, mesh.Condition{Attribute: t.attr.condition(), Values: t.values})
		}
		if len(t.none) > 0 {
			to.Conditions = append(to.Conditions, mesh.Condition{Attribute: t.attr.condition(), Values: t.notValues, Not: true})
		}
	}
	return to
}

// replyKey names the question of a reply.
type replyKey struct {
	who      peer
	port     uint16 // 0 where no policy looks at it
	protocol mesh.Protocol
}

// replyTo answers for all that a client may send to a port. Where the proxy looks at what is sent to
// tell HTTP, a client may send either.
func (b *bundle) replyTo(who peer, port uint16, protocol mesh.Protocol) reply {
	if b.portless {
		port = 0
	}
	return b.replies.Of(replyKey{who, port, protocol}, func() reply {
		switch protocol {
		case mesh.ProtocolHTTP:
			return b.http.replyTo(who, port, true)
		case mesh.ProtocolDetected:
			return either(b.http.replyTo(who, port, true), b.tcp.replyTo(who, port, false))
		default:
			return b.tcp.replyTo(who, port, false)
		}
	})
}

// either is what gets through where a client may send HTTP or anything else.
func either(http, tcp reply) reply {
	if http.access == tcp.access && http.access != mesh.AccessSometimes {
		http.gaps = gap.Once(slices.Concat(http.gaps, tcp.gaps))
		return http
	}
	r := reply{access: mesh.AccessSometimes, gaps: gap.Once(slices.Concat(http.gaps, tcp.gaps)), why: slices.Concat(http.why, tcp.why)}
	if http.access != mesh.AccessSometimes && tcp.access != mesh.AccessSometimes &&
		(http.access == mesh.AccessUndecided || tcp.access == mesh.AccessUndecided) {
		return reply{why: r.why, gaps: r.gaps}
	}
	for _, part := range []struct {
		reply
		protocol string
	}{{http, "http"}, {tcp, "tcp"}} {
		is := mesh.Condition{Attribute: "protocol", Values: []string{part.protocol}}
		if part.access == mesh.AccessNever {
			continue
		}
		if len(part.when) == 0 {
			r.when = append(r.when, mesh.Clause{Conditions: []mesh.Condition{is}})
		}
		r.when = append(r.when, under(part.when, is)...)
		r.unless = append(r.unless, under(part.unless, is)...)
	}
	if asksOnlyProtocol(r.when) {
		r.when = nil
	}
	return r
}

// under adds a condition to every clause.
func under(list []mesh.Clause, is mesh.Condition) []mesh.Clause {
	var all []mesh.Clause
	for _, c := range list {
		c.Conditions = append([]mesh.Condition{is}, c.Conditions...)
		all = append(all, c)
	}
	return all
}

// asksOnlyProtocol reports whether clauses let through whatever the protocol is.
func asksOnlyProtocol(when []mesh.Clause) bool {
	free := 0
	for _, c := range when {
		if len(c.Conditions) == 1 && c.Conditions[0].Attribute == "protocol" {
			free++
		}
	}
	return free == 2
}

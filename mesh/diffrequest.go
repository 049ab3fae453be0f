package mesh

import (
	"slices"
	"strings"
)

// admitted is a set of clients of which alike much gets through, by the way by which most does.
type admitted struct {
	clients   Set
	admission Admission
	asks      []asked // the terms, for AccessSometimes
	word      string  // what is told apart
}

// asked are Terms without what differs between meshes and places: each clause is a phrase.
type asked struct{ when, unless []string }

// admitted parts the clients by how much of what they send gets through.
func (c Callers) admitted() []admitted {
	groups := c.Ways[0].Groups
	for _, w := range c.Ways[1:] {
		groups = merge(groups, w.Groups, func(a, b Admission) Admission {
			if a.Access.or(b.Access) != a.Access {
				return b
			}
			return a
		})
	}
	var all []admitted
	for _, g := range groups {
		one := g.Admission.asks()
		one.clients = g.Clients
		at := slices.IndexFunc(all, func(a admitted) bool { return a.word == one.word })
		if at < 0 {
			all = append(all, one)
			continue
		}
		all[at].clients = all[at].clients.Or(g.Clients)
	}
	return all
}

func (a Admission) asks() admitted {
	one := admitted{admission: a, word: a.Access.String()}
	if a.Access != AccessSometimes {
		return one
	}
	var places []string
	for _, t := range a.Terms {
		q := asked{phrases(t.When), phrases(t.Unless)}
		one.asks = append(one.asks, q)
		places = append(places, q.String())
	}
	if len(places) > 0 {
		one.word += ": " + strings.Join(places, "; and ")
	}
	return one
}

// phrases are the clauses in an order of their own: policies have no order that counts.
func phrases(clauses []Clause) []string {
	all := make([]string, len(clauses))
	for i, c := range clauses {
		c.Conditions = slices.Clone(c.Conditions)
		slices.SortFunc(c.Conditions, func(a, b Condition) int { return strings.Compare(a.String(), b.String()) })
		all[i] = c.String()
		if len(clauses) > 1 && len(c.Conditions) > 1 {
			all[i] = "(" + all[i] + ")"
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (q asked) String() string {
	return demand(strings.Join(q.when, " or "), strings.Join(q.unless, " or "))
}

// within reports whether every request that meets q meets r as well, as far as the phrases show.
func (q asked) within(r asked) bool {
	return (len(r.when) == 0 || len(q.when) > 0 && contains(r.when, q.when)) && contains(q.unless, r.unless)
}

func contains(all, some []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

// said is the Admission in words.
func (a admitted) said() said {
	return said{a.word, a.admission.Access == AccessUndecided, a.admission.Why, a.admission.Unknown}
}

// change is in which way decided answers differ.
func (a admitted) change(after admitted) ChangeKind {
	if a.admission.Access != after.admission.Access {
		return rise(a.admission.Access, after.admission.Access, ChangeOpened)
	}
	if len(a.asks) != len(after.asks) || len(a.asks) == 0 {
		return ChangeAltered
	}
	wider, narrower := true, true
	for i, q := range a.asks {
		wider = wider && q.within(after.asks[i])
		narrower = narrower && after.asks[i].within(q)
	}
	switch {
	case wider && !narrower:
		return ChangeOpened
	case narrower && !wider:
		return ChangeClosed
	default:
		return ChangeAltered
	}
}

// requests compares how much of what clients send gets through.
func (d *differ) requests(l *diffList, at Place, sides [2]portSide) {
	at.Topic = TopicRequest
	from := len(l.changes)
	for _, x := range sides[0].admitted {
		for _, y := range sides[1].admitted {
			if x.word == y.word && x.admission.Access != AccessUndecided {
				continue
			}
			if clients := x.clients.And(y.clients).And(d.common); !clients.IsEmpty() {
				d.requestsOf(l, at, x, y, clients, sides)
			}
		}
	}
	b, a := sides[0].callers, sides[1].callers
	l.outsider(from, at, b.Stranger(), a.Stranger(), Clients{Stranger: true})
	l.outsider(from, at, b.Newcomer(), a.Newcomer(), Clients{Newcomer: true})
	l.unsettled = slices.Compact(l.unsettled)
}

// requestsOf adds what differs for clients. Those whose ends do not understand each other, in the graph
// in which nothing of what they send gets through, stand apart.
func (d *differ) requestsOf(l *diffList, at Place, x, y admitted, clients Set, sides [2]portSide) {
	kind, odd := x.change(y), Set{}
	switch {
	case x.admission.Access == AccessUndecided || y.admission.Access == AccessUndecided:
	case y.admission.Access == AccessNever:
		odd = clients.And(sides[1].broken)
	case x.admission.Access == AccessNever:
		odd = clients.And(sides[0].broken)
	}
	for _, part := range []struct {
		clients Set
		kind    ChangeKind
	}{{clients.Without(odd), kind}, {odd, broken(kind)}} {
		from := len(l.changes)
		if part.clients.IsEmpty() {
			continue
		}
		l.compare(at, x.said(), y.said(), part.kind)
		for i := range l.changes[from:] {
			l.changes[from+i].Clients.set = part.clients
		}
	}
}

// broken is what a change is where the two ends do not understand each other.
func broken(k ChangeKind) ChangeKind {
	switch k {
	case ChangeOpened:
		return ChangeMended
	case ChangeClosed:
		return ChangeBroken
	default:
		return k
	}
}

// outsider adds what differs for a client that is no workload, to the change of those for which the same
// does: it is among those from that index on.
func (l *diffList) outsider(from int, at Place, b, a Admission, who Clients) {
	x, y := b.asks(), a.asks()
	if x.word == y.word && b.Access != AccessUndecided {
		return
	}
	last := len(l.changes)
	l.compare(at, x.said(), y.said(), x.change(y))
	if len(l.changes) == last {
		return
	}
	made := &l.changes[last]
	for i := range l.changes[from:last] {
		c := &l.changes[from+i]
		if c.Kind == made.Kind && c.Before == made.Before && c.After == made.After {
			c.Clients.Stranger, c.Clients.Newcomer = c.Clients.Stranger || who.Stranger, c.Clients.Newcomer || who.Newcomer
			l.changes = l.changes[:last]
			return
		}
	}
	made.Clients = who
}

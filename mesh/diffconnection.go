package mesh

import (
	"slices"

	"github.com/meshposture/meshposture/truth"
)

// connectedness is what differences of connections are told by.
type connectedness struct {
	fails, nothing           bool        // is not made; and nothing leaves the client's side
	encrypted, authenticated truth.Value // where it is, or may be, made
}

func (t Transport) connectedness() connectedness {
	if t.Connects == truth.False {
		return connectedness{fails: true, nothing: t.Sends == WireNothing}
	}
	return connectedness{encrypted: t.Encrypted, authenticated: t.Authenticated}
}

// weakestOf parts the clients by two lists of groups, each of which is disjoint, and keeps the weaker
// connection; nil is no list yet. It never changes the lists.
func weakestOf(a, b []ConnectionGroup) []ConnectionGroup {
	var all []ConnectionGroup
	if a == nil {
		for _, y := range b {
			all = joinAlike(all, y)
		}
		return all
	}
	for _, x := range a {
		for _, y := range b {
			if !x.Clients.Meets(y.Clients) {
				continue
			}
			both := ConnectionGroup{x.Clients.And(y.Clients), x.Transport}
			if y.Transport.strength() < x.Transport.strength() {
				both.Transport = y.Transport
			}
			all = joinAlike(all, both)
		}
	}
	return all
}

// joinAlike adds a group to the one that turns out alike.
func joinAlike(all []ConnectionGroup, c ConnectionGroup) []ConnectionGroup {
	for i := range all {
		if all[i].Transport.connectedness() == c.Transport.connectedness() {
			all[i].Clients = all[i].Clients.Or(c.Clients)
			return all
		}
	}
	return append(all, c)
}

// connections compares how the connections of clients are protected, where both graphs make them and let
// something through: where one does not, that is a matter of the requests.
func (d *differ) connections(l *diffList, at Place, sides [2]portSide) {
	at.Topic = TopicConnection
	heard := d.common.Without(sides[0].refused()).Without(sides[1].refused())
	for _, x := range sides[0].connections {
		for _, y := range sides[1].connections {
			cx, cy := x.Transport.connectedness(), y.Transport.connectedness()
			if cx.fails || cy.fails || cx == cy && cx.decided() {
				continue
			}
			clients := x.Clients.And(y.Clients).And(heard)
			if clients.IsEmpty() {
				continue
			}
			from := len(l.changes)
			l.compare(at, x.Transport.protection(), y.Transport.protection(), cx.change(cy))
			for i := range l.changes[from:] {
				l.changes[from+i].Clients.set = clients
			}
		}
	}
	l.unsettled = slices.Compact(l.unsettled)
}

func (c connectedness) decided() bool {
	return c.encrypted != truth.Unknown && c.authenticated != truth.Unknown
}

// protection is how a connection that is made is protected.
func (t Transport) protection() said {
	c := t.connectedness()
	return said{t.protected(), !c.decided(), t.Why, t.Unknown}
}

// protected are the words for it: "plaintext", "encrypted, not authenticated", …
func (t Transport) protected() string {
	if t.Encrypted == truth.False && t.Authenticated == truth.False {
		return "plaintext"
	}
	return (fact(t.Encrypted, "encrypted") + fact(t.Authenticated, "authenticated"))[len(", "):]
}

// change is which of the two protects more.
func (c connectedness) change(after connectedness) ChangeKind {
	rank := map[truth.Value]int{truth.False: 0, truth.True: 1}
	e := rank[after.encrypted] - rank[c.encrypted]
	a := rank[after.authenticated] - rank[c.authenticated]
	switch {
	case e >= 0 && a >= 0 && e+a > 0:
		return ChangeStrengthened
	case e <= 0 && a <= 0 && e+a < 0:
		return ChangeWeakened
	default:
		return ChangeAltered
	}
}

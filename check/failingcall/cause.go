package failingcall

import (
	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// causeKey tells what decides apart: the rule and, unless it is the client or the server itself, the
// object. Names of pods change with every rollout, and the server is named beside it.
type causeKey struct {
	rule   string
	object source.Ref
	sends  mesh.Wire
}

func keyOf(g mesh.ConnectionGroup, server *mesh.Workload) causeKey {
	k := causeKey{sends: g.Transport.Sends}
	if len(g.Transport.Why) == 0 {
		return k
	}
	step := g.Transport.Why[0]
	k.rule = step.Rule
	if own(server, step.Object) {
		return k
	}
	for w := range g.Clients.All() {
		if own(w, step.Object) {
			return k
		}
		break // steps of a group are the same for each of its clients
	}
	k.object = step.Object
	return k
}

// own reports whether an object is the workload's, or that of its pods.
func own(w *mesh.Workload, object source.Ref) bool {
	if object == w.Object() {
		return true
	}
	for _, v := range w.Variants() {
		if v.Pod.Object() == object {
			return true
		}
	}
	return false
}

// String is a part of the finding's subject.
func (k causeKey) String() string {
	if k.object.IsZero() {
		return k.rule
	}
	return k.rule + " " + k.object.String()
}

// doubts are the connections that could not be decided, by what is missing: one gap often leaves many
// open.
type doubts struct {
	order []*doubt
	byGap map[gapKey]*doubt
}

type doubt struct {
	gaps    []mesh.Gap
	clients mesh.Set
	servers []*mesh.Workload
}

type gapKey struct {
	object source.Ref
	detail string
}

func newDoubts() *doubts { return &doubts{byGap: map[gapKey]*doubt{}} }

// add notes that what clients send to a server may not arrive.
func (d *doubts) add(server *mesh.Workload, clients mesh.Set, t mesh.Transport) {
	var k gapKey
	if len(t.Unknown) > 0 {
		k = gapKey{t.Unknown[0].Object, t.Unknown[0].Detail}
	}
	one := d.byGap[k]
	if one == nil {
		one = &doubt{gaps: t.Unknown}
		d.byGap[k] = one
		d.order = append(d.order, one)
	}
	one.clients = one.clients.Or(clients)
	if n := len(one.servers); n == 0 || one.servers[n-1] != server {
		one.servers = append(one.servers, server)
	}
}

func (d *doubts) report(p *check.Pass) {
	for _, one := range d.order {
		subject := one.servers[0].ID().String()
		if len(one.gaps) > 0 && !one.gaps[0].Object.IsZero() {
			subject = one.gaps[0].Object.String()
		}
		clients, servers := wording.Count(one.clients.Len(), "workload"), wording.Count(len(one.servers), "workload")
		if one.clients.Len() == 1 {
			clients = wording.Few(one.clients.All())
		}
		if len(one.servers) == 1 {
			servers = wording.Workload(one.servers[0].ID())
		}
		p.Undecided(wording.Undecided(subject, "whether calls of "+clients+" to "+servers+" fail", one.gaps))
	}
}

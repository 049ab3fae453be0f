package main

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// assertion is what the shop's owners want of any mesh. It returns what is against it, with the reasons;
// what cannot be decided is against it as well.
type assertion struct {
	text  string
	fails func(cluster) []objection
}

// objection is one thing for which an assertion does not hold.
type objection struct {
	text    string
	of      string // whom it is about; those with the same text are told together
	why     []mesh.Step
	unknown []mesh.Gap
}

var assertions = []assertion{
	{"Only the report and the tills are outside the mesh", onlyOutside("shop/CronJob/report", "stores/Deployment/till")},
	{"Only orders gets anything through to payments", onlyCaller("shop/Deployment/payments", 8080, "shop/Deployment/orders")},
	{"Nobody reaches the db in the clear", neverPlaintext("shop/StatefulSet/db")},
	{"All ports take identities of the mesh only, but for those of the edge and the cart", meshOnly("edge/Deployment/nginx", "shop/Deployment/cart")},
}

func onlyOutside(names ...string) func(cluster) []objection {
	return func(c cluster) []objection {
		var all []objection
		for _, w := range c.applications() {
			if known := slices.Contains(names, w.ID().String()); (w.Inside() == truth.True) == known {
				e := w.Enrolment()
				all = append(all, objection{"in mode " + e.Mode.String() + " is", short(w), e.Why, e.Unknown})
			}
		}
		return all
	}
}

func onlyCaller(server string, port uint16, client string) func(cluster) []objection {
	return func(c cluster) []objection {
		var all []objection
		answer := c.Callers(c.workload(server), port)
		object := func(who string, a mesh.Admission) {
			if a.Access != mesh.AccessNever {
				all = append(all, objection{"it takes (" + a.String() + ") what is sent by", who, a.Why, a.Unknown})
			}
		}
		for _, w := range c.applications() {
			if w.ID().String() != client {
				object(short(w), answer.Of(w).Admission)
			}
		}
		object("anybody without an identity", answer.Stranger())
		object("a new identity of the mesh", answer.Newcomer())
		return all
	}
}

func neverPlaintext(server string) func(cluster) []objection {
	return func(c cluster) []objection {
		var all []objection
		w := c.workload(server)
		for _, p := range ports(w) {
			callers := c.Callers(w, p.Number)
			for _, client := range c.applications() {
				t := c.Transport(client, w, p.Number)
				if callers.Of(client).Access != mesh.AccessNever && t.Encrypted != truth.True {
					all = append(all, objection{portName(w, p) + " takes " + protection(t) + " of", short(client), t.Why, t.Unknown})
				}
			}
		}
		return all
	}
}

func meshOnly(but ...string) func(cluster) []objection {
	return func(c cluster) []objection {
		var all []objection
		for _, w := range c.applications() {
			if w.Inside() == truth.False || slices.Contains(but, w.ID().String()) {
				continue
			}
			for _, p := range ports(w) {
				answer := c.Callers(w, p.Number)
				if answer.Accepts() < mesh.AcceptsMesh {
					who := answer.Stranger()
					all = append(all, objection{"anybody without an identity (" + who.String() + ") may call", portName(w, p), who.Why, who.Unknown})
				}
			}
		}
		return all
	}
}

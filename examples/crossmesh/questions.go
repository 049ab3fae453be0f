package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// question is asked of either cluster in the same words. The answer has a line for each row.
type question struct {
	text string
	ask  func(cluster) []row
}

// row is what one cluster answers about one thing.
type row struct{ about, answer string }

var questions = []question{
	{"Which workloads are in the mesh, and what put them there?", enrolment},
	{"Whom does each port accept?", acceptance},
	{"Who may call port 8080 of payments?", func(c cluster) []row { return callers(c, "shop/Deployment/payments", 8080) }},
	{"How is the db reached on port 5432?", func(c cluster) []row { return connections(c, "shop/StatefulSet/db", 5432) }},
	{"How is it reached on port 4567?", func(c cluster) []row { return connections(c, "shop/StatefulSet/db", 4567) }},
	{"What becomes of these requests?", requests},
	{"Where does traffic come in?", entries},
}

// workload finds a workload of the example, which has it by construction.
func (c cluster) workload(name string) *mesh.Workload {
	id, err := mesh.ParseWorkloadID(name)
	w, ok := c.Workload(id)
	if err != nil || !ok {
		panic("the example has no workload " + name)
	}
	return w
}

// applications are the workloads of the shop: those of both clusters.
func (c cluster) applications() []*mesh.Workload {
	var all []*mesh.Workload
	for w := range c.Workloads() {
		if ns := w.ID().Namespace; ns == "shop" || ns == "stores" || ns == "edge" {
			all = append(all, w)
		}
	}
	return all
}

// short is the name of a workload in a table.
func short(w *mesh.Workload) string { return w.ID().Namespace + "/" + w.ID().Name }

func enrolment(c cluster) []row {
	var all []row
	for _, w := range c.applications() {
		e := w.Enrolment()
		all = append(all, row{short(w), e.Mode.String() + ", " + e.Cause.String()})
	}
	return all
}

// ports are the TCP ports of a workload, with one that stands for those that nobody lists.
func ports(w *mesh.Workload) []mesh.Port {
	all := slices.DeleteFunc(w.Ports(), func(p mesh.Port) bool { return p.Protocol != "TCP" })
	return append(all, mesh.Port{Number: mesh.UnlistedPort(all), Name: "any other"})
}

func portName(w *mesh.Workload, p mesh.Port) string {
	if p.Name == "any other" {
		return short(w) + " any other"
	}
	return fmt.Sprintf("%s %d", short(w), p.Number)
}

func acceptance(c cluster) []row {
	var all []row
	for _, w := range c.applications() {
		if w.Inside() != truth.True {
			continue
		}
		for _, p := range ports(w) {
			all = append(all, row{portName(w, p), c.Callers(w, p.Number).Accepts().String()})
		}
	}
	return all
}

func callers(c cluster, server string, port uint16) []row {
	answer := c.Callers(c.workload(server), port)
	var all []row
	for _, w := range c.applications() {
		all = append(all, row{short(w), answer.Of(w).Admission.String()})
	}
	return append(all,
		row{"anybody without an identity", answer.Stranger().String()},
		row{"a new identity of the mesh", answer.Newcomer().String()},
	)
}

func connections(c cluster, server string, port uint16) []row {
	to := c.workload(server)
	reached := c.Callers(to, port)
	var all []row
	for _, w := range c.applications() {
		answer := protection(c.Transport(w, to, port))
		if reached.Of(w).Access == mesh.AccessNever && answer != "no connection" {
			answer += ", refused"
		}
		all = append(all, row{short(w), answer})
	}
	return all
}

// protection is how bytes travel, in a word or two.
func protection(t mesh.Transport) string {
	switch {
	case t.MTLS() == truth.True:
		return "mutual TLS"
	case t.Connects == truth.False:
		return "no connection"
	case t.Connects == truth.Unknown || t.Encrypted == truth.Unknown:
		return "undecided"
	case t.Encrypted == truth.True:
		return "TLS"
	default:
		return "plaintext"
	}
}

func requests(c cluster) []row {
	payments, orders := c.workload("shop/Deployment/payments"), c.workload("shop/Deployment/orders")
	by := func(name string) mesh.Client { return mesh.Client{Workload: c.workload(name)} }
	call := func(method, path string) *mesh.HTTP {
		return &mesh.HTTP{Method: method, Path: path, Host: "shop.example"}
	}
	var all []row
	for _, one := range []struct {
		about string
		mesh.Request
	}{
		{"orders: POST payments/charge", mesh.Request{From: by("shop/Deployment/orders"), To: payments, Port: 8080, HTTP: call("POST", "/charge")}},
		{"orders: GET payments/refunds", mesh.Request{From: by("shop/Deployment/orders"), To: payments, Port: 8080, HTTP: call("GET", "/refunds")}},
		{"web: POST payments/charge", mesh.Request{From: by("shop/Deployment/web"), To: payments, Port: 8080, HTTP: call("POST", "/charge")}},
		{"cart: GET orders/list", mesh.Request{From: by("shop/Deployment/cart"), To: orders, Port: 8080, HTTP: call("GET", "/list")}},
		{"till: GET cart/items", mesh.Request{From: by("stores/Deployment/till"), To: c.workload("shop/Deployment/cart"), Port: 8080, HTTP: call("GET", "/items")}},
		{"a stranger: GET orders/ready", mesh.Request{To: orders, Port: 8080, Way: &mesh.Way{}, HTTP: call("GET", "/ready")}},
		{"a stranger: GET orders/list", mesh.Request{To: orders, Port: 8080, Way: &mesh.Way{}, HTTP: call("GET", "/list")}},
	} {
		all = append(all, row{one.about, outcome(c.Authorize(one.Request))})
	}
	return all
}

// outcome is a verdict in a few words.
func outcome(v mesh.Verdict) string {
	word := map[truth.Value]string{truth.True: "allowed", truth.False: "refused", truth.Unknown: "undecided"}[v.Allowed]
	if v.Transport.Connects == truth.False {
		return word + ", no connection"
	}
	if p, ok := v.Decisive(); ok && p.Status != 0 {
		return fmt.Sprintf("%s, %d", word, p.Status)
	}
	return word
}

func entries(c cluster) []row {
	var all []row
	for _, e := range c.Entries() {
		var behind []string
		for _, w := range e.Workloads() {
			behind = append(behind, short(w))
		}
		all = append(all, row{fmt.Sprintf("%s port %d", e.Object, e.Port), e.TLS.String() + ", leads to " + strings.Join(behind, ", ")})
	}
	return all
}

package benchcluster

import (
	"errors"
	"math/rand/v2"

	"github.com/meshposture/meshposture/mesh"
)

// AskCallers asks for all callers of all TCP ports. It is an error when none is judged.
func AskCallers(g *mesh.Graph) error {
	decided := 0
	for w := range g.Workloads() {
		for _, p := range w.Ports() {
			if p.Protocol == "TCP" {
				c := g.Callers(w, p.Number)
				decided += c.With(mesh.AccessAlways).Len() + c.With(mesh.AccessSometimes).Len() + c.With(mesh.AccessNever).Len()
			}
		}
	}
	if decided == 0 {
		return errors.New("no caller was judged")
	}
	return nil
}

// Requests are a thousand requests of random clients to random ports, the same ones for the same graph; some
// workload must have a port.
func Requests(g *mesh.Graph) []mesh.Request {
	r := rand.New(rand.NewPCG(1, 2))
	var workloads []*mesh.Workload
	for w := range g.Workloads() {
		workloads = append(workloads, w)
	}
	var all []mesh.Request
	for len(all) < 1000 {
		to := workloads[r.IntN(len(workloads))]
		if ports := to.Ports(); len(ports) > 0 {
			all = append(all, mesh.Request{
				From: mesh.Client{Workload: workloads[r.IntN(len(workloads))]}, To: to, Port: ports[r.IntN(len(ports))].Number,
				HTTP: &mesh.HTTP{Method: "GET", Path: "/api/v1/items", Host: "shop"},
			})
		}
	}
	return all
}

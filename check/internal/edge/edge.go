// Package edge names the entries of a cluster and what is behind them, for the checks about them.
package edge

import (
	"slices"
	"strconv"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Subject tells an entry apart from others of the same object, between runs.
func Subject(e mesh.Entry) string { return e.Object.String() + " " + e.Loc.Field() }

// Name names an entry in a message: "port 443 of Gateway/shop/edge".
func Name(e mesh.Entry) string {
	if e.Port == 0 {
		return e.Object.String()
	}
	return "port " + strconv.Itoa(int(e.Port)) + " of " + e.Object.String()
}

// Straight reports whether the entry leads to pods without a proxy before them.
func Straight(e mesh.Entry) bool { return e.Kind > mesh.EntryIngress }

// Reached says whether anything from outside the cluster comes to the entry: it is exposed, and taken.
// Where nothing in the input leads to it and something is not known of it, that is not known either.
func Reached(e mesh.Entry) truth.Value {
	exposed := truth.Of(len(e.Exposed) > 0)
	if exposed == truth.False && len(e.Unknown) > 0 {
		exposed = truth.Unknown
	}
	return exposed.And(e.Served)
}

// Hop is how what comes by a backend arrives at a workload.
type Hop struct {
	Way  mesh.Way
	Port uint16 // of the workload's pods
}

// Hops are the ways from a backend to one of its workloads; nil when none is known.
func Hops(b mesh.Backend, w *mesh.Workload) []Hop {
	if b.Service == nil {
		if b.Port == 0 {
			return nil
		}
		return []Hop{{Port: b.Port}}
	}
	var all []Hop
	for _, sp := range b.Service.Ports {
		if sp.Port != b.Port || sp.Protocol != "TCP" {
			continue
		}
		for _, v := range w.Variants() {
			port, ok := sp.Target(v.Pod)
			hop := Hop{mesh.Way{Service: b.Service, Port: sp.Port}, port}
			if ok && hop.Way.Leads(v.Pod, port) && !slices.Contains(all, hop) {
				all = append(all, hop)
			}
		}
	}
	return all
}

// Package proxybypass reports Services whose layer-7 proxy can be gone around by the pods' own address.
package proxybypass

import (
	"fmt"
	"slices"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
)

// Check compares, for Services that are bound to a layer-7 proxy, what gets through by the Service with
// what gets through by the address of the pods. It reports where some client gets more through by the
// address. A proxy that refuses nothing is not reported: nothing is lost by going around it.
var Check = &check.Check{
	Code:     "MP4001",
	Name:     "proxyBypass",
	Severity: check.High,
	Doc:      "clients get more through by the address of pods than by the layer-7 proxy of their Service",
	Run:      run,
}

func run(p *check.Pass) error {
	var open unbound
	for s := range p.Graph.Services() {
		for _, b := range s.Bindings() {
			switch {
			case b.Proxy != "":
				around{pass: p, service: s, binding: b}.judge()
			case b.Refused == mesh.NotRefused:
				open.add(s, b.Unknown)
			}
		}
	}
	open.report(p)
	return nil
}

// unbound are the Services of which it is not known which proxy they are bound to, by what is missing:
// a Namespace that is not in the input leaves all of its Services open.
type unbound []*openBinding

type openBinding struct {
	services []string
	gaps     []mesh.Gap
}

func (u *unbound) add(s *mesh.Service, gaps []mesh.Gap) {
	same := func(o *openBinding) bool {
		return len(o.gaps) > 0 && len(gaps) > 0 && o.gaps[0].Object == gaps[0].Object && o.gaps[0].Detail == gaps[0].Detail
	}
	i := slices.IndexFunc(*u, same)
	if i < 0 {
		i = len(*u)
		*u = append(*u, &openBinding{gaps: gaps})
	}
	(*u)[i].services = append((*u)[i].services, s.Object().String())
}

func (u *unbound) report(p *check.Pass) {
	for _, o := range *u {
		what := o.services[0] + " has a layer-7 proxy that clients can go around"
		if n := len(o.services); n > 1 {
			what = fmt.Sprintf("%s and %d more have layer-7 proxies that clients can go around", o.services[0], n-1)
		}
		p.Undecided(wording.Undecided(o.services[0], "whether "+what, o.gaps))
	}
}

// around is what gets through around one proxy.
type around struct {
	pass    *check.Pass
	service *mesh.Service
	binding mesh.Binding

	more     mesh.Set // clients that get more through by the address
	unsure   mesh.Set // clients that may
	gaps     []mesh.Gap
	servers  []*mesh.Workload // where more gets through
	stranger bool             // a client without an identity gets something through there
	why      []mesh.Step
}

func (a around) judge() {
	for _, w := range a.service.Workloads() {
		for _, port := range w.Ports() {
			for _, way := range a.pass.Graph.Ways(w, port.Number) {
				if port.Protocol == "TCP" && way.Service == a.service {
					a.compare(w, way, port.Number)
				}
			}
		}
	}
	a.report()
}

// compare takes the groups of both ways apart until each holds clients that are alike in both.
func (a *around) compare(w *mesh.Workload, way mesh.Way, port uint16) {
	by, direct := a.pass.Graph.CallersVia(way, w, port), a.pass.Graph.CallersVia(mesh.Way{}, w, port)
	found := false
	for _, x := range by.Ways[0].Groups {
		for _, y := range direct.Ways[0].Groups {
			if !x.Clients.Meets(y.Clients) {
				continue
			}
			clients := x.Clients.And(y.Clients)
			switch compare(x.Admission, y.Admission) {
			case more:
				a.more, found = a.more.Or(clients), true
				if len(a.why) == 0 {
					a.why = slices.Concat(a.binding.Why, y.Admission.Why)
				}
			case unsure:
				a.unsure = a.unsure.Or(clients)
				a.gaps = append(a.gaps, slices.Concat(x.Admission.Unknown, y.Admission.Unknown)...)
			default:
			}
		}
	}
	if !found {
		return
	}
	if access := direct.Stranger().Access; access == mesh.AccessAlways || access == mesh.AccessSometimes {
		a.stranger = true
	}
	if !slices.Contains(a.servers, w) {
		a.servers = append(a.servers, w)
	}
}

func (a *around) report() {
	subject, name := a.service.Object().String(), a.binding.Proxy
	if !a.more.IsEmpty() {
		message := fmt.Sprintf("proxy %s of %s can be gone around: by the address of its pods, %s lets more through from %s",
			name, subject, wording.Few(slices.Values(a.servers)), clients(a.more))
		if a.stranger {
			message += ", and lets in callers without an identity"
		}
		a.pass.Report(check.Finding{Subject: subject, Pos: wording.WhyPos(a.binding.Why), Message: message, Why: a.why})
	}
	if left := a.unsure.Without(a.more); !left.IsEmpty() {
		a.pass.Undecided(wording.Undecided(subject, fmt.Sprintf("whether %s can go around proxy %s of %s", clients(left), name, subject), a.gaps))
	}
}

// clients counts the workloads and names a few.
func clients(s mesh.Set) string {
	return wording.Count(s.Len(), "workload") + " (" + wording.Few(s.All()) + ")"
}

// difference is how much more gets through by the address.
type difference uint8

const (
	none difference = iota
	more
	unsure
)

// compare looks at what a client gets through by the Service and by the address. What gets through by
// the address on terms is more than what gets through by the Service on terms that include the proxy's.
func compare(by, direct mesh.Admission) difference {
	switch {
	case by.Access == mesh.AccessAlways || direct.Access == mesh.AccessNever:
		return none
	case by.Access == mesh.AccessUndecided || direct.Access == mesh.AccessUndecided:
		return unsure
	case direct.Access > by.Access, direct.Access == mesh.AccessSometimes && proxied(by.Terms) && !proxied(direct.Terms):
		return more
	default:
		return none
	}
}

// proxied reports whether some of the terms are those of a proxy.
func proxied(terms []mesh.Terms) bool {
	return slices.ContainsFunc(terms, func(t mesh.Terms) bool { return t.Proxy != "" })
}

package linkerd

import (
	"net/netip"
	"strings"
	"sync"

	"github.com/meshposture/meshposture/internal/memo"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// crowdIndex finds the workloads that bear an identity, and those whose addresses are in networks.
type crowdIndex struct {
	cluster   *mesh.Cluster
	everybody mesh.Set
	faces     map[*mesh.Workload]face
	bearers   map[string][]*mesh.Workload
	nameless  mesh.Set // those whose pods bear different identities, or none that is known

	exact    memo.Map[string, mesh.Set]
	suffixes memo.Map[string, mesh.Set]
	ranges   memo.Map[string, within]
}

// face is what proxies see of a workload as a client.
type face struct {
	identity string       // empty where the pods differ in it, or none is known
	addrs    []netip.Addr // empty where that of one pod is not known
}

// within are the workloads of which all addresses are in some networks, and those of which it is not so
// certain: some are and some are not, or one is not known.
type within struct{ inside, unsure mesh.Set }

// newCrowdIndex looks at all workloads, which must have been judged.
func newCrowdIndex(c *mesh.Cluster) *crowdIndex {
	x := &crowdIndex{cluster: c, everybody: c.Everybody(), faces: map[*mesh.Workload]face{}, bearers: map[string][]*mesh.Workload{}}
	var nameless []*mesh.Workload
	for w := range c.Workloads() {
		f := faceOf(w.Variants())
		x.faces[w] = f
		if f.identity == "" {
			nameless = append(nameless, w)
			continue
		}
		x.bearers[f.identity] = append(x.bearers[f.identity], w)
	}
	x.nameless = c.SetOf(nameless...)
	return x
}

func faceOf(variants []mesh.Party) face {
	f := face{identity: variants[0].Enrolment.Identity}
	known := true
	for _, v := range variants {
		if v.Enrolment.Identity != f.identity {
			f.identity = ""
		}
		known = known && len(v.Addrs) > 0
		f.addrs = append(f.addrs, v.Addrs...)
	}
	if !known {
		f.addrs = nil
	}
	return f
}

// bearing are the workloads whose identity is among some.
func (x *crowdIndex) bearing(ids *identities) mesh.Set {
	var all mesh.Set
	for _, name := range ids.exact {
		all = all.Or(x.exact.Of(name, func() mesh.Set { return x.cluster.SetOf(x.bearers[name]...) }))
	}
	for _, suffix := range ids.suffixes {
		all = all.Or(x.suffixes.Of(suffix, func() mesh.Set { return x.ending(suffix) }))
	}
	return all
}

func (x *crowdIndex) ending(suffix string) mesh.Set {
	var all []*mesh.Workload
	for name, ws := range x.bearers {
		if !isURI(name) && strings.HasSuffix(name, suffix) {
			all = append(all, ws...)
		}
	}
	return x.cluster.SetOf(all...)
}

// within tells which workloads are in some networks.
func (x *crowdIndex) within(ns networks) within {
	if ns.all() {
		return within{inside: x.everybody}
	}
	return x.ranges.Of(strings.Join(ns.texts(), ","), func() within {
		var in within
		var inside, unsure []*mesh.Workload
		for w := range x.cluster.Workloads() {
			switch ns.hasAll(x.faces[w].addrs) {
			case truth.True:
				inside = append(inside, w)
			case truth.Unknown:
				unsure = append(unsure, w)
			default:
			}
		}
		in.inside, in.unsure = x.cluster.SetOf(inside...), x.cluster.SetOf(unsure...)
		return in
	})
}

// splitSets parts sets by whether their workloads are members.
func splitSets(parts []mesh.Set, members mesh.Set) []mesh.Set {
	if members.IsEmpty() {
		return parts
	}
	var all []mesh.Set
	for _, p := range parts {
		in := p.And(members)
		switch in.Len() {
		case 0, p.Len():
			all = append(all, p)
		default:
			all = append(all, in, p.Without(members))
		}
	}
	return all
}

// crowdMemo remembers what becomes of all workloads as clients, by what they send.
type crowdMemo struct {
	once   [wireKinds]sync.Once
	groups [wireKinds][]mesh.Group
}

// The kinds of what clients send that a gate tells apart.
const (
	sendsUnknown = iota
	sendsMesh
	sendsTLS
	sendsPlain
	sendsOther
	wireKinds
)

func wireKind(w mesh.Wire) int {
	switch w {
	case mesh.WireUnknown:
		return sendsUnknown
	case mesh.WireMesh:
		return sendsMesh
	case mesh.WireTLS:
		return sendsTLS
	case mesh.WirePlaintext:
		return sendsPlain
	default:
		return sendsOther
	}
}

package istio

import (
	"cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// rivals leaves open whether entries are served that may get into each other's way on one port of a
// proxy. istiod merges servers by the age of the objects that they come from, whatever their kind
// (pilot/pkg/model/gateway.go mergeGateways). Among servers of Istio's own Gateways gatewayMerge
// decides; the order in which listeners of the Gateway API and Ingresses come is not followed.
func (b *boundaryCompiler) rivals() {
	type slot struct {
		proxy *mesh.Workload
		port  uint16
	}
	slots := map[slot]*sharedPort{}
	var order []*sharedPort
	routers := map[*mesh.Workload]*router{}
	for i := range b.out.entries {
		e := &b.out.entries[i]
		if e.Served == truth.False {
			continue
		}
		for _, w := range e.Proxies {
			if routers[w] == nil {
				routers[w] = b.layer.newRouter(w)
			}
			at := slot{w, b.layer.listensOn(routers[w], e.Port)}
			if slots[at] == nil {
				slots[at] = &sharedPort{proxy: w, tls: map[string][]*mesh.Entry{}, open: map[*mesh.Entry]bool{}}
				order = append(order, slots[at])
			}
			slots[at].add(e)
		}
	}
	for _, p := range order {
		p.settle()
	}
}

// sharedPort is what asks for one port of a proxy's pods.
type sharedPort struct {
	proxy   *mesh.Workload
	all     []*mesh.Entry
	foreign bool // some entry comes from something else than a Gateway of Istio's
	plain   int  // entries for requests in the clear, which share the port
	opaque  int  // entries for bytes as they come, which do not
	tls     map[string][]*mesh.Entry
	open    map[*mesh.Entry]bool // withdrawn already
}

func (p *sharedPort) add(e *mesh.Entry) {
	p.all = append(p.all, e)
	p.foreign = p.foreign || e.Object.Kind != kindEdgeGateway
	switch e.TLS {
	case mesh.EdgePlaintext:
		p.plain++
		return
	case mesh.EdgeOpaque:
		p.opaque++
		return
	default:
	}
	hosts := e.Hosts
	if len(hosts) == 0 {
		hosts = []string{"*"}
	}
	for _, h := range hosts {
		if list := p.tls[h]; len(list) == 0 || list[len(list)-1] != e {
			p.tls[h] = append(list, e)
		}
	}
}

// settle withdraws the entries that may not be served.
func (p *sharedPort) settle() {
	if !p.foreign {
		return
	}
	kinds := p.opaque + min(p.plain, 1) + min(len(p.tls), 1)
	if kinds > 1 {
		p.contest(p.all)
		return
	}
	for _, h := range sortedKeys(p.tls) {
		if list := p.tls[h]; len(list) > 1 {
			p.contest(list)
		}
	}
}

// contest notes of each of several entries that another asks for the same.
func (p *sharedPort) contest(list []*mesh.Entry) {
	for _, e := range list {
		if p.open[e] {
			continue
		}
		p.open[e] = true
		other := list[0]
		if other == e {
			other = list[1]
		}
		e.Unknown = append(e.Unknown, mesh.Gap{
			Reason: source.ProblemUnsupported, Object: other.Object, Loc: other.Loc,
			Detail: "it asks for the same port of " + p.proxy.ID().String() + " in a way that one of the two has to yield; which one istiod leaves out is not followed",
		})
		unsure(e)
	}
}

// sharedHosts leaves open what is behind a TLS server of an Ingress whose hosts other Ingresses have
// rules for: istiod makes one VirtualService of all rules for a host, and binds it to the servers of the
// oldest Ingress alone (pilot/pkg/config/kube/ingress/virtualservices.go VirtualServices).
func (b *boundaryCompiler) sharedHosts() {
	first, shared := map[string]source.Ref{}, map[string]bool{}
	hosts := map[source.Ref][]string{}
	for _, in := range b.in.Cluster.Ingresses() {
		ref := in.Object()
		if !b.out.serves[ref] {
			continue
		}
		for _, r := range in.Spec.Rules {
			if r.HTTP == nil {
				continue
			}
			hosts[ref] = append(hosts[ref], r.Host)
			if other, ok := first[r.Host]; ok && other != ref {
				shared[r.Host] = true
			} else {
				first[r.Host] = ref
			}
		}
	}
	for i := range b.out.entries {
		e := &b.out.entries[i]
		if e.Kind != mesh.EntryIngress || e.TLS != mesh.EdgeTerminated {
			continue
		}
		for _, h := range hosts[e.Object] {
			if shared[h] {
				b.shareHost(e, h)
			}
		}
	}
}

func (b *boundaryCompiler) shareHost(e *mesh.Entry, host string) {
	for i := range e.Backends {
		bk := &e.Backends[i]
		if host != "" && len(mesh.CommonHosts(bk.Hosts, []string{host})) == 0 {
			continue
		}
		bk.Unknown = append(bk.Unknown, mesh.Gap{
			Reason: source.ProblemUnsupported, Object: e.Object, Loc: e.Loc,
			Detail: "several Ingresses have rules for host " + cmp.Or(host, "*") + ", and all of them are bound to the servers of the oldest Ingress alone",
		})
	}
}

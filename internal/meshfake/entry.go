package meshfake

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// entry is a listener of a gateway; what is absent is not known.
type entry struct {
	TLS         string `json:"tls"` // a word of mesh.EdgeTLS
	Certificate *bool  `json:"certificate"`
	Redirect    *bool  `json:"redirect"`
	Served      *bool  `json:"served"`
	Inner       bool   `json:"inner"`   // nothing leads to it from outside the cluster
	Proxy       string `json:"proxy"`   // the workload that runs it
	Service     string `json:"service"` // of the policy's namespace, by its port 80
}

// Entries reads them from the policies.
func (l *layer) Entries() []mesh.Entry {
	var all []mesh.Entry
	for i := range l.policies {
		if q := &l.policies[i]; q.Spec.Entry != nil {
			all = append(all, l.entry(q, q.Spec.Entry))
		}
	}
	return all
}

func (l *layer) entry(q *policy, from *entry) mesh.Entry {
	o := q.object
	e := mesh.Entry{
		Mesh: "toy", Kind: mesh.EntryGateway, Object: o.Ref, Loc: o.At("spec.entry"), Port: 443, TLS: edgeTLS(from.TLS),
		ClientCertificate: perhaps(from.Certificate), RedirectsToTLS: perhaps(from.Redirect), Served: perhaps(from.Served),
		Why: []mesh.Step{{Rule: "toy/entry", Object: o.Ref, Loc: o.At("spec.entry"), Detail: "the policy says so"}},
	}
	if e.TLS == mesh.EdgeUnknown || !e.Served.Known() {
		e.Unknown = []mesh.Gap{{Reason: source.ProblemIncomplete, Object: o.Ref, Loc: o.At("spec.entry"), Detail: "the policy does not say so"}}
	}
	if !from.Inner {
		e.Exposed = []mesh.Exposure{{Kind: mesh.EntryLoadBalancer, Object: o.Ref, Loc: o.At("spec.entry"), Port: 443}}
	}
	for w := range l.cluster.Workloads() {
		if w.ID().Name == from.Proxy {
			e.Proxies = append(e.Proxies, w)
		}
	}
	for s := range l.cluster.Services() {
		if s.Name == from.Service && s.Namespace.Name == o.Ref.Namespace {
			b := s.Backend(80)
			b.Route, b.Loc = o.Ref, o.At("spec.entry.service")
			e.Backends = append(e.Backends, b)
		}
	}
	return e
}

// Serves is false: the toy answers for no object of Kubernetes.
func (l *layer) Serves(source.Ref) bool { return false }

func perhaps(v *bool) truth.Value {
	if v == nil {
		return truth.Unknown
	}
	return truth.Of(*v)
}

// edgeTLS reads a word; one that is none means unknown.
func edgeTLS(word string) mesh.EdgeTLS {
	for t := mesh.EdgeUnknown; t <= mesh.EdgeMeshThrough; t++ {
		if t.String() == word {
			return t
		}
	}
	return mesh.EdgeUnknown
}

package mesh

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// EgressRequest is one request, or one connection, of a workload to an address.
type EgressRequest struct {
	From *Workload // must not be nil
	Addr netip.Addr
	Port uint16
	SNI  string // the server name of the TLS handshake; empty where the bytes are not TLS, or name none
	HTTP *HTTP  // nil when what is sent is not HTTP
}

// EgressVerdict is whether a request gets out.
type EgressVerdict struct {
	// Allowed is the conjunction of all Points; Unknown is undecided.
	Allowed truth.Value
	// Service has the address for one of its own: the request then stays in the cluster, and Authorize
	// says what becomes of it. Nil for none of the input.
	Service *Service
	Points  []Point // where it was judged; empty when nothing that is judged keeps it in
	Unknown []Gap   // what left the verdict open beside that of Points
}

// EgressJudge judges requests to addresses, for clients that are enrolled in the layer's mesh, or of
// whatever mesh where the layer stands below. It returns no points where it has no say.
type EgressJudge interface {
	AuthorizeEgress(client Party, r EgressRequest) []Point
}

// AuthorizeEgress says whether a request of a workload to an address gets past the layers on the
// client's side. Where the workload's pods differ the verdict is undecided.
func (g *Graph) AuthorizeEgress(r EgressRequest) EgressVerdict {
	var all []EgressVerdict
	for _, v := range r.From.variants {
		all = append(all, r.From.authorizeEgress(v.party, r))
	}
	most := slices.MaxFunc(all, func(a, b EgressVerdict) int { return cmp.Compare(permits(a.Allowed), permits(b.Allowed)) })
	for _, v := range all {
		if v.Allowed != most.Allowed {
			most.Allowed = truth.Unknown
			most.Unknown = append(slices.Clone(most.Unknown), Gap{
				Reason: source.ProblemIncomplete, Object: r.From.Object(), Detail: "the pods differ: which of them sends the request decides",
			})
			break
		}
	}
	most.Service = g.serviceAt(r.Addr)
	return most
}

func (w *Workload) authorizeEgress(p Party, r EgressRequest) EgressVerdict {
	v := EgressVerdict{Allowed: truth.True}
	switch {
	case len(p.Pod.gaps) > 0:
		return EgressVerdict{Unknown: p.Pod.gaps}
	case p.Enrolment.Mode == ModeUnknown:
		v.Allowed, v.Unknown = truth.Unknown, p.Enrolment.Unknown
	}
	for _, l := range w.layers {
		j, ok := l.layer.(EgressJudge)
		if !ok {
			v.notJudged(l, p)
			continue
		}
		for _, point := range j.AuthorizeEgress(p, r) {
			point.Mesh = l.name
			v.Points = append(v.Points, point)
			v.Allowed = v.Allowed.And(point.Allowed)
		}
	}
	return v
}

// notJudged leaves the verdict open where the layer only says that it stops something.
func (v *EgressVerdict) notJudged(l compiled, p Party) {
	x, ok := l.layer.(ExitLister)
	if !ok {
		return
	}
	if o, says := x.Outlet(p); says && o.Passes != truth.True {
		v.Allowed = v.Allowed.And(truth.Unknown)
		v.Unknown = append(v.Unknown, Gap{Reason: source.ProblemUnsupported, Detail: "which addresses " + l.name + " lets its clients reach is not judged"})
	}
}

// serviceAt is the Service that has the address.
func (c *Cluster) serviceAt(a netip.Addr) *Service {
	return c.byAddr[a.Unmap()]
}

// noteAddresses finds Services by address; of two that claim one, the first counts.
func (c *Cluster) noteAddresses() {
	c.byAddr = map[netip.Addr]*Service{}
	for _, s := range c.services {
		for _, a := range s.ClusterIPs {
			if c.byAddr[a.Unmap()] == nil {
				c.byAddr[a.Unmap()] = s
			}
		}
	}
}

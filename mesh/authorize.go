package mesh

import (
	"cmp"
	"slices"

	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Authorize says whether a request gets through: the connection must be made, and every point on its
// path must let it pass. Where the pods of a workload differ the verdict is undecided, and shows the
// path of a pod that lets most through.
func (g *Graph) Authorize(r Request) Verdict {
	way := r.Way
	if way == nil {
		way = g.firstWay(r)
		r.Way = way
	}
	var all []Verdict
	for _, s := range r.To.variants {
		if !way.leads(s.party.Pod, r.Port, r.Protocol) {
			continue
		}
		for _, c := range r.clients() {
			all = append(all, r.To.authorize(Edge{Client: c, Server: s.party, Port: r.Port, Protocol: r.Protocol, Way: *way}, r))
		}
	}
	if len(all) == 0 {
		return Verdict{Allowed: truth.False, Transport: noWay(*way)}
	}
	most := slices.MaxFunc(all, func(a, b Verdict) int { return cmp.Compare(permits(a.Allowed), permits(b.Allowed)) })
	for _, v := range all {
		if v.Allowed != most.Allowed {
			most.Allowed = truth.Unknown
			most.Unknown = append(slices.Clone(most.Unknown), Gap{
				Reason: source.ProblemIncomplete, Object: r.To.Object(),
				Detail: "the pods differ: which of them serves the request, or sends it, decides",
			})
			break
		}
	}
	return most
}

// firstWay is how a client addresses a port that does not say so.
func (g *Graph) firstWay(r Request) *Way {
	if !(Edge{Protocol: r.Protocol}).TCP() {
		return &Way{}
	}
	return &g.usualWays(r.To, r.Port)[0]
}

func permits(v truth.Value) int {
	switch v {
	case truth.False:
		return 0
	case truth.True:
		return 2
	default:
		return 1
	}
}

// clients are the kinds of pods that may send the request; one without a pod when it says itself what arrives.
func (r Request) clients() []Party {
	if r.From.Workload == nil {
		return []Party{{Enrolment: Enrolment{Identity: r.From.Identity}}}
	}
	return r.From.Workload.Variants()
}

func (w *Workload) authorize(e Edge, r Request) Verdict {
	t := datagrams(e)
	if e.TCP() {
		t, _ = w.receive(e, w.sendOf(e, r.From))
	}
	r.From = arriving(r.From, e.Client, t)
	v := Verdict{Transport: t, Allowed: t.Connects}
	for name, a := range answering[Authorizer](w.layers) {
		for _, p := range a.Authorize(e, t, r) {
			p.Mesh = name
			v.Points = append(v.Points, p)
		}
	}
	slices.SortStableFunc(v.Points, func(a, b Point) int { return cmp.Compare(a.Kind, b.Kind) })
	for _, p := range v.Points {
		v.Allowed = v.Allowed.And(p.Allowed)
	}
	return v
}

// sendOf is what the client sends: what the question says, else what its side makes of the connection.
func (w *Workload) sendOf(e Edge, from Client) Sending {
	given := from.Wire
	switch {
	case given == WireUnknown && from.Workload != nil:
		return w.send(e)
	case given == WireUnknown && from.Identity != "":
		given = identified(e.Server.Enrolment.Mode)
	case given == WireUnknown:
		given = WirePlaintext
	}
	s := Sending{Wire: given, Why: []Step{{Rule: RuleGiven, Detail: "the client sends " + given.String()}}}
	if given == WireTLS || given == WireMesh {
		s.Expects = from.SNI // a proxy that ends TLS may tell by the name whether it is meant
	}
	if from.ByProxy && e.Way.Service != nil {
		s.byProxy(e.Way.Service.bindings)
	}
	return s
}

// byProxy lets what is sent go to the layer-7 proxy that a Service is bound to.
func (s *Sending) byProxy(bindings []Binding) {
	for _, b := range bindings {
		s.Proxy, s.Unknown = cmp.Or(s.Proxy, b.Proxy), append(s.Unknown, b.Unknown...)
	}
}

// identified is how a mesh's clients prove their identity to a server of that mode: node proxies, and what
// stands behind them, take it from around a tunnel.
func identified(m Mode) Wire {
	if m == ModeAmbient || m == ModeWaypoint {
		return WireTunnel
	}
	return WireMesh
}

// arriving completes what is known of the client by what arrives.
func arriving(from Client, c Party, t Transport) Client {
	from.Wire = t.Sends
	if !t.Sends.Authenticates() {
		from.Identity = ""
		return from
	}
	from.Identity = cmp.Or(from.Identity, c.Enrolment.Identity)
	return from
}

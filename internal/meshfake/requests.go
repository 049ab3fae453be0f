package meshfake

import (
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Send is mutual TLS from every enrolled pod, unless an annotation names another wire.
func (l *layer) Send(e mesh.Edge) mesh.Sending {
	p := e.Client.Pod
	s := mesh.Sending{Wire: mesh.WireMesh, Why: []mesh.Step{step(p, "metadata.name")}}
	if l.stranger(e.Server) {
		s.Wire = mesh.WirePlaintext
	}
	for _, key := range []string{prefix + "sends", prefix + "sends-" + e.Server.Pod.Workload.ID().Name} {
		if word, ok := p.Annotations[key]; ok {
			s.Wire = wire(word)
			s.Why = []mesh.Step{{Rule: "toy/sends", Object: p.Object(), Loc: p.At(source.Key("metadata.annotations", key)), Detail: "the proxy sends " + word}}
		}
	}
	if s.Wire == mesh.WireUnknown {
		s.Unknown = []mesh.Gap{{Reason: source.ProblemIncomplete, Object: p.Object(), Detail: "what the proxy sends cannot be read"}}
	}
	if e.Client.Enrolment.Mode == mesh.ModeAmbient && e.Way.Service != nil {
		if b, ok := l.Bind(e.Way.Service); ok {
			s.Proxy, s.Unknown = b.Proxy, append(s.Unknown, b.Unknown...)
		}
	}
	return s
}

// wire reads a word; one that is none means unknown.
func wire(word string) mesh.Wire {
	for w := mesh.WireUnknown; w <= mesh.WireTunnel; w++ {
		if w.String() == word {
			return w
		}
	}
	return mesh.WireUnknown
}

// Receive takes plaintext where the port accepts it, and the mesh's mutual TLS where it is not disabled.
// A layer-7 proxy sends plaintext on to a server outside the mesh.
func (l *layer) Receive(e mesh.Edge, s mesh.Sending, in mesh.Inbound) mesh.Transport {
	t := mesh.Transport{Why: in.Why, Unknown: in.Unknown}
	switch {
	case e.Server.Enrolment.Mode == mesh.ModeNone && s.Proxy != "" && s.Wire != mesh.WireUnknown:
		t.Connects, t.Encrypted, t.Authenticated = truth.True, truth.False, truth.False
	case in.Enforced == mesh.MTLSUnknown || s.Wire == mesh.WireUnknown:
	case s.Wire.Authenticates() && l.stranger(e.Client):
		t.Connects, t.Encrypted, t.Authenticated = truth.False, truth.False, truth.False
	case s.Wire.Authenticates():
		ok := truth.Of(in.Enforced >= mesh.MTLSPermissive && in.Enforced != mesh.MTLSClosed)
		t.Connects, t.Encrypted, t.Authenticated = ok, ok, ok
	case s.Wire == mesh.WirePlaintext:
		t.Connects, t.Encrypted, t.Authenticated = in.Enforced.AcceptsPlaintext(), truth.False, truth.False
	default:
		t.Connects, t.Encrypted, t.Authenticated = truth.False, truth.False, truth.False
	}
	return t
}

// place is where callers are judged: at the server itself, or at a proxy before it.
type place struct {
	kind   mesh.PointKind
	proxy  string // of PointWaypoint
	policy *policy
}

// places are those on the path: the proxy that what is sent goes to, and the server.
func (l *layer) places(server *mesh.Pod, proxy string) []place {
	var all []place
	if proxy != "" {
		all = append(all, place{mesh.PointWaypoint, proxy, l.proxyPolicy(proxy)})
	}
	return append(all, place{mesh.PointServer, "", l.callersPolicy(server)})
}

// proxyPolicy is the last that speaks of the proxy.
func (l *layer) proxyPolicy(proxy string) *policy {
	var best *policy
	for i := range l.policies {
		if q := &l.policies[i]; q.Spec.Callers != nil && q.Spec.Proxy == proxy {
			best = q
		}
	}
	return best
}

func (l *layer) callersPolicy(server *mesh.Pod) *policy {
	var best *policy
	own := server.Annotations[prefix+"callers"]
	for i := range l.policies {
		q := &l.policies[i]
		if own != "" && q.object.Ref.String() == own {
			return q
		}
		if q.Spec.Callers == nil || q.Spec.Proxy != "" || q.object.Ref.Namespace != server.Namespace.Name {
			continue
		}
		if q.Spec.Workload == server.Workload.ID().Name || q.Spec.Workload == "" && best == nil {
			best = q
		}
	}
	return best
}

// admits is what a place makes of an identity: a name that its policy lists may be followed by "?"
// (sometimes) or "??" (undecided).
func (at place) admits(identity string) mesh.Admission {
	q := at.policy
	if q == nil {
		return mesh.Admission{Access: mesh.AccessAlways, Why: []mesh.Step{{Rule: "toy/default", Detail: "no policy: anybody"}}}
	}
	loc := q.object.At("spec.callers")
	why := []mesh.Step{{Rule: "toy/callers", Object: q.object.Ref, Loc: loc, Detail: "the policy lists the callers"}}
	for _, c := range q.Spec.Callers {
		name, doubt := strings.TrimRight(c, "?"), strings.Count(c, "?")
		if identity == "" || !strings.HasSuffix(identity, "/"+name) {
			continue
		}
		switch doubt {
		case 0:
			return mesh.Admission{Access: mesh.AccessAlways, Why: why}
		case 1:
			when := mesh.Clause{
				Conditions: []mesh.Condition{{Attribute: "method", Values: []string{"GET"}}},
				Rule:       mesh.Rule{Policy: q.object.Ref, Loc: loc},
			}
			terms := mesh.Terms{Mesh: "toy", Kind: at.kind, Proxy: at.proxy, When: []mesh.Clause{when}}
			return mesh.Admission{Access: mesh.AccessSometimes, Terms: []mesh.Terms{terms}, Why: why}
		default:
			return mesh.Admission{Why: why, Unknown: []mesh.Gap{{Reason: source.ProblemUnsupported, Object: q.object.Ref, Detail: "the toy does not evaluate it"}}}
		}
	}
	return mesh.Admission{Access: mesh.AccessNever, Why: why}
}

// Authorize judges at the proxy, if there is one, and at the server; sometimes means for the method GET.
func (l *layer) Authorize(e mesh.Edge, t mesh.Transport, r mesh.Request) []mesh.Point {
	if e.Server.Enrolment.Mode.Inside() != truth.True || l.stranger(e.Server) || !e.TCP() {
		return nil
	}
	var points []mesh.Point
	for _, at := range l.places(e.Server.Pod, t.Proxy) {
		a := at.admits(r.From.Identity)
		p := mesh.Point{
			Kind: at.kind, Proxy: at.proxy, Identity: r.From.Identity, Allowed: a.Access.Possible(), Why: a.Why, Unknown: a.Unknown,
		}
		if a.Access == mesh.AccessSometimes {
			p.Allowed = truth.Of(r.HTTP != nil && r.HTTP.Method == "GET")
		}
		if at.policy != nil {
			p.By = mesh.Rule{Policy: at.policy.object.Ref, Index: -1, Loc: at.policy.object.At("spec.callers")}
		}
		points = append(points, p)
	}
	return points
}

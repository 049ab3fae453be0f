package linkerd

import (
	"slices"
	"strconv"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// probe is one request of the kubelet.
type probe struct {
	kind, container string
	http            mesh.HTTP
}

// lostProbes reports what takes probes from a port: an attached HTTPRoute displaces the route that lets them
// in, and a Server for gRPC never has one (policy-controller/k8s/index/src/inbound/index.rs
// http_routes). The kubelet proves no identity.
func (f *flawFinder) lostProbes(srv *server, places []place) {
	if f.policy.probe == nil || len(srv.routes) == 0 && srv.protocol != protocolGRPC || srv.protocol.blind() {
		return
	}
	type loss struct {
		object       source.Ref
		loc          source.Loc
		detail, open string
	}
	by := map[loss][]*site{}
	var order []loss
	for _, p := range places {
		g := f.governs(srv, p)
		if g == nil {
			continue
		}
		for _, pr := range f.probesOn(p.party.Pod, p.port) {
			v := visitor{tls: truth.False, named: truth.False, outside: true}
			q := newAsked(&pr.http, f.policy.foldHosts)
			j := g.judge(&v, &q)
			if j.allowed == truth.True {
				continue
			}
			r, at := srv.probeTaker(&j)
			l := loss{r.obj.Ref, at, pr.lost(srv, &j, p.port), ""}
			if j.allowed == truth.Unknown {
				l.open = "from which addresses the kubelet asks is not in the input, and a policy lets only some in"
			}
			if by[l] == nil {
				order = append(order, l)
			}
			by[l] = append(by[l], p.site)
		}
	}
	for _, l := range order {
		flaw := mesh.Flaw{Kind: mesh.FlawClosesMore, Rule: ruleProbeLost, Object: l.object, Loc: l.loc, Detail: l.detail}
		if l.open != "" {
			flaw.Unknown = []mesh.Gap{{Reason: source.ProblemIncomplete, Object: l.object, Loc: l.loc, Detail: l.open}}
		}
		f.report(flaw, by[l])
	}
}

// governs is the gate of a port if the Server surely governs it; nil otherwise.
func (f *flawFinder) governs(srv *server, p place) *gate {
	if p.inside != truth.True || p.late || p.party.Pod.Machine {
		return nil
	}
	cfg := f.config(p.party.Pod)
	g := f.gateOf(p.party, p.port)
	if g.server != srv || len(cfg.gaps)+len(g.gaps)+len(g.doubts)+len(g.rivals) > 0 || cfg.skipInbound.has(p.port) && !f.proxyPorts(p.party).own(p.port) {
		return nil
	}
	return g
}

// probesOn are the probes that ask a port of a pod in plain HTTP. What is asked over TLS the proxy cannot read.
func (f *flawFinder) probesOn(p *mesh.Pod, port uint16) []probe {
	var all []probe
	for list, init := range containers(p, f.policy.coming) {
		if init && !f.settings.release.since(15) {
			continue
		}
		for i := range list {
			all = append(all, probesOfContainer(&list[i], port)...)
		}
	}
	return all
}

func probesOfContainer(c *kube.Container, port uint16) []probe {
	kinds := []string{"livenessProbe", "readinessProbe", "startupProbe"}
	var all []probe
	for i, p := range []*kube.Probe{c.LivenessProbe, c.ReadinessProbe, c.StartupProbe} {
		if p == nil || p.HTTPGet == nil || p.HTTPGet.Scheme == "HTTPS" || probePort(c, p.HTTPGet.Port) != port {
			continue
		}
		path, ok := probePath(p.HTTPGet.Path)
		if !ok {
			continue
		}
		one := probe{kinds[i], c.Name, mesh.HTTP{Method: "GET", Path: path, Header: map[string][]string{}}}
		for _, h := range p.HTTPGet.HTTPHeaders {
			if h.Name == "Host" {
				one.http.Host = h.Value
				continue
			}
			one.http.Header[h.Name] = append(one.http.Header[h.Name], h.Value)
		}
		all = append(all, one)
	}
	return all
}

// probeTaker is what takes a probe, with the field: the route that the probe goes by, else the first that is
// attached, else the Server.
func (srv *server) probeTaker(j *ruling) (*resource, source.Loc) {
	r := j.chosen.route
	if r == nil || r.obj.Ref.Kind == kindDefault {
		if len(srv.routes) == 0 {
			return &srv.resource, srv.at("spec.proxyProtocol")
		}
		r = srv.routes[0]
	}
	i := slices.IndexFunc(r.parents, func(p kube.ParentRef) bool {
		ref, ok := parentRef(r.obj.Ref, p)
		return ok && ref == srv.obj.Ref
	})
	return &r.resource, r.at(source.Index("spec.parentRefs", max(i, 0)))
}

// lost says what becomes of a probe.
func (p *probe) lost(srv *server, j *ruling, port uint16) string {
	text := "the " + p.kind + " of container " + p.container + ", GET " + p.http.Path + " on port " + strconv.Itoa(int(port)) + ", "
	switch {
	case len(srv.routes) == 0:
		return text + "fails: at a Server for gRPC there is no route for probes"
	case !j.chosen.ok():
		return text + "is answered with 404: attached routes displace the one that lets probes in, and none of them takes it"
	case j.allowed == truth.Unknown:
		return text + "goes by this route, whose policies let only some addresses in: attached routes displace the one that lets probes in"
	default:
		return text + "is answered with 403: attached routes displace the one that lets probes in, and no policy for this one lets in who proves no identity"
	}
}

// lostPaths reports routes that take the rest of a Server's paths from clients whom policies for the Server
// let in.
func (f *flawFinder) lostPaths(srv *server) {
	if len(srv.routes) == 0 || len(srv.doubtful) > 0 || slices.ContainsFunc(srv.routes, func(r *route) bool { return r.takesAll() || len(r.doubts()) > 0 || r.broken != "" }) {
		return
	}
	var granted []mesh.Step
	var names []string
	for _, g := range srv.grants {
		if len(g.gaps) == 0 {
			granted, names = append(granted, g.step), append(names, g.rule.Policy.String())
		}
	}
	if len(granted) == 0 {
		return
	}
	_, at := srv.probeTaker(&ruling{})
	f.report(mesh.Flaw{
		Kind: mesh.FlawClosesMore, Rule: rulePathsLost, Object: srv.routes[0].obj.Ref, Loc: at, Why: granted,
		Detail: "what no route attached to Server " + srv.obj.Ref.Name + " takes is answered with 404, also for those whom the Server lets in (" + commaed(slices.Compact(names)) + ")",
	}, f.guarded([]*server{srv}))
}

// takesAll reports whether some rule of the route takes every request.
func (r *route) takesAll() bool {
	return len(r.hosts) == 0 && slices.ContainsFunc(r.rules, func(rule routeRule) bool {
		return len(rule.matches) == 0 || slices.ContainsFunc(rule.matches, func(m requestMatch) bool {
			return m.method == "" && m.path == (pathMatch{}) && len(m.headers)+len(m.query) == 0 && (m.rpc == nil || *m.rpc == rpcMatch{})
		})
	})
}

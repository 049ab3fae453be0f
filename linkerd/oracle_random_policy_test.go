package linkerd_test

import (
	"fmt"
	"slices"
)

// identities are patterns and names that some client of the world may have, or nearly.
func (d *oracleDice) identities() []string {
	return []string{
		"*", "*", "*.a.serviceaccount.identity.linkerd." + oracleOr(d.w.config.TrustDomain, "cluster.local"), "*.cluster.local",
		d.w.identity("web", "a"), d.w.identity("api", "b"), d.w.identity("default", "a"), "web.a", "*.identity.linkerd.cluster.local",
	}
}

func (d *oracleDice) nets() []oracleNet {
	all := []oracleNet{
		{CIDR: "10.42.0.0/16"},
		{CIDR: "10.42.0.0/16", Except: []string{"10.42.1.0/24"}},
		{CIDR: "10.0.0.0/8"},
		{CIDR: "203.0.113.0/24", Except: []string{"203.0.113.7"}},
		{CIDR: "10.42.1.1"},
		{CIDR: "fd00::/8"},
		{CIDR: "0.0.0.0/0"},
		{CIDR: "10.42.2.0/24"},
	}
	some := []oracleNet{all[d.IntN(len(all))]}
	if d.one(3) {
		some = append(some, all[d.IntN(len(all))])
	}
	return some
}

func (d *oracleDice) accountRef() oracleRef {
	r := oracleRef{Kind: "ServiceAccount", Name: d.of([]string{"web", "api", "default"})}
	r.Group = d.of([]string{"", "", "core"})
	if d.one(2) {
		r.Namespace = d.of(oracleSpaces)
	}
	return r
}

func (d *oracleDice) authentications() {
	for i := range 3 {
		m := oracleObject[oracleMeshAuth]{Version: "policy.linkerd.io/v1alpha1", Kind: "MeshTLSAuthentication", oracleMeta: d.meta("ids", i)}
		m.Name = fmt.Sprintf("ids-%d", i)
		switch d.IntN(4) {
		case 0:
			m.Spec.Refs = []oracleRef{d.accountRef(), d.accountRef()}
		case 1:
			m.Spec.Refs = []oracleRef{{Kind: d.of([]string{"Namespace", "namespace"}), Name: d.of(oracleSpaces)}}
		default:
			m.Spec.Identities = d.some(2, d.identities())
			if d.w.since(15) && d.one(4) {
				m.Spec.Identities = append(m.Spec.Identities, "spiffe://root.example/vm")
			}
		}
		d.w.meshAuth = append(d.w.meshAuth, m)
		n := oracleObject[oracleNetAuth]{Version: "policy.linkerd.io/v1alpha1", Kind: "NetworkAuthentication", oracleMeta: d.meta("nets", i)}
		n.Spec.Networks = d.nets()
		d.w.netAuth = append(d.w.netAuth, n)
	}
}

func (d *oracleDice) serverAuthorization(i int) oracleObject[oracleServerAuth] {
	a := oracleObject[oracleServerAuth]{Version: "policy.linkerd.io/v1beta1", Kind: "ServerAuthorization", oracleMeta: d.meta("saz", i)}
	if d.one(2) {
		a.Spec.Server.Name = d.beside(&a.oracleMeta)
	} else {
		a.Spec.Server.Selector = &oracleSelector{Labels: map[string]string{"team": d.of([]string{"x", "y"})}}
	}
	c := &a.Spec.Client
	if d.one(3) {
		c.Networks = d.nets()
	}
	switch d.IntN(6) {
	case 0:
		c.Anybody = true
	case 1:
		c.TLS = &oracleMeshTLS{AnyTLS: true}
	case 2:
		c.TLS = &oracleMeshTLS{Accounts: []oracleRef{{Name: d.of([]string{"web", "api"}), Namespace: d.of([]string{"", "a", "b"})}}}
	case 3: // nobody
		if d.one(2) {
			c.TLS = &oracleMeshTLS{}
		}
	default:
		c.TLS = &oracleMeshTLS{Identities: d.some(2, d.identities())}
	}
	return a
}

func (d *oracleDice) policy(i int) oracleObject[oraclePolicy] {
	p := oracleObject[oraclePolicy]{Version: "policy.linkerd.io/v1alpha1", Kind: "AuthorizationPolicy", oracleMeta: d.meta("az", i)}
	groups := []string{"policy.linkerd.io", "gateway.networking.k8s.io"}
	switch d.IntN(6) {
	case 0:
		p.Spec.Target = oracleRef{Kind: "Namespace", Name: p.Namespace, Group: d.of([]string{"", "core"})}
	case 1, 2:
		p.Spec.Target = oracleRef{Group: d.of(groups), Kind: "HTTPRoute", Name: fmt.Sprintf("route-%d", d.IntN(4))}
		if n := len(d.w.routes); n > 0 {
			r := d.w.routes[d.IntN(n)]
			p.Namespace, p.Spec.Target.Kind, p.Spec.Target.Name = r.Namespace, r.Kind, r.Name
			if !d.one(5) {
				p.Spec.Target.Group = r.group()
			}
		}
	default:
		p.Spec.Target = oracleRef{Group: groups[0], Kind: d.of([]string{"Server", "Server", "server"}), Name: d.beside(&p.oracleMeta)}
	}
	ref := func(kind, name string) {
		r := oracleRef{Group: groups[0], Kind: kind, Name: name, Namespace: d.of([]string{"", "a", "b"})}
		p.Spec.Required = append(p.Spec.Required, r)
	}
	p.Spec.Required = []oracleRef{}
	switch d.IntN(5) {
	case 0:
	case 1:
		p.Spec.Required = append(p.Spec.Required, d.accountRef())
	default:
		ref("MeshTLSAuthentication", fmt.Sprintf("ids-%d", d.IntN(3)))
	}
	if d.one(3) {
		ref("NetworkAuthentication", fmt.Sprintf("nets-%d", d.IntN(3)))
	}
	return p
}

func (d *oracleDice) limit(i int) oracleObject[oracleLimits] {
	l := oracleObject[oracleLimits]{Version: "policy.linkerd.io/v1alpha1", Kind: "HTTPLocalRateLimitPolicy", oracleMeta: d.meta("limit", i)}
	l.Spec.Target = oracleRef{Group: "policy.linkerd.io", Kind: "Server", Name: d.beside(&l.oracleMeta)}
	if d.one(2) {
		l.Spec.Total = &oracleRate{100}
	}
	if d.one(2) {
		l.Spec.Identity = &oracleRate{10}
	}
	for range d.IntN(3) {
		o := struct {
			oracleRate
			Clients []oracleRef `json:"clientRefs"`
		}{oracleRate: oracleRate{20 + d.IntN(5)}}
		for range 1 + d.IntN(2) {
			o.Clients = append(o.Clients, d.accountRef())
		}
		l.Spec.Overrides = append(l.Spec.Overrides, o)
	}
	return l
}

// route draws a route for a Server.
func (d *oracleDice) route(i int) oracleObject[oracleRoute] {
	r := oracleObject[oracleRoute]{Version: "policy.linkerd.io/v1beta3", Kind: "HTTPRoute", oracleMeta: d.meta("route", i)}
	switch {
	case d.w.since(16) && d.one(3):
		r.Version, r.Kind = "gateway.networking.k8s.io/v1", "GRPCRoute"
	case d.one(3):
		r.Version = "gateway.networking.k8s.io/v1"
	}
	for range 1 + d.IntN(2) {
		p := oracleParentRef{Group: "policy.linkerd.io", Kind: "Server", Name: d.beside(&r.oracleMeta)}
		switch d.IntN(16) {
		case 0:
			p.Port = new(8080)
		case 1:
			p.Section = new("http")
		case 2:
			p.Namespace = d.of(oracleSpaces)
		case 3:
			p.Group = "" // the group of the route
		case 4:
			p.Kind = ""
		}
		if !slices.ContainsFunc(r.Spec.Parents, func(q oracleParentRef) bool { return q.Name == p.Name }) {
			r.Spec.Parents = append(r.Spec.Parents, p)
		}
	}
	if d.one(4) {
		r.Spec.Hosts = d.some(2, []string{"web.example.com", "*.example.com", "web", "*.b.example.com"})
	}
	for range d.IntN(3) {
		r.Spec.Rules = append(r.Spec.Rules, d.rule(r.Kind))
	}
	if len(r.Spec.Rules) == 0 && d.one(2) {
		r.Spec.Rules = []oracleRule{d.rule(r.Kind)}
	}
	if d.one(6) {
		r.Status.Parents = []oracleParent{d.parentStatus(r)}
	}
	return r
}

func (d *oracleDice) parentStatus(r oracleObject[oracleRoute]) oracleParent {
	ref := r.Spec.Parents[0]
	s := oracleParent{Controller: d.of([]string{"linkerd.io/policy-controller", "linkerd.io/policy-controller", "example.com/other"})}
	s.Ref = oracleParentRef{Group: "policy.linkerd.io", Kind: "Server", Namespace: r.Namespace, Name: ref.Name}
	s.Conditions = append(s.Conditions, struct {
		Type   string `json:"type"`
		Status string `json:"status"`
	}{"Accepted", d.of([]string{"True", "True", "False"})})
	return s
}

func (d *oracleDice) rule(kind string) oracleRule {
	var r oracleRule
	for range d.IntN(3) {
		m := oracleMatch{}
		if kind == "GRPCRoute" {
			m.Method = &oracleMethod{Service: d.of([]string{"s.S", "s.S", "s.T", ""}), Method: d.of([]string{"Get", "Put", ""})}
			if m.Method.Service == "" && m.Method.Method == "" {
				m.Method.Service = "s.S"
			}
			if d.one(12) {
				m.Method = nil
			}
		} else {
			m.Path = d.path()
			if d.one(4) {
				m.Method = &oracleMethod{word: d.of([]string{"GET", "POST"})}
			}
			if d.one(6) {
				m.Query = []oracleText{{Name: "q", Type: d.of([]string{"", "RegularExpression"}), Value: d.of([]string{"1", "[12]"})}}
			}
		}
		if d.one(5) {
			m.Headers = []oracleText{{Name: d.of([]string{"x-env", "X-Env"}), Type: d.of([]string{"", "RegularExpression"}), Value: d.of([]string{"prod", "pr.*", "pr"})}}
		}
		r.Matches = append(r.Matches, m)
	}
	if d.one(12) {
		if kind == "GRPCRoute" || d.one(2) {
			r.Filters = []oracleFilter{{Type: "RequestHeaderModifier", Header: []byte(`{"set":[{"name":"x-a","value":"1"}]}`)}}
		}
	}
	return r
}

func (d *oracleDice) path() *oracleText {
	switch d.IntN(6) {
	case 0:
		return nil
	case 1, 2:
		return &oracleText{Type: "Exact", Value: d.of(oraclePaths)}
	case 3:
		return &oracleText{Type: "RegularExpression", Value: d.of([]string{"/x/[0-9]+", "/a|/ab", "/a.*", "/[^/]*"})}
	default:
		return &oracleText{Type: d.of([]string{"", "PathPrefix"}), Value: d.of([]string{"/", "/a", "/a/", "/a/b", "/x"})}
	}
}

// egressNetworks draws networks and the routes on them.
func (d *oracleDice) egressNetworks() {
	var names []oracleMeta
	for i := range d.IntN(4) {
		n := oracleObject[oracleEgress]{Version: "policy.linkerd.io/v1alpha1", Kind: "EgressNetwork", oracleMeta: d.meta("out", i)}
		n.Namespace = d.of([]string{"a", "linkerd-egress", "linkerd-egress"})
		n.Spec.Traffic = d.of([]string{"Allow", "Deny", "Deny"})
		if !d.one(3) {
			n.Spec.Networks = d.egressNets()
		}
		d.w.egress = append(d.w.egress, n)
		names = append(names, n.oracleMeta)
	}
	for i := range d.IntN(4) {
		if len(names) > 0 {
			d.w.routes = append(d.w.routes, d.egressRoute(i, names[d.IntN(len(names))]))
		}
	}
}

func (d *oracleDice) egressNets() []oracleNet {
	all := []oracleNet{
		{CIDR: "203.0.113.0/24"},
		{CIDR: "203.0.0.0/16"},
		{CIDR: "203.0.113.0/24", Except: []string{"203.0.113.7/32"}},
		{CIDR: "203.0.113.0/25"},
		{CIDR: "203.0.113.4/30"},
		{CIDR: "203.0.113.6/31"},
		{CIDR: "203.0.113.7"},
		{CIDR: "2001:db8::/32"},
		{CIDR: "10.0.0.0/8"},
	}
	some := []oracleNet{all[d.IntN(len(all))]}
	if d.one(3) {
		some = append(some, all[d.IntN(len(all))])
	}
	return some
}

func (d *oracleDice) egressRoute(i int, parent oracleMeta) oracleObject[oracleRoute] {
	r := oracleObject[oracleRoute]{Version: "gateway.networking.k8s.io/v1", Kind: "HTTPRoute", oracleMeta: d.meta("out-route", i)}
	if d.one(2) {
		r.Namespace = parent.Namespace
	}
	ref := oracleParentRef{Group: "policy.linkerd.io", Kind: "EgressNetwork", Namespace: parent.Namespace, Name: parent.Name, Port: new(80)}
	if d.one(3) {
		*ref.Port = 443
	}
	r.Spec.Parents = []oracleParentRef{ref}
	self := fmt.Appendf(nil, `{"group":"policy.linkerd.io","kind":"EgressNetwork","namespace":%q,"name":%q,"port":%d}`, parent.Namespace, parent.Name, *ref.Port)
	switch d.IntN(6) {
	case 0:
		r.Version, r.Kind = "gateway.networking.k8s.io/v1alpha2", "TLSRoute"
		r.Spec.Hosts = []string{d.of([]string{"web.example.com", "*.example.com"})}
		r.Spec.Rules = []oracleRule{{}}
	case 1:
		r.Version, r.Kind = "gateway.networking.k8s.io/v1alpha2", "TCPRoute"
		r.Spec.Rules = []oracleRule{{}}
	case 2:
		r.Kind = "GRPCRoute"
		r.Spec.Rules = []oracleRule{{Matches: []oracleMatch{{Method: &oracleMethod{Service: "s.S"}}}}}
	default:
		if d.one(2) {
			r.Spec.Hosts = []string{d.of([]string{"web.example.com", "*.example.com", "web"})}
		}
		r.Spec.Rules = []oracleRule{d.rule("HTTPRoute")}
		r.Spec.Rules[0].Filters = nil
	}
	r.Spec.Rules[0].Backends = append(r.Spec.Rules[0].Backends, self)
	return r
}

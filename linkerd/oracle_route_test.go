package linkerd_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// How routes count and how one is found: policy-controller/k8s/index/src/inbound/routes.rs and
// k8s/status/src/index.rs of linkerd2, linkerd/http/route of linkerd2-proxy.

// oracleSent is a request, or a connection where http is not set.
type oracleSent struct {
	http                      bool
	grpc                      bool
	method, path, query, host string
	headers                   map[string]string
	sni                       string
	anyTLS                    bool // the bytes are TLS, of the mesh or not
}

// effective are the routes of a kind that count for a Server.
func (w *oracleWorld) effective(s oracleObject[oracleServer], kind string) []oracleObject[oracleRoute] {
	var all []oracleObject[oracleRoute]
	for _, r := range w.routes {
		if r.Kind != kind || r.Namespace != s.Namespace || kind == "GRPCRoute" && !w.since(16) {
			continue
		}
		if oracleNames(r, s) && oracleLegal(r) && w.accepted(r, s) && oracleConverts(r) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, oracleRoutesFirst)
	return all
}

// oracleRoutesFirst orders routes as the proxy gets them.
func oracleRoutesFirst(a, b oracleObject[oracleRoute]) int {
	if c := oracleOlder(a.oracleMeta, b.oracleMeta); c != 0 {
		return c
	}
	if c := strings.Compare(a.group(), b.group()); c != 0 {
		return c
	}
	return strings.Compare(a.Kind, b.Kind)
}

// isServer reports whether a parent of a route in a group is a Server.
func (p oracleParentRef) isServer(group string) bool {
	return strings.EqualFold(oracleOr(p.Group, group), "policy.linkerd.io") && strings.EqualFold(p.Kind, "Server")
}

func oracleNames(r oracleObject[oracleRoute], s oracleObject[oracleServer]) bool {
	return slices.ContainsFunc(r.Spec.Parents, func(p oracleParentRef) bool { return p.isServer(r.group()) && p.Name == s.Name })
}

// oracleLegal reports whether all parents that are Servers are named in a way that is allowed.
func oracleLegal(r oracleObject[oracleRoute]) bool {
	return !slices.ContainsFunc(r.Spec.Parents, func(p oracleParentRef) bool {
		elsewhere := p.Namespace != "" && p.Namespace != r.Namespace
		return p.isServer(r.group()) && (elsewhere || p.Port != nil || p.Section != nil)
	})
}

// accepted reports whether the status says so, or will.
func (w *oracleWorld) accepted(r oracleObject[oracleRoute], s oracleObject[oracleServer]) bool {
	for _, p := range r.Status.Parents {
		if p.Controller != "linkerd.io/policy-controller" || p.Ref.Kind != "Server" || p.Ref.Name != s.Name {
			continue
		}
		for _, c := range p.Conditions {
			if c.Type == "Accepted" && c.Status == "True" {
				return true
			}
		}
	}
	if len(r.Status.Parents) > 0 {
		return false
	}
	if r.Kind == "GRPCRoute" || !w.since(16) {
		return true
	}
	return !slices.ContainsFunc(w.routes, func(other oracleObject[oracleRoute]) bool {
		return other.Kind == "GRPCRoute" && slices.ContainsFunc(other.Spec.Parents, func(p oracleParentRef) bool {
			return p.isServer(other.group()) && oracleOr(p.Namespace, other.Namespace) == s.Namespace && p.Name == s.Name
		})
	})
}

// oracleConverts reports whether the policy controller understands all of the route.
func oracleConverts(r oracleObject[oracleRoute]) bool {
	for _, rule := range r.Spec.Rules {
		for _, f := range rule.Filters {
			if f.Type == "RequestMirror" || f.Type == "URLRewrite" || f.Type == "ExtensionRef" {
				return false
			}
		}
		for _, m := range rule.Matches {
			relative := m.Path != nil && m.Path.Type != "RegularExpression" && !strings.HasPrefix(oracleOr(m.Path.Value, "/"), "/")
			if relative || r.Kind == "GRPCRoute" && m.Method != nil && m.Method.Type == "RegularExpression" {
				return false
			}
		}
	}
	return true
}

// oracleRank is how well a route or rule matches; the greater one wins, the first of those that are alike.
type oracleRank [6]int

func (a oracleRank) less(b oracleRank) bool { return slices.Compare(a[:], b[:]) < 0 }

// oracleFind is the first of the routes that match best; false when none matches.
func oracleFind(routes []oracleObject[oracleRoute], req oracleSent) (best oracleObject[oracleRoute], found bool) {
	var top oracleRank
	for _, r := range routes {
		host, ok := oracleHost(r.Spec.Hosts, req.host)
		if !ok {
			continue
		}
		rules := r.Spec.Rules
		if len(rules) == 0 && r.Kind != "GRPCRoute" {
			rules = []oracleRule{{}} // the CRD's default
		}
		for _, rule := range rules {
			rank, ok := oracleRuleRank(rule, req, r.Kind)
			rank[0], rank[1] = host[0], host[1]
			if ok && (!found || top.less(rank)) {
				best, top, found = r, rank, true
			}
		}
	}
	return best, found
}

// oracleHost ranks the best of the host names that match.
func oracleHost(hosts []string, authority string) (rank [2]int, ok bool) {
	name, _, _ := strings.Cut(strings.ToLower(authority), ":")
	if len(hosts) == 0 {
		return rank, true
	}
	for _, h := range hosts {
		h = strings.ToLower(h)
		own := name
		if !strings.HasSuffix(h, ".") {
			own = strings.TrimSuffix(own, ".")
		}
		var got [2]int
		switch suffix, wild := strings.CutPrefix(h, "*"); {
		case !wild && h == own:
			got = [2]int{2, len(h)}
		case wild && strings.HasSuffix(own, suffix):
			got = [2]int{1, len(suffix)}
		default:
			continue
		}
		ok = true
		if slices.Compare(got[:], rank[:]) > 0 {
			rank = got
		}
	}
	return rank, ok
}

func oracleRuleRank(rule oracleRule, req oracleSent, kind string) (rank oracleRank, ok bool) {
	if len(rule.Matches) == 0 {
		if kind == "GRPCRoute" {
			return rank, true
		}
		return oracleRank{2: 1}, true
	}
	for _, m := range rule.Matches {
		rank1, ok1 := m.http(req)
		if kind == "GRPCRoute" {
			rank1, ok1 = m.rpc(req)
		}
		if ok1 && (!ok || rank.less(rank1)) {
			rank, ok = rank1, true
		}
	}
	return rank, ok
}

func (m oracleMatch) http(req oracleSent) (rank oracleRank, ok bool) {
	path := oracleText{Type: "PathPrefix", Value: "/"} // the CRD's default
	if m.Path != nil {
		path = oracleText{Type: oracleOr(m.Path.Type, "PathPrefix"), Value: oracleOr(m.Path.Value, "/")}
	}
	length, ok := path.inPath(req.path)
	if !ok || m.Method != nil && m.Method.word != req.method || !oracleHeaders(m.Headers, req.headers) || !oracleQuery(m.Query, req.query) {
		return rank, false
	}
	rank = oracleRank{2: length, 3: len(m.Headers), 4: len(m.Query)}
	if m.Method != nil {
		rank[5] = 1
	}
	return rank, true
}

func (m oracleMatch) rpc(req oracleSent) (rank oracleRank, ok bool) {
	parts := strings.Split(req.path, "/")
	if req.method != "POST" || len(parts) < 3 || parts[0] != "" || !oracleHeaders(m.Headers, req.headers) {
		return rank, false
	}
	if m.Method != nil {
		service, method := m.Method.Service, m.Method.Method
		if service != "" && service != parts[1] || method != "" && method != parts[2] {
			return rank, false
		}
		rank[2], rank[3] = len(service), len(method)
	}
	rank[4] = len(m.Headers)
	return rank, true
}

func (x oracleText) inPath(path string) (length int, ok bool) {
	switch x.Type {
	case "Exact":
		return len(x.Value), x.Value == path
	case "RegularExpression":
		return len(path), x.spans(path)
	}
	if x.Value == "/" {
		return 1, true
	}
	prefix := strings.TrimRight(x.Value, "/")
	rest, ok := strings.CutPrefix(strings.TrimRight(path, "/"), prefix)
	return len(prefix), ok && (rest == "" || rest[0] == '/')
}

// spans reports whether the first match of an expression is the whole text.
func (x oracleText) spans(text string) bool {
	at := regexp.MustCompile(x.Value).FindStringIndex(text)
	return at != nil && at[0] == 0 && at[1] == len(text)
}

func (x oracleText) holds(text string) bool {
	if x.Type == "RegularExpression" {
		return x.spans(text)
	}
	return x.Value == text
}

func oracleHeaders(want []oracleText, sent map[string]string) bool {
	return !slices.ContainsFunc(want, func(x oracleText) bool {
		for name, value := range sent {
			if strings.EqualFold(name, x.Name) && x.holds(value) {
				return false
			}
		}
		return true
	})
}

func oracleQuery(want []oracleText, query string) bool {
	sent, err := url.ParseQuery(query)
	return err == nil && !slices.ContainsFunc(want, func(x oracleText) bool { return !slices.ContainsFunc(sent[x.Name], x.holds) })
}

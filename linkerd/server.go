package linkerd

import (
	"cmp"
	"strconv"

	"github.com/meshposture/meshposture/kube"
	serverapi "github.com/meshposture/meshposture/linkerd/api/server/v1beta3"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// server is a Server: a port of pods, or of external workloads, that has policies of its own.
type server struct {
	resource
	selector  *kube.LabelSelector
	machines  bool // selector selects external workloads
	port      kube.IntOrString
	protocol  protocol
	word      string // of the access policy
	doubtful  []mesh.Gap
	step      mesh.Step
	grants    []*grant   // that reach it, policies by kind and name first
	routes    []*route   // attached to it and counting, in the order of the proxies
	own       [][]*grant // the grants of each of routes
	limits    *rateLimit // nil for none
	unsettled []mesh.Gap // of routes that may be attached to it
}

// protocol is how a Server says that its port is to be treated.
type protocol uint8

const (
	protocolDetect protocol = iota
	protocolHTTP1
	protocolHTTP2
	protocolGRPC
	protocolOpaque
	protocolTLS
	protocolUnread // a word that is none of them
)

var protocolWords = map[string]protocol{
	"": protocolDetect, "unknown": protocolDetect, "HTTP/1": protocolHTTP1, "HTTP/2": protocolHTTP2,
	"gRPC": protocolGRPC, "opaque": protocolOpaque, "TLS": protocolTLS,
}

// looksInto reports whether the proxy takes HTTP, and no other bytes.
func (p protocol) looksInto() bool {
	return p == protocolHTTP1 || p == protocolHTTP2 || p == protocolGRPC
}

// blind reports whether the proxy looks for no HTTP at all.
func (p protocol) blind() bool { return p == protocolOpaque || p == protocolTLS }

// protocol is the protocol in the words that are the same for every mesh.
func (p protocol) plain() mesh.Protocol {
	switch {
	case p.looksInto():
		return mesh.ProtocolHTTP
	case p.blind():
		return mesh.ProtocolTCP
	default:
		return mesh.ProtocolDetected
	}
}

// plain is the protocol of the gate's port, in these words.
func (g *gate) plain() mesh.Protocol {
	if g.admin {
		return mesh.ProtocolHTTP
	}
	return g.protocol.plain()
}

// servers reads the Servers, in the order of their names.
func (c *compiler) servers(s *settings) []*server {
	var all []*server
	for o := range c.in.Objects.Objects(kindServer) {
		if srv := c.server(s, o); !srv.refused {
			all = append(all, srv)
		}
	}
	return all
}

func (c *compiler) server(s *settings, o source.Object) *server {
	v, r := decode(c, o, func(v *serverapi.Server) *kube.Meta { return &v.Meta })
	srv := &server{resource: r, selector: v.Spec.PodSelector, port: v.Spec.Port, word: v.Spec.AccessPolicy, doubtful: r.doubts()}
	if srv.selector == nil && v.Spec.ExternalWorkloadSelector != nil {
		srv.selector, srv.machines = v.Spec.ExternalWorkloadSelector, true
	}
	if srv.refused {
		return srv
	}
	var known bool
	if srv.protocol, known = protocolWords[v.Spec.ProxyProtocol]; !known {
		srv.protocol = protocolUnread
		srv.doubtful = append(srv.doubtful, c.report(source.ProblemBadValue, o, "spec.proxyProtocol", strconv.Quote(v.Spec.ProxyProtocol)+" is no protocol that Servers can have"))
	}
	if n := srv.port; n.Name == "" && (n.Int <= 0 || n.Int > 65535) {
		srv.doubtful = append(srv.doubtful, c.report(source.ProblemBadValue, o, "spec.port", "a Server must name a port"))
	}
	srv.step = srv.resource.step(ruleServer, "metadata.name", "the Server governs the port")
	if g := srv.accessGrant(s); g != nil {
		srv.grants = append(srv.grants, g)
	}
	return srv
}

// accessGrant is what the Server grants by itself, beside its policies; nil for nothing. The field came with
// 2.16, and a word that is none of a policy grants nothing (policy-controller/k8s/index/src/inbound/server.rs).
func (srv *server) accessGrant(s *settings) *grant {
	if !s.release.sinceEdge(16, edition{24, 7, 5}) {
		return nil
	}
	return s.defaultGrant(cmp.Or(srv.word, policyDeny), srv.resource.step(ruleAuthorized, "spec.accessPolicy", ""))
}

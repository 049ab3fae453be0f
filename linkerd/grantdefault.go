package linkerd

import (
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// kindDefault is the kind by which Linkerd's own labels and metrics call what no object says: default
// policies, and the grants for probes and for the pod itself (policy-controller/core/src/inbound.rs
// AuthorizationRef::Default).
var kindDefault = source.Kind{Kind: "default"}

func defaultRef(name string) source.Ref { return source.Ref{Kind: kindDefault, Name: name} }

// The default policies, which are the values of a Server's accessPolicy as well
// (policy-controller/k8s/index/src/defaults.rs).
const (
	policyAllOpen     = "all-unauthenticated"
	policyAllNamed    = "all-authenticated"
	policyInsideOpen  = "cluster-unauthenticated"
	policyInsideNamed = "cluster-authenticated"
	policyDeny        = "deny"
	policyAudit       = "audit"
)

// isPolicyWord reports whether the newest release knows a default policy of that name.
func isPolicyWord(word string) bool {
	switch word {
	case policyAllOpen, policyAllNamed, policyInsideOpen, policyInsideNamed, policyDeny, policyAudit:
		return true
	default:
		return false
	}
}

// isPolicy reports whether a word is a default policy; audit is one since edge-24.7.5.
func (s *settings) isPolicy(word string) bool {
	return isPolicyWord(word) && (word != policyAudit || s.release.sinceEdge(16, edition{24, 7, 5}))
}

// defaultPolicy is what counts for a pod with this annotation. The policy controller does not start with a
// default of its own that is no policy, and so the proxies' weakest is then taken.
func (s *settings) defaultPolicy(annotation string) string {
	switch {
	case s.isPolicy(annotation):
		return annotation
	case s.isPolicy(s.values.Proxy.DefaultInboundPolicy):
		return s.values.Proxy.DefaultInboundPolicy
	default:
		return policyAllOpen
	}
}

// localhostGrant lets in what comes from the pod itself; every proxy has it.
func localhostGrant() *grant {
	return &grant{
		rule: mesh.Rule{Policy: defaultRef("localhost"), Index: -1}, networks: loopback(),
		step: mesh.Step{Rule: ruleAuthorized, Detail: "proxies let in what comes from the loopback address"},
	}
}

// defaultGrant is what a default policy grants; nil for deny and for words that are no policy
// (policy-controller/k8s/index/src/defaults.rs default_authzs). at is the field that names it.
func (s *settings) defaultGrant(name string, at mesh.Step) *grant {
	g := &grant{rule: mesh.Rule{Policy: defaultRef(name), Index: -1, Loc: at.Loc}, networks: everywhere(), step: at}
	g.step.Rule, g.step.Detail = ruleAuthorized, name+" lets the client in"
	switch name {
	case policyAllOpen, policyInsideOpen:
	case policyAllNamed, policyInsideNamed:
		g.who = anyIdentity()
	case policyAudit:
		g.step.Detail = "audit lets every client in, and logs it"
		return g
	default:
		return nil
	}
	if strings.HasPrefix(name, "cluster-") {
		g.networks, g.gaps = s.networks, s.gaps
	}
	return g
}

// withIdentity is the default policy of a port that requires an identity.
func withIdentity(name string) string {
	switch name {
	case policyAllOpen:
		return policyAllNamed
	case policyInsideOpen:
		return policyInsideNamed
	default:
		return name
	}
}

package linkerd

// The rules that steps name. A rule's name never changes its meaning.
const (
	ruleControlPlane = "linkerd/control-plane"
	ruleConfig       = "linkerd/config"
)

// What leaves a client's proxy, and what becomes of it.
const (
	ruleMeshed            = "linkerd/meshed"
	ruleNonTCP            = "linkerd/non-tcp"
	ruleClientNotMeshed   = "linkerd/client-not-meshed"
	ruleOutboundSkipped   = "linkerd/outbound-port-skipped"
	ruleNotAPod           = "linkerd/not-a-pod"
	ruleSamePod           = "linkerd/same-pod"
	ruleOutsideNetworks   = "linkerd/outside-cluster-networks"
	ruleAssumedNetwork    = "linkerd/assumed-cluster-network"
	ruleServerNotMeshed   = "linkerd/server-not-meshed"
	ruleInboundSkipped    = "linkerd/inbound-port-skipped"
	ruleOtherControlPlane = "linkerd/different-control-plane"
	ruleLabelOnly         = "linkerd/label-without-proxy"
	ruleNoProxyPorts      = "linkerd/proxy-ports-unreadable"
	ruleIngressMode       = "linkerd/ingress-mode"
	ruleWirePort          = "linkerd/wire-port"
	ruleTerminated        = "linkerd/tls-terminated"
	ruleForwarded         = "linkerd/forwarded"
	rulePassedThrough     = "linkerd/passed-through"
	ruleDirectIdentity    = "linkerd/direct-requires-identity"
	ruleOtherIdentity     = "linkerd/identity-mismatch"
)

// Which policy governs a port, and what becomes of a request there.
const (
	ruleServer          = "linkerd/server"
	ruleDefaultPolicy   = "linkerd/default-policy"
	ruleBootPolicy      = "linkerd/boot-policy"
	ruleRoute           = "linkerd/route"
	ruleDefaultRoute    = "linkerd/default-route"
	ruleProbeRoute      = "linkerd/probe-route"
	ruleAuthorized      = "linkerd/authorized"
	ruleNoneAuthorizes  = "linkerd/no-authorizations"
	ruleNoneMatched     = "linkerd/no-authorization-matched"
	ruleRouteNotFound   = "linkerd/route-not-found"
	ruleRedirected      = "linkerd/redirected"
	ruleNotHTTP         = "linkerd/not-http"
	ruleInvalidPolicy   = "linkerd/invalid-policy"
	ruleSkippedSubnet   = "linkerd/skip-subnets"
	ruleOpenGrant       = "linkerd/unauthenticated-grant"
	ruleIdentityGrant   = "linkerd/identity-grant"
	ruleNoGrant         = "linkerd/no-grant"
	ruleProxyListener   = "linkerd/proxy-listener"
	ruleServersOverlap  = "linkerd/servers-overlap"
	ruleRateLimitRivals = "linkerd/rate-limits-rival"
	ruleCondition       = "linkerd/condition"
)

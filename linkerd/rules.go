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

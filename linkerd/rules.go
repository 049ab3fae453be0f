package linkerd

// The rules that steps name. A rule's name never changes its meaning.
const (
	ruleControlPlane = "linkerd/control-plane"
	ruleConfig       = "linkerd/config"
)

// Enrolment and the configuration of proxies.
const (
	ruleProxy             = "linkerd/proxy"
	ruleNoProxy           = "linkerd/no-proxy"
	ruleProxyWithoutLabel = "linkerd/proxy-without-label"
	ruleIdentity          = "linkerd/identity"
	ruleGateway           = "linkerd/gateway"
	ruleMachine           = "linkerd/external-workload"
	ruleManual            = "linkerd/manual"
	ruleInjected          = "linkerd/injected"
	ruleNativeSidecar     = "linkerd/native-sidecar"
	ruleHostNetwork       = "linkerd/host-network"
	ruleSidecarExists     = "linkerd/sidecar-exists"
	ruleInvalidNamespace  = "linkerd/invalid-namespace-annotation"
	ruleInvalidWorkload   = "linkerd/invalid-workload-annotation"
	ruleDisabled          = "linkerd/disabled-by-workload"
	ruleNotEnabled        = "linkerd/not-enabled"
	ruleNoToken           = "linkerd/no-service-account-token"
	ruleWebhookNamespace  = "linkerd/webhook-namespace"
	ruleWebhookObject     = "linkerd/webhook-object"
	ruleWebhookUndecided  = "linkerd/webhook-undecided"
	ruleOwnPorts          = "linkerd/own-ports"
	ruleUDP               = "linkerd/udp"
	ruleNotRedirected     = "linkerd/not-redirected"
	ruleProxyUser         = "linkerd/proxy-user"
	ruleCompletion        = "linkerd/job-completion"
	ruleStaleConfig       = "linkerd/stale-config"
	ruleStaleVersion      = "linkerd/stale-version"
	ruleStaleTrust        = "linkerd/stale-trust-roots"
	ruleStaleNative       = "linkerd/stale-native-sidecar"
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
	ruleTakenForEgress    = "linkerd/egress-network-takes-pod"
	ruleIngressMode       = "linkerd/ingress-mode"
	ruleWirePort          = "linkerd/wire-port"
	ruleTerminated        = "linkerd/tls-terminated"
	ruleForwarded         = "linkerd/forwarded"
	rulePassedThrough     = "linkerd/passed-through"
	ruleOwnPort           = "linkerd/own-port"
	ruleDirectIdentity    = "linkerd/direct-requires-identity"
	ruleOtherIdentity     = "linkerd/identity-mismatch"
	ruleMirror            = "linkerd/mirrored-service"
	ruleGatewayIdentity   = "linkerd/remote-gateway-identity"
	ruleExport            = "linkerd/link-selector"
	ruleProfile           = "linkerd/service-profile"
	ruleOutboundRoute     = "linkerd/outbound-route"
	ruleOutboundNoRoute   = "linkerd/outbound-no-route"
)

// Which policy governs a port, and what becomes of a request there.
const (
	ruleServer          = "linkerd/server"
	ruleDefaultPolicy   = "linkerd/default-policy"
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

// Rules of traffic that leaves for addresses.
const (
	// ruleEgressLoopback says that the proxy never sees connections of a pod to itself.
	ruleEgressLoopback = "linkerd/loopback"
	// ruleIPv6NotCaptured says that connections over IPv6 go around the client's proxy.
	ruleIPv6NotCaptured = "linkerd/ipv6-not-captured"
	// ruleClusterIP says that the address is that of a Service.
	ruleClusterIP = "linkerd/cluster-ip"
	// ruleUndeclaredPort says that the Service of the address has no such port.
	ruleUndeclaredPort = "linkerd/undeclared-service-port"
	// ruleNoEgressNetwork says that no EgressNetwork which the client sees has the address.
	ruleNoEgressNetwork = "linkerd/no-egress-network"
	// ruleClusterNetwork says that the address is in clusterNetworks.
	ruleClusterNetwork = "linkerd/cluster-network"
	// ruleEgressNetwork says why an EgressNetwork is the one that counts.
	ruleEgressNetwork = "linkerd/egress-network"
	// ruleEgressRouteMatched says that a route of the EgressNetwork takes the request.
	ruleEgressRouteMatched = "linkerd/egress-route-matched"
	// ruleEgressRoute names that route.
	ruleEgressRoute = "linkerd/egress-route"
	// ruleEgressAllow and ruleEgressDeny say that the EgressNetwork's trafficPolicy decides.
	ruleEgressAllow = "linkerd/egress-allow"
	ruleEgressDeny  = "linkerd/egress-deny"
	// ruleEgressProtocol says that the routes of the port take one protocol only.
	ruleEgressProtocol = "linkerd/egress-protocol"
	// ruleEgressOpaque says that no protocol is detected on the port.
	ruleEgressOpaque = "linkerd/egress-opaque-port"
	// ruleEgressStatus says which condition the policy controller sets.
	ruleEgressStatus = "linkerd/egress-status"
	// ruleEgressPlain says that the proxy begins no TLS of its own towards the outside.
	ruleEgressPlain = "linkerd/egress-plaintext"
)

// The control plane and the versions of the data plane.
const (
	ruleOtherInstallation  = "linkerd/other-installation"
	ruleTrustDomain        = "linkerd/trust-domain"
	ruleClusterNetworks    = "linkerd/cluster-networks"
	ruleSkippedByDefault   = "linkerd/skipped-by-default"
	ruleInboundByDefault   = "linkerd/default-inbound-policy"
	ruleWebhookFailure     = "linkerd/webhook-failure-policy"
	ruleHighAvailability   = "linkerd/high-availability"
	ruleCNI                = "linkerd/cni"
	ruleNativeByDefault    = "linkerd/native-sidecar-default"
	ruleOutboundTransport  = "linkerd/outbound-transport"
	ruleProbeNetworks      = "linkerd/probe-networks"
	ruleComponentImage     = "linkerd/component-image"
	ruleReplicas           = "linkerd/replicas"
	ruleSpread             = "linkerd/spread"
	ruleAutoscaler         = "linkerd/autoscaler"
	ruleDisruptionBudget   = "linkerd/disruption-budget"
	ruleCA                 = "linkerd/certificate-authority"
	ruleCACertificate      = "linkerd/ca-certificate"
	ruleCertLifetime       = "linkerd/certificate-lifetime"
	ruleAnchorsDiffer      = "linkerd/trust-anchors-differ"
	ruleWebhookCertificate = "linkerd/webhook-certificate"
	ruleLink               = "linkerd/link"
	ruleLinkWay            = "linkerd/link-way"
	ruleLinkNamespace      = "linkerd/link-namespace"
)

// What the policy webhook refuses.
const (
	ruleAdmitAuthorizationPolicy = "linkerd/admission-authorization-policy"
	ruleAdmitMeshTLS             = "linkerd/admission-mesh-tls-authentication"
	ruleAdmitNetworks            = "linkerd/admission-network-authentication"
	ruleAdmitEgressNetwork       = "linkerd/admission-egress-network"
	ruleAdmitServer              = "linkerd/admission-server"
	ruleAdmitServerAuthorization = "linkerd/admission-server-authorization"
	ruleAdmitRateLimit           = "linkerd/admission-rate-limit"
	ruleAdmitRoute               = "linkerd/admission-route"
)

// What objects do not do, although they say so.
const (
	ruleSelectsNothing     = "linkerd/selects-nothing"
	ruleNeverMet           = "linkerd/selector-never-met"
	ruleNoSuchPort         = "linkerd/no-such-port"
	ruleOutside            = "linkerd/outside-the-mesh"
	ruleOtherProtocol      = "linkerd/not-tcp"
	ruleNoServers          = "linkerd/namespace-without-servers"
	ruleNamesNobody        = "linkerd/names-nobody"
	ruleAsksNothing        = "linkerd/asks-nothing"
	ruleGrantsNobody       = "linkerd/grants-nobody"
	ruleGrantedAnyway      = "linkerd/granted-anyway"
	ruleAccessOpen         = "linkerd/access-policy-adds"
	ruleNotTakenIn         = "linkerd/not-taken-in"
	ruleLimitOnOther       = "linkerd/limit-without-http"
	ruleRouteUnattached    = "linkerd/route-unattached"
	ruleDisplaces          = "linkerd/route-displaces"
	ruleRouteLeftOut       = "linkerd/route-left-out"
	ruleProbeLost          = "linkerd/probe-lost"
	rulePathsLost          = "linkerd/paths-lost"
	ruleMisread            = "linkerd/annotation-misread"
	ruleNotInherited       = "linkerd/annotation-not-inherited"
	ruleMisplaced          = "linkerd/annotation-misplaced"
	ruleLabelForAnnotation = "linkerd/label-for-annotation"
	ruleOpaqueRange        = "linkerd/opaque-port-range"
	ruleRequiredIdentity   = "linkerd/required-identity-displaced"
	ruleHidesGlobal        = "linkerd/egress-network-hides-global"
	ruleProfileFirst       = "linkerd/service-profile-first"
	ruleNotOfRelease       = "linkerd/kind-not-of-release"
)

// The rules of what the server's proxy gets to know of a request.
const (
	ruleOpaqueToClients = "linkerd/opaque-to-clients"
)

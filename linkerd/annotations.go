package linkerd

// The labels and annotations that decide whether and how a proxy runs beside a pod
// (pkg/k8s/labels.go).
const (
	labelControlPlane = "linkerd.io/control-plane-ns" // of pods: the namespace of their control plane

	annotationInject    = "linkerd.io/inject"
	annotationCreatedBy = "linkerd.io/created-by"
	annotationVersion   = "linkerd.io/proxy-version"
	annotationTrustRoot = "linkerd.io/trust-root-sha256"

	prefixConfig      = "config.linkerd.io/"
	prefixConfigAlpha = "config.alpha.linkerd.io/"
	prefixConfigBeta  = "config.beta.linkerd.io/"

	annotationSkipInbound     = prefixConfig + "skip-inbound-ports"
	annotationSkipOutbound    = prefixConfig + "skip-outbound-ports"
	annotationSkipSubnets     = prefixConfig + "skip-subnets"
	annotationOpaquePorts     = prefixConfig + "opaque-ports"
	annotationRequireIdentity = prefixConfig + "proxy-require-identity-inbound-ports"
	annotationDefaultPolicy   = prefixConfig + "default-inbound-policy"
	annotationShutdown        = prefixConfig + "proxy-admin-shutdown"
	annotationProxyVersion    = prefixConfig + "proxy-version"
	annotationProxyUID        = prefixConfig + "proxy-uid"
	annotationProxyGID        = prefixConfig + "proxy-gid"
	annotationInboundPort     = prefixConfig + "inbound-port"
	annotationAdminPort       = prefixConfig + "admin-port"
	annotationControlPort     = prefixConfig + "control-port"
	annotationNative          = prefixConfig + "proxy-enable-native-sidecar"
	annotationNativeBeta      = prefixConfigBeta + "proxy-enable-native-sidecar"
	annotationNativeAlpha     = prefixConfigAlpha + "proxy-enable-native-sidecar"
)

// The values of annotationInject.
const (
	injectEnabled  = "enabled"
	injectDisabled = "disabled"
	injectIngress  = "ingress"
)

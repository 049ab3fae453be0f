package istio

// The rules that steps name. A rule's name never changes its meaning.
const (
	ruleControlPlane     = "istio/control-plane"
	ruleMeshConfig       = "istio/mesh-config"
	ruleWebhook          = "istio/webhook"
	ruleNoWebhook        = "istio/no-webhook"
	ruleHostNetwork      = "istio/host-network"
	ruleSystemNamespace  = "istio/system-namespace"
	ruleNamespaceLabel   = "istio/namespace-label"
	ruleUnlabelled       = "istio/namespace-unlabelled"
	rulePodLabel         = "istio/pod-label"
	rulePodAnnotation    = "istio/pod-annotation"
	ruleNoEffect         = "istio/no-effect"
	ruleInjectorSelector = "istio/injector-selector"
	ruleInjectorPolicy   = "istio/injector-policy"
	ruleTemplate         = "istio/injection-template"
	ruleNativeSidecar    = "istio/native-sidecar"
	ruleManual           = "istio/proxy-in-template"
	ruleObserved         = "istio/proxy-container"
	ruleNoProxy          = "istio/no-proxy"
	ruleAmbientObserved  = "istio/ambient-redirection"
	ruleAmbient          = "istio/ambient-selector"

	rulePeerAuthentication = "istio/peer-authentication"
	rulePADefault          = "istio/default-permissive"
	ruleAmbientConversion  = "istio/ambient-conversion"
	ruleNotCaptured        = "istio/port-not-captured"
	ruleNotEnrolled        = "istio/not-enrolled"
	ruleOwnProxy           = "istio/own-proxy"
	ruleSidecarIngress     = "istio/sidecar-ingress"
	ruleTie                = "istio/creation-timestamp-tie"
	ruleShadowed           = "istio/shadowed"

	ruleBypassPorts     = "istio/excluded-ports"
	ruleBypassRanges    = "istio/excluded-ranges"
	ruleInterception    = "istio/interception-mode"
	ruleBypassInterface = "istio/excluded-interfaces"
	ruleBypassUser      = "istio/proxy-user"
	ruleAmbientBypass   = "istio/ambient-inbound-bypass"

	ruleUseWaypoint = "istio/use-waypoint"
)

package decision

// ExclusionMechanism is what keeps workloads, ports or destinations out of the mesh. The words
// are common to all meshes, so that they can be compared with what is observed.
type ExclusionMechanism string

// The mechanisms, with what they are called in each mesh. The zero value is not stated.
const (
	// ByNamespaceLabel: a label or annotation of the namespace opts it out.
	// Istio: istio-injection=disabled, istio.io/dataplane-mode=none; Linkerd: linkerd.io/inject: disabled.
	ByNamespaceLabel ExclusionMechanism = "namespace-label"
	// ByNamespaceUnlabelled: nothing on the namespace opts it in.
	// Istio: no istio-injection, istio.io/rev or istio.io/dataplane-mode label;
	// Linkerd: no linkerd.io/inject annotation.
	ByNamespaceUnlabelled ExclusionMechanism = "namespace-unlabelled"
	// ByPodLabel: a label of the pod. Istio: sidecar.istio.io/inject=false.
	ByPodLabel ExclusionMechanism = "pod-label"
	// ByPodAnnotation: an annotation of the pod.
	// Istio: sidecar.istio.io/inject: "false"; Linkerd: linkerd.io/inject: disabled.
	ByPodAnnotation ExclusionMechanism = "pod-annotation"
	// ByHostNetwork: the pod is on the host's network, where no mesh intercepts.
	ByHostNetwork ExclusionMechanism = "host-network"
	// BySystemNamespace: the mesh never touches the namespace.
	// Istio: kube-system, kube-public, kube-node-lease, local-path-storage; Linkerd: kube-system.
	BySystemNamespace ExclusionMechanism = "system-namespace"
	// ByInjectorSelector: the configuration of the injector leaves it out: selectors of the
	// webhook, or Istio's neverInjectSelector and policy: disabled.
	ByInjectorSelector ExclusionMechanism = "injector-selector"
	// ByNoControlPlane: the namespace or the pod asks for a control plane that is not installed.
	// Istio: a revision label that no webhook answers.
	ByNoControlPlane ExclusionMechanism = "no-control-plane"
	// ByPortExclusion: ports are taken out of interception.
	// Istio: traffic.sidecar.istio.io/excludeInboundPorts, includeInboundPorts, excludeOutboundPorts;
	// Linkerd: config.linkerd.io/skip-inbound-ports, skip-outbound-ports.
	ByPortExclusion ExclusionMechanism = "port-exclusion"
	// ByCIDRExclusion: destinations are taken out of interception.
	// Istio: traffic.sidecar.istio.io/excludeOutboundIPRanges, includeOutboundIPRanges;
	// Linkerd: config.linkerd.io/skip-subnets.
	ByCIDRExclusion ExclusionMechanism = "cidr-exclusion"
	// ByInterceptionMode: interception is switched off though a proxy is there.
	// Istio: sidecar.istio.io/interceptionMode: NONE.
	ByInterceptionMode ExclusionMechanism = "interception-mode"
	// ByAmbientOptOut: the pod opts out of an ambient namespace.
	// Istio: the label istio.io/dataplane-mode=none on the pod.
	ByAmbientOptOut ExclusionMechanism = "ambient-opt-out"
	// ByNotCaptured: enrolled in name, but its traffic is not captured: no CNI plugin on the
	// node, a sandboxed runtime, an unsupported protocol.
	ByNotCaptured ExclusionMechanism = "not-captured"
	// ByOther is none of these; the reason's text says what.
	ByOther ExclusionMechanism = "other"
)

func exclusionMechanisms() []ExclusionMechanism {
	return []ExclusionMechanism{
		ByNamespaceLabel, ByNamespaceUnlabelled, ByPodLabel, ByPodAnnotation, ByHostNetwork,
		BySystemNamespace, ByInjectorSelector, ByNoControlPlane, ByPortExclusion, ByCIDRExclusion,
		ByInterceptionMode, ByAmbientOptOut, ByNotCaptured, ByOther,
	}
}

// UnmarshalText accepts the words of the constants.
func (m *ExclusionMechanism) UnmarshalText(text []byte) error {
	return readWord(m, "mechanism of exclusion", text, exclusionMechanisms()...)
}

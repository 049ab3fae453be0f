package snapshot

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/source"
)

// scope is where objects of a kind live.
type scope uint8

const (
	unknownScope scope = iota
	namespaced
	clusterWide
)

// scopeOf is what is known of a kind without CustomResourceDefinitions.
func scopeOf(k source.Kind) scope {
	switch {
	case clusterScoped(k):
		return clusterWide
	case wellKnown(k.Group):
		return namespaced
	}
	return unknownScope
}

// wellKnown reports whether all cluster-scoped kinds of a group are known, so that all others are
// namespaced.
func wellKnown(group string) bool {
	switch group {
	case "", "apps", "autoscaling", "batch", "extensions", "policy",
		"authorization.k8s.io", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io",
		"events.k8s.io", "metrics.k8s.io", "networking.k8s.io", "rbac.authorization.k8s.io",
		"resource.k8s.io", "storage.k8s.io",
		"gateway.networking.k8s.io", "gateway.networking.x-k8s.io", "cilium.io":
		return true
	}
	return group == "linkerd.io" || strings.HasSuffix(group, ".linkerd.io") || strings.HasSuffix(group, ".istio.io")
}

// clusterScoped reports whether objects of kind k have no namespace, as far as is known without
// CustomResourceDefinitions. Sources: k8s.io/api and k8s.io/metrics v0.36 (+genclient:nonNamespaced), Gateway API
// v1.6, network-policy-api v0.2, Cilium v1.20; Istio and Linkerd
// have no such kind.
func clusterScoped(k source.Kind) bool {
	switch k.Group {
	case "authentication.k8s.io", // reviews
		"admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io",
		"scheduling.k8s.io", "node.k8s.io", "flowcontrol.apiserver.k8s.io", "internal.apiserver.k8s.io",
		"storagemigration.k8s.io":
		return true
	case "storage.k8s.io":
		return k.Kind != "CSIStorageCapacity"
	case "policy.networking.k8s.io":
		return strings.HasSuffix(k.Kind, "NetworkPolicy")
	case "cilium.io":
		return ciliumClusterScoped(k.Kind)
	}
	return slices.Contains(clusterKinds(k.Group), k.Kind)
}

// clusterKinds lists the cluster-scoped kinds of a group that has both.
func clusterKinds(group string) []string {
	switch group {
	case "":
		return []string{"Namespace", "Node", "PersistentVolume", "ComponentStatus"}
	case "rbac.authorization.k8s.io":
		return []string{"ClusterRole", "ClusterRoleBinding"}
	case "authorization.k8s.io":
		return []string{"SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"}
	case "certificates.k8s.io":
		return []string{"CertificateSigningRequest", "ClusterTrustBundle"}
	case "networking.k8s.io":
		return []string{"IngressClass", "IPAddress", "ServiceCIDR"}
	case "resource.k8s.io":
		return []string{"DeviceClass", "ResourceSlice", "DeviceTaintRule"}
	case "policy":
		return []string{"PodSecurityPolicy"}
	case "extensions": // served until Kubernetes 1.15
		return []string{"PodSecurityPolicy"}
	case "metrics.k8s.io":
		return []string{"NodeMetrics"}
	case "gateway.networking.k8s.io":
		return []string{"GatewayClass"}
	}
	return nil
}

func ciliumClusterScoped(kind string) bool {
	switch kind {
	case "CiliumClusterwideNetworkPolicy", "CiliumClusterwideEnvoyConfig", "CiliumNode", "CiliumIdentity",
		"CiliumExternalWorkload", "CiliumLoadBalancerIPPool", "CiliumEgressGatewayPolicy", "CiliumCIDRGroup",
		"CiliumL2AnnouncementPolicy", "CiliumPodIPPool", "CiliumVTEPConfig":
		return true
	}
	return strings.HasPrefix(kind, "CiliumBGP")
}

// crdKind is the one kind that says something about others.
var crdKind = source.Kind{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}

// definedScope reads what a CustomResourceDefinition says about the scope of its kind.
func definedScope(crd []byte) (k source.Kind, cluster, ok bool) {
	var v struct {
		Spec struct {
			Group string
			Scope string
			Names struct{ Kind string }
		}
	}
	if json.Unmarshal(crd, &v) != nil || v.Spec.Names.Kind == "" {
		return source.Kind{}, false, false
	}
	return source.Kind{Group: v.Spec.Group, Kind: v.Spec.Names.Kind}, v.Spec.Scope == "Cluster", v.Spec.Scope != ""
}

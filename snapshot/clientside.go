package snapshot

import "strings"

// clientSide reports whether a document with apiVersion and kind is the configuration of a tool,
// which the API server never sees, and carries no name that would make it an object all the same.
func clientSide(id *identity) bool {
	group, _, _ := strings.Cut(id.apiVersion, "/")
	switch group {
	case "kustomize.config.k8s.io":
		return true
	case "skaffold", "kind.x-k8s.io", "k3d.io", "ctlptl.dev", "eksctl.io", "kubeadm.k8s.io", "audit.k8s.io",
		"config.kubernetes.io", "helm.sh", "tilt.dev":
		return true
	}
	if id.name != "" || id.generateName != "" {
		return false
	}
	return id.kind == "Kustomization" ||
		id.apiVersion == "v1" && id.kind == "Config" || // kubeconfig
		!id.metadata && strings.HasSuffix(group, ".config.k8s.io")
}

// clientReason tells what kustomize reads from what other tools do.
func clientReason(id *identity) Reason {
	if id.kind == "Kustomization" || strings.HasPrefix(id.apiVersion, "kustomize.config.k8s.io/") {
		return ReasonKustomization
	}
	return ReasonNotKubernetes
}

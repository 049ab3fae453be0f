package istio

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	securityv1beta1 "istio.io/api/security/v1beta1"
)

func sortedPorts(spec *securityv1beta1.PeerAuthentication) []uint32 {
	return slices.Sorted(maps.Keys(spec.GetPortLevelMtls()))
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// compareAge orders resources as istiod does: by creation time, name and namespace
// (pilot/pkg/model/config.go sortConfigByCreationTime).
func compareAge(a, b resource) int {
	return cmp.Or(
		a.meta.CreationTimestamp.Compare(b.meta.CreationTimestamp),
		strings.Compare(a.obj.Ref.Name, b.obj.Ref.Name),
		strings.Compare(a.obj.Ref.Namespace, b.obj.Ref.Namespace),
	)
}

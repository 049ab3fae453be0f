package istio

import (
	"maps"
	"slices"

	securityv1beta1 "istio.io/api/security/v1beta1"
)

func sortedPorts(spec *securityv1beta1.PeerAuthentication) []uint32 {
	return slices.Sorted(maps.Keys(spec.GetPortLevelMtls()))
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

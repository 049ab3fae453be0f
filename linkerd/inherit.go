package linkerd

import (
	"maps"
	"slices"

	"github.com/meshposture/meshposture/mesh"
)

// inherited are the annotations that the injector copies from a namespace to a pod that does not have them,
// in every release that is known (pkg/inject/inject.go ProxyAnnotations, ProxyAlphaConfigAnnotations and
// AppendNamespaceAnnotations). Other annotations of a namespace change nothing.
var inherited = [...]string{
	annotationInject,
	annotationAdminPort, annotationControlPort, annotationInboundPort,
	prefixConfig + "enable-debug-sidecar",
	prefixConfig + "enable-external-profiles",
	prefixConfig + "image-pull-policy",
	prefixConfig + "outbound-port",
	prefixConfig + "pod-inbound-ports",
	prefixConfig + "proxy-cpu-limit",
	prefixConfig + "proxy-cpu-request",
	prefixConfig + "proxy-image",
	prefixConfig + "proxy-log-format",
	prefixConfig + "proxy-log-level",
	prefixConfig + "proxy-memory-limit",
	prefixConfig + "proxy-memory-request",
	prefixConfig + "proxy-ephemeral-storage-limit",
	prefixConfig + "proxy-ephemeral-storage-request",
	annotationProxyUID, annotationProxyVersion,
	annotationRequireIdentity, annotationSkipInbound, annotationOpaquePorts, annotationSkipOutbound,
	prefixConfig + "proxy-outbound-connect-timeout",
	prefixConfig + "proxy-inbound-connect-timeout",
	prefixConfig + "proxy-await",
	annotationDefaultPolicy, annotationSkipSubnets,
	prefixConfig + "access-log",
	prefixConfig + "shutdown-grace-period",
	prefixConfig + "proxy-outbound-discovery-cache-unused-timeout",
	prefixConfig + "proxy-inbound-discovery-cache-unused-timeout",
	prefixConfig + "proxy-disable-outbound-protocol-detect-timeout",
	prefixConfig + "proxy-disable-inbound-protocol-detect-timeout",
	prefixConfigAlpha + "proxy-wait-before-exit-seconds",
}

// inheritedFor are inherited with those that some releases only copy.
func inheritedFor(r release) []string {
	keys := slices.Clone(inherited[:])
	when := func(holds bool, more ...string) {
		if holds {
			keys = append(keys, more...)
		}
	}
	ga := r.sinceEdge(20, edition{26, 5, 2})
	when(r.sinceEdge(15, edition{23, 11, 4}), annotationNativeAlpha)
	when(r.sinceEdge(16, edition{24, 6, 2}), annotationShutdown)
	when(r.since(16), prefixConfig+"proxy-log-http-headers", annotationProxyGID)
	when(r.sinceEdge(18, edition{25, 3, 4}), prefixConfig+"proxy-metrics-hostname-labels")
	when(r.sinceEdge(19, edition{25, 10, 2}) && !ga, annotationNativeBeta)
	when(ga, annotationNative)
	when(r.sinceEdge(20, edition{26, 4, 3}), prefixConfig+"proxy-additional-env")
	when(!r.sinceEdge(20, edition{25, 11, 3}), prefixConfig+"init-image", prefixConfig+"init-image-version")
	return keys
}

// injectedAnnotations are those of a pod that is injected: its own, those of its namespace that it does not
// have, and the default opaque ports that it declares.
func (l *Layer) injectedAnnotations(p *mesh.Pod) map[string]string {
	all := maps.Clone(p.Annotations)
	if all == nil {
		all = map[string]string{}
	}
	for _, key := range l.inherits {
		value, ok := p.Namespace.Annotations[key]
		if _, own := all[key]; ok && !own {
			all[key] = value
		}
	}
	if _, ok := all[annotationOpaquePorts]; !ok {
		if ports := l.declaredOpaque(p); ports != "" {
			all[annotationOpaquePorts] = ports
		}
	}
	return all
}

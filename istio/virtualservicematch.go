package istio

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/kube"
)

// forServer reports whether a condition can hold at a gateway's server: by its port, and by the Gateway
// that it names, or else by the labels and the namespace of the proxy
// (pilot/pkg/networking/core/route/route.go TranslateRoute, sourceMatchHTTP).
func forServer(m *networkingv1alpha3.HTTPMatchRequest, s *edgeServer, r *router, own string) bool {
	if m.GetPort() != 0 && m.GetPort() != uint32(s.port) {
		return false
	}
	if len(m.GetGateways()) > 0 {
		return slices.Contains(fullGatewayNames(m.GetGateways(), own), s.gateway.name())
	}
	if r == nil {
		return true
	}
	return kube.Subset(m.GetSourceLabels(), r.pod.Labels) && (m.GetSourceNamespace() == "" || m.GetSourceNamespace() == r.namespace())
}

// catchAll reports whether a condition matches every request, so that later routes get none
// (route.go IsCatchAllRoute).
func catchAll(m *networkingv1alpha3.HTTPMatchRequest) bool {
	u := m.GetUri()
	if u != nil && u.GetPrefix() != "/" && u.GetRegex() != ".*" {
		return false
	}
	return len(m.GetHeaders()) == 0 && len(m.GetWithoutHeaders()) == 0 && len(m.GetQueryParams()) == 0 &&
		m.GetMethod() == nil && m.GetScheme() == nil && m.GetAuthority() == nil
}

// describeMatch writes a condition as a phrase; empty when it always holds.
func describeMatch(m *networkingv1alpha3.HTTPMatchRequest) string {
	var terms []string
	add := func(what string, sm *networkingv1alpha3.StringMatch) {
		if t := describeString(what, sm); t != "" {
			terms = append(terms, t)
		}
	}
	if u := m.GetUri(); u.GetPrefix() != "/" {
		add("path", u)
	}
	add("scheme", m.GetScheme())
	add("method", m.GetMethod())
	add("host", m.GetAuthority())
	named := func(what string, all map[string]*networkingv1alpha3.StringMatch) {
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if t := describeString(what+" "+name, all[name]); t != "" {
				terms = append(terms, t)
			} else {
				terms = append(terms, what+" "+name+" is there")
			}
		}
	}
	named("header", m.GetHeaders())
	named("not header", m.GetWithoutHeaders())
	named("parameter", m.GetQueryParams())
	if m.GetPort() != 0 {
		terms = append(terms, fmt.Sprintf("port %d", m.GetPort()))
	}
	return strings.Join(terms, ", ")
}

func describeString(what string, m *networkingv1alpha3.StringMatch) string {
	switch {
	case m.GetExact() != "":
		return what + " " + m.GetExact()
	case m.GetPrefix() != "":
		return what + " prefix " + m.GetPrefix()
	case m.GetRegex() != "":
		return what + " matches " + m.GetRegex()
	default:
		return ""
	}
}

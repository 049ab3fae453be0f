package istio

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/mesh"
)

// patchEffect is what a patch may change. All three lists are in the order of the aspects.
type patchEffect struct {
	aspects []mesh.Aspect
	alters  []mesh.Aspect // of those, where it changes or removes what is there instead of adding
	aimed   []mesh.Aspect // of those, whose very parts it names
}

// effectOf reads from what a patch applies to, from the filter that it names and from its operation
// what it may change. Where it cannot be told it is all that such an object decides.
func effectOf(p *networkingv1alpha3.EnvoyFilter_EnvoyConfigObjectPatch) patchEffect {
	var e patchEffect
	names := namesOf(p)
	switch p.GetApplyTo() {
	case networkingv1alpha3.EnvoyFilter_HTTP_FILTER, networkingv1alpha3.EnvoyFilter_EXTENSION_CONFIG:
		e.aspects = []mesh.Aspect{mesh.AspectAuthorization, mesh.AspectRouting, mesh.AspectTelemetry}
		if reportsOnly(p, names) {
			e.aspects = []mesh.Aspect{mesh.AspectTelemetry}
		}
	case networkingv1alpha3.EnvoyFilter_ROUTE_CONFIGURATION, networkingv1alpha3.EnvoyFilter_VIRTUAL_HOST, networkingv1alpha3.EnvoyFilter_HTTP_ROUTE:
		// A route may switch filters off, those that authorize included, and may choose a cluster.
		e.aspects = []mesh.Aspect{mesh.AspectAuthorization, mesh.AspectTransport, mesh.AspectRouting, mesh.AspectTelemetry}
	case networkingv1alpha3.EnvoyFilter_CLUSTER:
		e.aspects = []mesh.Aspect{mesh.AspectTransport, mesh.AspectRouting}
		if mergesOnly(p, trafficFields) {
			e.aspects = []mesh.Aspect{mesh.AspectRouting}
		}
	default: // listeners, their filters and chains, and the whole of Envoy's configuration
		e.aspects = []mesh.Aspect{mesh.AspectInbound, mesh.AspectAuthorization, mesh.AspectTransport, mesh.AspectRouting, mesh.AspectTelemetry}
	}
	if alters(p) {
		e.alters = e.aspects
	}
	e.aimed = aimed(p, names, e.aspects)
	return e
}

// alters reports whether a patch changes or takes away what is there.
func alters(p *networkingv1alpha3.EnvoyFilter_EnvoyConfigObjectPatch) bool {
	switch p.GetPatch().GetOperation() {
	case networkingv1alpha3.EnvoyFilter_Patch_ADD, networkingv1alpha3.EnvoyFilter_Patch_INSERT_BEFORE,
		networkingv1alpha3.EnvoyFilter_Patch_INSERT_AFTER, networkingv1alpha3.EnvoyFilter_Patch_INSERT_FIRST:
		return false
	default:
		return true
	}
}

// aimed are the aspects whose parts a patch names: the filters that authorize or authenticate requests,
// and the sockets that do TLS.
func aimed(p *networkingv1alpha3.EnvoyFilter_EnvoyConfigObjectPatch, names patchNames, aspects []mesh.Aspect) []mesh.Aspect {
	var found []mesh.Aspect
	socket := mentions(p.GetPatch().GetValue(), "transport_socket", "transportSocket", "transport_socket_matches", "transportSocketMatches")
	for _, a := range aspects {
		if a == mesh.AspectAuthorization && (securityFilter(names.matched) || securityFilter(names.added)) ||
			(a == mesh.AspectTransport || a == mesh.AspectInbound) && socket {
			found = append(found, a)
		}
	}
	return found
}

// patchNames are the names and types of the filters that a patch looks for, and of what it puts there.
type patchNames struct {
	matched []string
	added   []string
	typ     string // of the configuration that it puts there, without the prefix; empty when it gives none
}

func namesOf(p *networkingv1alpha3.EnvoyFilter_EnvoyConfigObjectPatch) patchNames {
	var n patchNames
	filter := p.GetMatch().GetListener().GetFilterChain().GetFilter()
	waypoint := p.GetMatch().GetWaypoint().GetFilter()
	for _, name := range []string{
		filter.GetSubFilter().GetName(), filter.GetName(), p.GetMatch().GetListener().GetListenerFilter(),
		waypoint.GetSubFilter().GetName(), waypoint.GetName(),
	} {
		if name != "" {
			n.matched = append(n.matched, name)
		}
	}
	value := p.GetPatch().GetValue().GetFields()
	config := field(value, "typed_config", "typedConfig").GetStructValue().GetFields()
	n.typ = typeName(config["@type"].GetStringValue())
	if inner := typeName(field(config, "type_url", "typeUrl").GetStringValue()); inner != "" {
		n.typ = inner // a TypedStruct names the type inside
	}
	for _, name := range []string{value["name"].GetStringValue(), n.typ} {
		if name != "" {
			n.added = append(n.added, name)
		}
	}
	return n
}

// field is the member of either spelling.
func field(fields map[string]*structpb.Value, snake, camel string) *structpb.Value {
	if v, ok := fields[snake]; ok {
		return v
	}
	return fields[camel]
}

func typeName(url string) string { return url[strings.LastIndexByte(url, '/')+1:] }

// The filters that report and do nothing else, by name and by type.
var (
	reportingNames = []string{"istio.stats", "envoy.filters.http.grpc_stats"}
	reportingTypes = []string{"stats.PluginConfig", "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig"}
)

// reportsOnly reports whether a patch of HTTP filters is about one that only reports: the one that it
// looks for where it changes it, and the one that it puts there by its type.
func reportsOnly(p *networkingv1alpha3.EnvoyFilter_EnvoyConfigObjectPatch, n patchNames) bool {
	if alters(p) && (len(n.matched) == 0 || !slices.Contains(reportingNames, n.matched[0])) {
		return false
	}
	if n.typ == "" {
		return p.GetPatch().GetOperation() == networkingv1alpha3.EnvoyFilter_Patch_REMOVE
	}
	return slices.Contains(reportingTypes, n.typ)
}

// securityFilter reports whether one of the names is that of a filter that authenticates or authorizes:
// Envoy's, by their canonical names or types, and Istio's own.
func securityFilter(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		for _, part := range []string{"rbac", "ext_authz", "jwt_authn", "istio_authn", "istio.authn", "istio.authz"} {
			if strings.Contains(strings.ToLower(name), part) {
				return true
			}
		}
		return false
	})
}

// trafficFields are the fields of a cluster that neither choose TLS nor where the cluster leads.
var trafficFields = []string{
	"connect_timeout", "connectTimeout", "circuit_breakers", "circuitBreakers", "outlier_detection", "outlierDetection",
	"upstream_connection_options", "upstreamConnectionOptions", "per_connection_buffer_limit_bytes",
	"perConnectionBufferLimitBytes", "lb_policy", "lbPolicy", "dns_refresh_rate", "dnsRefreshRate",
	"respect_dns_ttl", "respectDnsTtl", "max_requests_per_connection", "maxRequestsPerConnection",
	"common_lb_config", "commonLbConfig", "track_cluster_stats", "trackClusterStats",
}

// mergesOnly reports whether a patch only merges values into these fields.
func mergesOnly(p *networkingv1alpha3.EnvoyFilter_EnvoyConfigObjectPatch, fields []string) bool {
	if p.GetPatch().GetOperation() != networkingv1alpha3.EnvoyFilter_Patch_MERGE {
		return false
	}
	for name := range p.GetPatch().GetValue().GetFields() {
		if !slices.Contains(fields, name) {
			return false
		}
	}
	return true
}

// mentions reports whether a value has one of the members at its top.
func mentions(v *structpb.Struct, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return v.GetFields()[name] != nil })
}

// describePatch says what a patch does, such as "the EnvoyFilter removes http_filter envoy.filters.http.rbac".
func describePatch(p *networkingv1alpha3.EnvoyFilter_EnvoyConfigObjectPatch, n patchNames) string {
	what := strings.ToLower(p.GetApplyTo().String())
	text := "the EnvoyFilter " + patchVerb(p.GetPatch().GetOperation()) + " " + what
	switch {
	case !alters(p) && len(n.added) > 0:
		return text + " " + n.added[0]
	case len(n.matched) > 0:
		return text + " " + n.matched[0]
	default:
		return text
	}
}

func patchVerb(op networkingv1alpha3.EnvoyFilter_Patch_Operation) string {
	switch op {
	case networkingv1alpha3.EnvoyFilter_Patch_ADD, networkingv1alpha3.EnvoyFilter_Patch_INSERT_BEFORE,
		networkingv1alpha3.EnvoyFilter_Patch_INSERT_AFTER, networkingv1alpha3.EnvoyFilter_Patch_INSERT_FIRST:
		return "adds"
	case networkingv1alpha3.EnvoyFilter_Patch_REMOVE:
		return "removes"
	case networkingv1alpha3.EnvoyFilter_Patch_REPLACE:
		return "replaces"
	default:
		return "patches"
	}
}

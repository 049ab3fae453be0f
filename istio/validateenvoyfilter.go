package istio

import (
	"regexp"
	"slices"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/source"
)

// acceptsEnvoyFilter reports whether an EnvoyFilter passes the API server and the webhook
// (pkg/config/validation/envoyfilter/envoyfilter.go); the reasons are reported. Whether a patch is
// valid for Envoy is not judged. The webhook warns about every EnvoyFilter.
func (c *compiler) acceptsEnvoyFilter(r resource, spec *networkingv1alpha3.EnvoyFilter) bool {
	v := c.review(r)
	v.noDryRun()
	v.warn("", "an EnvoyFilter depends on Envoy's configuration as Istio makes it, which may change with any release")
	v.workloadSelector(spec.GetWorkloadSelector())
	for i, p := range spec.GetConfigPatches() {
		if p.GetMatch().GetContext() == networkingv1alpha3.EnvoyFilter_WAYPOINT {
			continue // the webhook does not look at these
		}
		v.envoyPatch(source.Index("spec.configPatches", i), p)
	}
	return v.accepted()
}

// envoyPatch judges one patch, up to the first reason.
func (v *review) envoyPatch(at string, p *networkingv1alpha3.EnvoyFilter_EnvoyConfigObjectPatch) {
	operation := p.GetPatch().GetOperation()
	switch {
	case p.GetApplyTo() == networkingv1alpha3.EnvoyFilter_INVALID:
		v.refuse(at+".applyTo", "applyTo is required")
	case p.GetPatch() == nil:
		v.refuse(at+".patch", "a patch is required")
	case operation == networkingv1alpha3.EnvoyFilter_Patch_INVALID:
		v.refuse(at+".patch.operation", "an operation is required")
	case operation != networkingv1alpha3.EnvoyFilter_Patch_REMOVE && p.GetPatch().GetValue() == nil:
		v.refuse(at+".patch.value", "operation "+operation.String()+" needs a value")
	case !v.proxyVersion(at+".match.proxy.proxyVersion", p.GetMatch().GetProxy().GetProxyVersion()):
	default:
		v.patchMatch(at+".match", p)
	}
}

// proxyVersion judges the pattern for a proxy's version, and reports whether it is accepted.
func (v *review) proxyVersion(field, pattern string) bool {
	const longest = 1024 // since Istio 1.31; no version matches a longer one
	if len(pattern) > longest && v.c.since(31) {
		v.warn(field, "the pattern is too long, and is passed over")
		return true
	}
	if _, err := regexp.Compile(pattern); err != nil {
		v.refuse(field, "the pattern is no regular expression of RE2")
		return false
	}
	return true
}

// patchMatch judges whether what is patched and what is matched go together.
func (v *review) patchMatch(at string, p *networkingv1alpha3.EnvoyFilter_EnvoyConfigObjectPatch) {
	m := p.GetMatch()
	if m.GetObjectTypes() == nil {
		return
	}
	applyTo := p.GetApplyTo()
	switch applyTo {
	case networkingv1alpha3.EnvoyFilter_LISTENER, networkingv1alpha3.EnvoyFilter_FILTER_CHAIN,
		networkingv1alpha3.EnvoyFilter_NETWORK_FILTER, networkingv1alpha3.EnvoyFilter_HTTP_FILTER:
		if m.GetListener() == nil {
			v.refuse(at, "a patch of a listener takes a match of a listener")
		} else if f := m.GetListener().GetFilterChain().GetFilter(); f != nil {
			v.filterMatch(at+".listener.filterChain.filter", f, applyTo)
		}
	case networkingv1alpha3.EnvoyFilter_ROUTE_CONFIGURATION, networkingv1alpha3.EnvoyFilter_VIRTUAL_HOST, networkingv1alpha3.EnvoyFilter_HTTP_ROUTE:
		if m.GetRouteConfiguration() == nil {
			v.refuse(at, "a patch of a route takes a match of a route configuration")
		}
	case networkingv1alpha3.EnvoyFilter_CLUSTER:
		if m.GetCluster() == nil {
			v.refuse(at, "a patch of a cluster takes a match of a cluster")
		}
	default:
	}
}

// oldFilterNames are names of Envoy's filters that have been replaced:
// pkg/config/xds/deprecatednames.go.
var oldFilterNames = []string{
	"envoy.buffer", "envoy.client_ssl_auth", "envoy.cors", "envoy.csrf", "envoy.ext_authz", "envoy.fault",
	"envoy.grpc_http1_bridge", "envoy.grpc_json_transcoder", "envoy.grpc_web", "envoy.gzip", "envoy.health_check",
	"envoy.http_connection_manager", "envoy.http_dynamo_filter", "envoy.ip_tagging", "envoy.listener.http_inspector",
	"envoy.listener.original_dst", "envoy.listener.original_src", "envoy.listener.proxy_protocol",
	"envoy.listener.tls_inspector", "envoy.lua", "envoy.mongo_proxy", "envoy.rate_limit", "envoy.ratelimit",
	"envoy.redis_proxy", "envoy.router", "envoy.squash", "envoy.tcp_proxy",
}

func (v *review) filterMatch(at string, f *networkingv1alpha3.EnvoyFilter_ListenerMatch_FilterMatch, applyTo networkingv1alpha3.EnvoyFilter_ApplyTo) {
	if applyTo == networkingv1alpha3.EnvoyFilter_LISTENER || applyTo == networkingv1alpha3.EnvoyFilter_FILTER_CHAIN {
		v.warn(at, "the match of a filter has no effect on a patch of a "+applyTo.String())
	}
	managers := []string{"envoy.filters.network.http_connection_manager", "envoy.http_connection_manager"}
	sub := f.GetSubFilter()
	switch {
	case f.GetName() == "":
		v.refuse(at+".name", "the match of a filter needs a name")
	case sub != nil && applyTo != networkingv1alpha3.EnvoyFilter_HTTP_FILTER:
		v.refuse(at+".subFilter", "only a patch of an HTTP_FILTER takes the match of a subfilter")
	case sub != nil && !slices.Contains(managers, f.GetName()):
		v.refuse(at+".name", "the match of a subfilter needs filter "+managers[0])
	case sub != nil && sub.GetName() == "":
		v.refuse(at+".subFilter.name", "the match of a subfilter needs a name")
	default:
		if slices.Contains(oldFilterNames, f.GetName()) {
			v.warn(at+".name", "filter "+f.GetName()+" has another name today")
		}
		if slices.Contains(oldFilterNames, sub.GetName()) {
			v.warn(at+".subFilter.name", "filter "+sub.GetName()+" has another name today")
		}
	}
}

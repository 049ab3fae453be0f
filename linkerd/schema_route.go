package linkerd

import (
	"github.com/meshposture/meshposture/internal/strict"
	routev1beta1 "github.com/meshposture/meshposture/linkerd/api/policy/v1beta1"
	routev1beta2 "github.com/meshposture/meshposture/linkerd/api/policy/v1beta2"
	routev1beta3 "github.com/meshposture/meshposture/linkerd/api/policy/v1beta3"
)

// httpRoute is charts/linkerd-crds/templates/policy/httproute.yaml.
func (d *definer) httpRoute() {
	d.routeMatches()
	d.routeFilters()
	routeLists[routev1beta3.HTTPRouteSpec, routev1beta3.HTTPRouteRule](d)
	routeLists[routev1beta2.HTTPRouteSpec, routev1beta2.HTTPRouteRule](d)
	routeLists[routev1beta1.HTTPRouteSpec, routev1beta1.HTTPRouteRule](d)
	limit[routev1beta3.HTTPRouteRule](d, "backendRefs", entries(0, 16))
	limit[routev1beta2.HTTPRouteRule](d, "backendRefs", entries(0, 16))
	limit[routev1beta3.HTTPBackendRef](d, "", must("name"))
	limit[routev1beta3.HTTPBackendRef](d, "filters", entries(0, 16))
	limit[routev1beta1.HTTPBackendRef](d, "filters", entries(0, 16))
	numbers[routev1beta1.HTTPBackendRef](d, "port", 0, 65535)
	d.field(named[routev1beta3.HTTPRouteTimeouts]("request"), strict.Duration())
	d.field(named[routev1beta3.HTTPRouteTimeouts]("backendRequest"), strict.Duration())
	d.version(kindPolicyHTTPRoute, "v1alpha1", oldestMinor, typeOf[routev1beta1.HTTPRouteSpec](d))
	d.version(kindPolicyHTTPRoute, "v1beta1", oldestMinor, typeOf[routev1beta1.HTTPRouteSpec](d))
	d.version(kindPolicyHTTPRoute, "v1beta2", oldestMinor, typeOf[routev1beta2.HTTPRouteSpec](d))
	d.version(kindPolicyHTTPRoute, "v1beta3", oldestMinor, typeOf[routev1beta3.HTTPRouteSpec](d))
}

// routeLists bounds the lists of a version's specification and rules.
func routeLists[Spec, Rule any](d *definer) {
	limit[Spec](d, "parentRefs", entries(0, 32))
	limit[Spec](d, "hostnames", entries(0, 16))
	limit[Spec](d, "hostnames[]", text(1, 253, formHostname))
	limit[Spec](d, "rules", entries(0, 16))
	limit[Rule](d, "matches", entries(0, 8))
	limit[Rule](d, "filters", entries(0, 16))
}

// byName bounds a list of at most 16 objects that differ in their names.
func byName() strict.Limits { return strict.Limits{MaxItems: 16, Key: "name"} }

func (d *definer) routeMatches() {
	limit[routev1beta3.HTTPRouteMatch](d, "headers", byName())
	limit[routev1beta3.HTTPRouteMatch](d, "queryParams", byName())
	words[routev1beta3.HTTPRouteMatch](d, "method", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
	words[routev1beta3.HTTPPathMatch](d, "type", "Exact", "PathPrefix", "RegularExpression")
	limit[routev1beta3.HTTPPathMatch](d, "value", text(0, 1024, ""))
	limit[routev1beta3.HTTPHeaderMatch](d, "", must("name", "value"))
	words[routev1beta3.HTTPHeaderMatch](d, "type", "Exact", "RegularExpression")
	limit[routev1beta3.HTTPHeaderMatch](d, "name", text(1, 256, formHeaderName))
	limit[routev1beta3.HTTPHeaderMatch](d, "value", text(1, 4096, ""))
	limit[routev1beta3.HTTPQueryParamMatch](d, "", must("name", "value"))
	words[routev1beta3.HTTPQueryParamMatch](d, "type", "Exact", "RegularExpression")
	limit[routev1beta3.HTTPQueryParamMatch](d, "name", text(1, 256, ""))
	limit[routev1beta3.HTTPQueryParamMatch](d, "value", text(1, 1024, ""))
}

func (d *definer) routeFilters() {
	limit[routev1beta3.HTTPRouteFilter](d, "", must("type"))
	words[routev1beta3.HTTPRouteFilter](d, "type", "RequestHeaderModifier", "RequestRedirect")
	limit[routev1beta3.HTTPBackendFilter](d, "", must("type"))
	words[routev1beta3.HTTPBackendFilter](d, "type", "RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect")
	limit[routev1beta3.HTTPHeaderFilter](d, "add", byName())
	limit[routev1beta3.HTTPHeaderFilter](d, "set", byName())
	limit[routev1beta3.HTTPHeaderFilter](d, "remove", entries(0, 16))
	limit[routev1beta3.HTTPHeader](d, "", must("name", "value"))
	limit[routev1beta3.HTTPHeader](d, "name", text(1, 256, formHeaderName))
	limit[routev1beta3.HTTPHeader](d, "value", text(1, 4096, ""))
	words[routev1beta3.HTTPRequestRedirectFilter](d, "scheme", "http", "https")
	limit[routev1beta3.HTTPRequestRedirectFilter](d, "hostname", text(1, 253, formName))
	numbers[routev1beta3.HTTPRequestRedirectFilter](d, "port", 1, 65535)
	numbers[routev1beta3.HTTPRequestRedirectFilter](d, "statusCode", 301, 302)
	limit[routev1beta3.HTTPPathModifier](d, "", must("type"))
	words[routev1beta3.HTTPPathModifier](d, "type", "ReplaceFullPath", "ReplacePrefixMatch")
	limit[routev1beta3.HTTPPathModifier](d, "replaceFullPath", text(0, 1024, ""))
	limit[routev1beta3.HTTPPathModifier](d, "replacePrefixMatch", text(0, 1024, ""))
}

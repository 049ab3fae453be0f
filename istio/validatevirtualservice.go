package istio

import (
	"slices"
	"strings"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/source"
)

// meshGateway stands for all sidecars among a VirtualService's gateways.
const meshGateway = "mesh"

// routing is a VirtualService under review.
type routing struct {
	*review
	spec *networkingv1alpha3.VirtualService
	// gateway is true when the routes are for gateways only.
	gateway bool
	// converted is true for routes that istiod makes from the Gateway API.
	converted bool
}

// acceptsVirtualService reports whether a VirtualService passes the API server and the webhook
// (ValidateVirtualService); the reasons are reported.
func (c *compiler) acceptsVirtualService(r resource, spec *networkingv1alpha3.VirtualService) bool {
	v := routing{
		review: c.review(r), spec: spec,
		gateway:   len(spec.GetGateways()) > 0 && !slices.Contains(spec.GetGateways(), meshGateway),
		converted: r.meta.Annotations["internal.istio.io/route-semantics"] == "gateway",
	}
	v.noDryRun()
	v.delegate()
	v.gatewayNames("spec.gateways", spec.GetGateways(), v.converted)
	v.routeHosts()
	if len(spec.GetHttp())+len(spec.GetTcp())+len(spec.GetTls()) == 0 {
		v.refuse("spec", "a VirtualService needs a route")
	}
	for i, route := range spec.GetHttp() {
		v.httpRoute(source.Index("spec.http", i), route)
	}
	for i, route := range spec.GetTls() {
		v.tlsRoute(source.Index("spec.tls", i), route)
	}
	for i, route := range spec.GetTcp() {
		v.tcpRoute(source.Index("spec.tcp", i), route)
	}
	v.exportTo(spec.GetExportTo(), false)
	v.unreachable()
	return v.accepted()
}

// delegate judges a VirtualService without hosts, which others delegate to.
func (v routing) delegate() {
	if len(v.spec.GetHosts()) > 0 {
		return
	}
	for _, f := range []struct {
		name string
		n    int
	}{{"gateways", len(v.spec.GetGateways())}, {"tls", len(v.spec.GetTls())}, {"tcp", len(v.spec.GetTcp())}} {
		if f.n > 0 {
			v.refuse("spec."+f.name, "a VirtualService without hosts, to which others delegate, takes no "+f.name)
		}
	}
}

// gatewayNames judges names of gateways, written namespace/name; the old form ends the search.
func (v *review) gatewayNames(at string, names []string, converted bool) {
	for i, g := range names {
		at := source.Index(at, i)
		namespace, name, ok := strings.Cut(g, "/")
		if !ok {
			if strings.Contains(g, ".") {
				v.warn(at, "a gateway in another namespace is written namespace/name")
			}
			v.refuseIf(at, fqdn(g))
			return
		}
		if !isLabel(namespace) || !isLabel(name) && (!converted || name == "") {
			v.refuse(at, quoted(g)+" is no name of a gateway")
		}
	}
}

// routeHosts judges the hosts, none of which may cover another.
func (v routing) routeHosts() {
	hosts := v.spec.GetHosts()
	valid := true
	for i, h := range hosts {
		at := source.Index("spec.hosts", i)
		message := v.routeHost(h, v.hasSNI())
		if message != "" && isIP(h) {
			message = ""
		} else if h == "*" && !v.gateway {
			message = "host * is for gateways only"
		}
		v.refuseIf(at, message)
		valid = valid && message == ""
	}
	for i := 1; valid && i < len(hosts); i++ {
		if j := slices.IndexFunc(hosts[:i], func(h string) bool { return hostsOverlap(h, hosts[i]) }); j >= 0 {
			v.refuse(source.Index("spec.hosts", i), quoted(hosts[j])+" is, or covers, the same host")
		}
	}
}

// hasSNI reports whether a route goes by the server name of TLS.
func (v routing) hasSNI() bool {
	for _, route := range v.spec.GetTls() {
		for _, m := range route.GetMatch() {
			if len(m.GetSniHosts()) > 0 {
				return true
			}
		}
	}
	return false
}

// routeHost judges a host. At a gateway, a server name may be one that istiod makes for
// AUTO_PASSTHROUGH: outbound_.PORT_._.HOST.
func (v routing) routeHost(host string, sni bool) string {
	if !v.gateway || !sni || !strings.HasPrefix(host, "outbound_") || len(host) > 255 {
		return wildcardDomain(host)
	}
	parts := strings.Split(host, "_")
	if len(parts) < 4 || !strings.ContainsAny(strings.Trim(parts[1], "."), "0123456789") ||
		!strings.ContainsFunc(strings.Trim(parts[3], "."), func(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }) {
		return quoted(host) + " has not the form outbound_.PORT_._.HOST"
	}
	return ""
}

// hostsOverlap reports whether one of two hosts covers the other: pkg/config/host/name.go Matches.
func hostsOverlap(a, b string) bool { return hostCovers(a, b) || hostCovers(b, a) }

// hostCovers reports whether pattern covers host, which may be a pattern itself: SubsetOf.
func hostCovers(pattern, host string) bool {
	suffix, wild := strings.CutPrefix(pattern, "*")
	if !wild {
		return pattern == host
	}
	rest, wildHost := strings.CutPrefix(host, "*")
	if wildHost {
		return len(rest) >= len(suffix) && strings.HasSuffix(rest, suffix)
	}
	return strings.HasSuffix(host, suffix)
}

func (v routing) tlsRoute(at string, route *networkingv1alpha3.TLSRoute) {
	if len(route.GetMatch()) == 0 {
		v.refuse(at+".match", "a match is required")
	}
	for i, m := range route.GetMatch() {
		at := source.Index(at+".match", i)
		if len(m.GetSniHosts()) == 0 {
			v.refuse(at+".sniHosts", "a server name is required")
		}
		for j, h := range m.GetSniHosts() {
			v.serverName(source.Index(at+".sniHosts", j), h)
		}
		v.layer4Match(at, m)
	}
	v.routeDestinations(at+".route", route.GetRoute())
}

// serverName judges a server name of TLS: validateSniHost.
func (v routing) serverName(field, name string) {
	if message := v.routeHost(name, true); message != "" {
		if isIP(name) {
			v.warn(field, "clients do not send an IP address as a server name")
			return
		}
		v.refuse(field, message)
		return
	}
	if !slices.ContainsFunc(v.spec.GetHosts(), func(h string) bool { return hostCovers(h, name) }) {
		v.refuse(field, quoted(name)+" is none of the VirtualService's hosts")
	}
}

// layer4 is a match of a connection.
type layer4 interface {
	GetDestinationSubnets() []string
	GetPort() uint32
	GetSourceLabels() map[string]string
	GetGateways() []string
}

func (v *review) layer4Match(at string, m layer4) {
	for i, s := range m.GetDestinationSubnets() {
		v.refuseIf(source.Index(at+".destinationSubnets", i), ipSubnet(s))
	}
	if m.GetPort() != 0 {
		v.refuseIf(at+".port", port(m.GetPort()))
	}
	v.labels(at+".sourceLabels", m.GetSourceLabels())
	v.gatewayNames(at+".gateways", m.GetGateways(), false)
}

func (v routing) tcpRoute(at string, route *networkingv1alpha3.TCPRoute) {
	warnings := v.warnings
	for i, m := range route.GetMatch() {
		v.layer4Match(source.Index(at+".match", i), m)
	}
	v.warnings = warnings // the webhook has none for TCP
	v.routeDestinations(at+".route", route.GetRoute())
}

func (v routing) routeDestinations(at string, all []*networkingv1alpha3.RouteDestination) {
	if len(all) == 0 {
		v.refuse(at, "a destination is required")
	}
	var weights []int32
	for i, d := range all {
		v.weighted(source.Index(at, i), d)
		weights = append(weights, d.GetWeight())
	}
	v.totalWeight(at, weights)
}

// weighted judges what the destinations of all protocols have in common.
func (v routing) weighted(at string, d interface {
	GetDestination() *networkingv1alpha3.Destination
	GetWeight() int32
},
) {
	if d.GetDestination() == nil {
		v.refuse(at+".destination", "a destination is required")
	} else if !v.converted {
		v.destination(at+".destination", d.GetDestination())
	}
	v.notNegative(at+".weight", d.GetWeight())
}

func (v *review) totalWeight(at string, weights []int32) {
	var total int32 // overflows as the webhook's does
	for _, w := range weights {
		total += w
	}
	if len(weights) > 1 && total == 0 {
		v.refuse(at, "one of several destinations needs a weight")
	}
}

// destination judges where traffic goes to: validateDestination. Nil is nowhere.
func (v *review) destination(at string, d *networkingv1alpha3.Destination) {
	if d == nil {
		return
	}
	if d.GetHost() == "*" {
		v.refuse(at+".host", "the host must not be * alone")
	} else {
		v.refuseIf(at+".host", wildcardDomain(d.GetHost()))
	}
	if d.GetSubset() != "" && !isLabel(d.GetSubset()) {
		v.refuse(at+".subset", quoted(d.GetSubset())+" is no name of a subset")
	}
	if d.GetPort() != nil {
		v.refuseIf(at+".port.number", port(d.GetPort().GetNumber()))
	}
}

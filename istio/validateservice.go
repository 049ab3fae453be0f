package istio

import (
	"cmp"
	"slices"
	"strings"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/source"
)

const (
	resolutionNone       = networkingv1alpha3.ServiceEntry_NONE
	resolutionStatic     = networkingv1alpha3.ServiceEntry_STATIC
	resolutionDNS        = networkingv1alpha3.ServiceEntry_DNS
	resolutionRoundRobin = networkingv1alpha3.ServiceEntry_DNS_ROUND_ROBIN
	resolutionDynamic    = networkingv1alpha3.ServiceEntry_DYNAMIC_DNS
)

// acceptsServiceEntry reports whether a ServiceEntry passes the API server and the webhook
// (ValidateServiceEntry); the reasons are reported.
func (c *compiler) acceptsServiceEntry(r resource, spec *networkingv1alpha3.ServiceEntry) bool {
	v := c.review(r)
	v.noDryRun()
	v.workloadSelector(spec.GetWorkloadSelector())
	if len(spec.GetHosts()) == 0 {
		v.refuse("spec.hosts", "a host is required")
	}
	for i, h := range spec.GetHosts() {
		at := source.Index("spec.hosts", i)
		v.refuseIf(at, wildcardDomain(h))
		if partialWildcard(h) && spec.GetResolution() != resolutionDynamic {
			v.warn(at, "a wildcard stands for whole parts of a name, as in *.example.com")
		}
	}
	for i, a := range spec.GetAddresses() {
		v.refuseIf(source.Index("spec.addresses", i), ipSubnet(a))
	}
	v.servicePorts(spec)
	switch spec.GetResolution() {
	case resolutionNone:
		if spec.GetWorkloadSelector() != nil {
			v.warn("spec.workloadSelector", "resolution NONE makes nothing of a workload selector")
		}
	case resolutionStatic:
		v.staticEndpoints(spec)
	case resolutionDNS, resolutionRoundRobin:
		v.namedEndpoints(spec)
	case resolutionDynamic:
		v.dynamic(spec)
	default:
	}
	if len(spec.GetHosts()) > 1 && spec.GetResolution() != resolutionNone {
		v.hostsByProtocol(spec)
	}
	v.exportTo(spec.GetExportTo(), true)
	return v.accepted()
}

// workloadSelector judges ValidateAlphaWorkloadSelector; wildcards in values are in the definition.
func (v *review) workloadSelector(s *networkingv1alpha3.WorkloadSelector) {
	if s != nil && len(s.GetLabels()) == 0 {
		v.warn("spec.workloadSelector", "the selector has no labels, and selects every workload")
	}
	for k := range s.GetLabels() {
		if k == "" || strings.Contains(k, "*") {
			v.refuse(source.Key("spec.workloadSelector.labels", k), "a selector takes neither empty keys nor wildcards")
		}
	}
}

// partialWildcard reports whether a host has a wildcard that is not one of its parts, or not the
// first: ValidatePartialWildCard.
func partialWildcard(host string) bool {
	return strings.Contains(host, "*") && len(host) > 1 && !strings.HasPrefix(host, "*.")
}

// The protocols of ports that are written in resources: pkg/config/protocol/instance.go.
var (
	protocolsHTTP = []string{"http", "http2", "http_proxy", "grpc", "grpc-web"}
	protocolsTLS  = []string{"https", "tls"}
	protocolsTCP  = []string{"tcp", "https", "tls", "mongo", "redis", "mysql"}
)

func isHTTP(protocol string) bool { return slices.Contains(protocolsHTTP, strings.ToLower(protocol)) }

func isTLS(protocol string) bool { return slices.Contains(protocolsTLS, strings.ToLower(protocol)) }

func isTCP(protocol string) bool { return slices.Contains(protocolsTCP, strings.ToLower(protocol)) }

// isProtocol reports whether Istio knows the protocol by that name.
func isProtocol(protocol string) bool {
	return isHTTP(protocol) || isTCP(protocol) || strings.EqualFold(protocol, "udp")
}

// protocol judges the protocol of a port, which may be left open: ValidateProtocol.
func protocol(name string) string {
	if name != "" && !isProtocol(name) {
		return quoted(name) + " is no protocol that Istio knows"
	}
	return ""
}

// servicePorts judges the ports of a ServiceEntry. That names and numbers differ is in the definition.
func (v *review) servicePorts(spec *networkingv1alpha3.ServiceEntry) {
	allocated := v.c.allocates && spec.GetResolution() != resolutionNone &&
		!strings.EqualFold(v.r.meta.Labels["networking.istio.io/enable-autoallocate-ip"], "false")
	for i, p := range spec.GetPorts() {
		at := source.Index("spec.ports", i)
		v.refuseIf(at+".name", portName(p.GetName()))
		v.refuseIf(at+".number", port(p.GetNumber()))
		v.refuseIf(at+".protocol", protocol(p.GetProtocol()))
		if p.GetTargetPort() > 65535 {
			v.refuse(at+".targetPort", port(p.GetTargetPort()))
		}
		if name := p.GetProtocol(); len(spec.GetAddresses()) == 0 && !allocated && (name == "" || name == "TCP") {
			v.warn(at, "a port of protocol TCP, or of none, needs addresses where none are allocated")
		}
	}
}

func portNames(spec *networkingv1alpha3.ServiceEntry) map[string]bool {
	names := map[string]bool{}
	for _, p := range spec.GetPorts() {
		names[p.GetName()] = true
	}
	return names
}

func (v *review) staticEndpoints(spec *networkingv1alpha3.ServiceEntry) {
	names := portNames(spec)
	for i, e := range spec.GetEndpoints() {
		at := source.Index("spec.endpoints", i)
		v.endpoint(at, e, false)
		v.endpointPorts(at, e, names)
		if strings.HasPrefix(e.GetAddress(), unixPrefix) && len(names) != 1 {
			v.refuse(at+".address", "a socket serves exactly one port")
		}
	}
}

// endpointPorts refuses ports of an endpoint that the ServiceEntry does not have.
func (v *review) endpointPorts(at string, e *networkingv1alpha3.WorkloadEntry, names map[string]bool) {
	for _, name := range sortedKeys(e.GetPorts()) {
		if !names[name] {
			v.refuse(source.Key(at+".ports", name), "the ServiceEntry has no port of that name")
		}
	}
}

// namedEndpoints judges resolution by DNS.
func (v *review) namedEndpoints(spec *networkingv1alpha3.ServiceEntry) {
	if len(spec.GetEndpoints()) == 0 {
		for i, h := range spec.GetHosts() {
			if fqdn(h) != "" {
				v.refuse(source.Index("spec.hosts", i), "without endpoints, resolution by DNS needs hosts without wildcards")
				break
			}
		}
	}
	if spec.GetWorkloadSelector() != nil && !v.c.since(26) {
		v.warn("spec.workloadSelector", "before Istio 1.26, resolution by DNS makes nothing of a workload selector")
	}
	names := portNames(spec)
	for i, e := range spec.GetEndpoints() {
		at := source.Index("spec.endpoints", i)
		if a := e.GetAddress(); !isIP(a) && fqdn(a) != "" {
			v.refuse(at+".address", quoted(a)+" is neither a DNS name nor an IP address")
		}
		v.labels(at+".labels", e.GetLabels())
		for _, name := range sortedKeys(e.GetPorts()) {
			v.refuseIf(source.Key(at+".ports", name), cmp.Or(portName(name), port(e.GetPorts()[name])))
		}
		v.endpointPorts(at, e, names)
	}
	if len(spec.GetAddresses()) > 0 && len(spec.GetHosts()) > 1 {
		if i := slices.IndexFunc(spec.GetPorts(), func(p *networkingv1alpha3.ServicePort) bool { return isTCP(p.GetProtocol()) }); i >= 0 {
			v.warn("spec.hosts", "several hosts cannot be told apart at an address with a TCP port")
		}
	}
}

// dynamic judges resolution at the time of a request, which came with Istio 1.28.
func (v *review) dynamic(spec *networkingv1alpha3.ServiceEntry) {
	for i, h := range spec.GetHosts() {
		if !strings.HasPrefix(h, "*") {
			v.refuse(source.Index("spec.hosts", i), "resolution DYNAMIC_DNS needs a wildcard")
		}
	}
	if len(spec.GetAddresses()) > 0 {
		v.refuse("spec.addresses", "resolution DYNAMIC_DNS takes no addresses")
	}
	if len(spec.GetEndpoints()) > 0 {
		v.refuse("spec.endpoints", "resolution DYNAMIC_DNS takes no endpoints")
	}
	protocols := []string{"http"}
	if v.c.since(29) {
		protocols = append(protocols, "tls")
	}
	if v.c.since(30) {
		protocols = append(protocols, "grpc", "http2")
	}
	for i, p := range spec.GetPorts() {
		if !slices.Contains(protocols, strings.ToLower(p.GetProtocol())) {
			v.refuse(source.Index("spec.ports", i)+".protocol", "resolution DYNAMIC_DNS takes protocol "+strings.Join(protocols, ", ")+" only")
		}
	}
	if spec.GetLocation() == networkingv1alpha3.ServiceEntry_MESH_INTERNAL {
		waypoint := v.r.meta.Labels[labelUseWaypoint]
		if !v.c.since(30) || waypoint != "" && !strings.EqualFold(waypoint, "none") {
			v.refuse("spec.location", "resolution DYNAMIC_DNS does not go with location MESH_INTERNAL here")
		}
	}
}

// hostsByProtocol refuses several hosts on a port whose protocol does not name the host.
func (v *review) hostsByProtocol(spec *networkingv1alpha3.ServiceEntry) {
	for _, p := range spec.GetPorts() {
		if !isHTTP(p.GetProtocol()) && !isTLS(p.GetProtocol()) {
			v.refuse("spec.hosts", "several hosts cannot be told apart on a port that is neither HTTP nor TLS")
			return
		}
	}
}

// acceptsWorkloadEntry reports whether a WorkloadEntry passes the API server and the webhook
// (ValidateWorkloadEntry); the reasons are reported.
func (c *compiler) acceptsWorkloadEntry(r resource, spec *networkingv1alpha3.WorkloadEntry) bool {
	v := c.review(r)
	v.noDryRun()
	v.endpoint("spec", spec, true)
	return v.accepted()
}

// endpoint judges an endpoint: validateWorkloadEntry. named allows a DNS name as its address.
func (v *review) endpoint(at string, e *networkingv1alpha3.WorkloadEntry, named bool) {
	a := e.GetAddress()
	path, socket := strings.CutPrefix(a, unixPrefix)
	switch {
	case a == "" && e.GetNetwork() == "":
		v.refuse(at+".address", "an address is required")
		return
	case a == "":
		v.warn(at+".address", "the endpoint has a network and no address")
	case socket:
		v.refuseIf(at+".address", socketPath(path))
		if len(e.GetPorts()) > 0 {
			v.refuse(at+".ports", "a socket takes no ports")
		}
	case isIP(a):
	case !named:
		v.refuse(at+".address", quoted(a)+" is no IP address")
	case fqdn(a) != "":
		v.refuse(at+".address", quoted(a)+" is neither a DNS name nor an IP address")
	default:
	}
	for _, name := range sortedKeys(e.GetPorts()) {
		v.refuseIf(source.Key(at+".ports", name), cmp.Or(portName(name), port(e.GetPorts()[name])))
	}
	v.labels(at+".labels", e.GetLabels())
}

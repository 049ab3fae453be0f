package istio

import (
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

var kindVirtualService = source.Kind{Group: "networking.istio.io", Kind: "VirtualService"}

// routeDestinations are the hosts and subsets that VirtualServices send to. A subset of a
// DestinationRule is used only where one does, and a Sidecar imports the hosts that they name.
type routeDestinations struct {
	hosts   map[string][]destinationNamer
	subsets map[[2]string]mesh.Gap // by host and name
	unread  []mesh.Gap             // of VirtualServices that could not be read: they may send anywhere
}

// destinationNamer is a VirtualService that names a host as a destination, as a Sidecar sees it.
type destinationNamer struct {
	gap       mesh.Gap
	namespace string
	hosts     []string // nil for a delegate, whose routes stand in VirtualServices of any namespace
}

// destinationForm is the part of a VirtualService that names destinations.
type destinationForm struct {
	Spec struct {
		Hosts, Gateways []string
		HTTP            []struct {
			Route   []routeForm
			Mirror  *targetForm
			Mirrors []routeForm
		}
		TLS, TCP []struct{ Route []routeForm }
	}
}

type routeForm struct{ Destination targetForm }

type targetForm struct{ Host, Subset string }

func (c *compiler) routeDestinations(domain string) *routeDestinations {
	d := &routeDestinations{hosts: map[string][]destinationNamer{}, subsets: map[[2]string]mesh.Gap{}}
	for o := range c.in.Objects.Objects(kindVirtualService) {
		var v destinationForm
		if err := jsonv2.Unmarshal(o.JSON, &v, jsonv2.MatchCaseInsensitiveNames(true)); err != nil {
			d.unread = append(d.unread, mesh.Gap{
				Reason: source.ProblemWrongType, Object: o.Ref, Loc: o.At("spec"),
				Detail: "the VirtualService could not be read, so it may send to any subset",
			})
			continue
		}
		d.add(o, v, domain)
	}
	return d
}

func (d *routeDestinations) add(o source.Object, v destinationForm, domain string) {
	namer := destinationNamer{namespace: o.Ref.Namespace}
	for _, h := range v.Spec.Hosts {
		namer.hosts = append(namer.hosts, fullHost(h, o.Ref.Namespace, domain))
	}
	// Sidecars take no notice of what is bound to gateways only.
	forSidecars := len(v.Spec.Gateways) == 0 || slices.Contains(v.Spec.Gateways, meshGatewayName)
	note := func(t targetForm) {
		host := fullHost(t.Host, o.Ref.Namespace, domain)
		gap := mesh.Gap{Reason: source.ProblemUnsupported, Object: o.Ref, Loc: o.At("spec")}
		gap.Detail = "VirtualService " + o.Ref.Namespace + "/" + o.Ref.Name + " sends to host " + host
		if forSidecars {
			namer.gap = gap
			d.hosts[host] = append(d.hosts[host], namer)
		}
		if key := [2]string{host, t.Subset}; t.Subset != "" {
			gap.Detail += ", subset " + t.Subset
			if _, ok := d.subsets[key]; !ok {
				d.subsets[key] = gap
			}
		}
	}
	each := func(routes []routeForm) {
		for _, r := range routes {
			note(r.Destination)
		}
	}
	for _, h := range v.Spec.HTTP {
		each(h.Route)
		each(h.Mirrors)
		if h.Mirror != nil {
			note(*h.Mirror)
		}
	}
	for _, r := range v.Spec.TLS {
		each(r.Route)
	}
	for _, r := range v.Spec.TCP {
		each(r.Route)
	}
}

// routesTo are the gaps of the VirtualServices that send to a subset of a host, or may.
func (d *routeDestinations) routesTo(host, subset string) []mesh.Gap {
	if g, ok := d.subsets[[2]string{host, subset}]; ok {
		return []mesh.Gap{g}
	}
	return d.unread
}

// named are the gaps of the first VirtualService that names a host as a destination and that a Sidecar
// imports for clients of a namespace, or of those that may: the proxy then knows the Service, if the
// port of the destination allows it.
// pilot/pkg/model/sidecar.go collectImportedServices; pilot/pkg/model/virtualservice.go SelectVirtualServices.
func (d *routeDestinations) named(host string, r *sidecarResource, client string) []mesh.Gap {
	for _, n := range d.hosts[host] {
		if n.hosts == nil || r.importsRoutes(n, client) {
			return []mesh.Gap{n.gap}
		}
	}
	return d.unread
}

// importsRoutes reports whether a VirtualService may be imported for clients of a namespace: an entry
// of the Sidecar names its namespace and shares a host with it.
func (r *sidecarResource) importsRoutes(n destinationNamer, client string) bool {
	for _, l := range r.spec.GetEgress() {
		for _, h := range l.GetHosts() {
			ns, host, _ := strings.Cut(h, "/")
			if ns == "." {
				ns = client
			}
			if (ns == "*" || ns == n.namespace) && slices.ContainsFunc(n.hosts, func(own string) bool { return hostsOverlap(own, host) }) {
				return true
			}
		}
	}
	return false
}

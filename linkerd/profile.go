package linkerd

import (
	"net"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/kube"
	profileapi "github.com/meshposture/meshposture/linkerd/api/serviceprofile/v1alpha2"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// profile is a ServiceProfile. One with routes or overrides counts for HTTP before the routes of the
// Service, one with overrides for everything (linkerd2-proxy linkerd/app/outbound/src/http/logical/profile.rs
// should_override_policy, opaq.rs routes_from_discovery).
type profile struct {
	resource
	service string // that it is named for
	of      string // the namespace of that Service
	routes  bool
	targets []profileTarget
	opaque  portSet
}

// profileTarget is a share of the requests that goes elsewhere.
type profileTarget struct {
	namespace, service string // empty where the authority names no Service of the cluster
	port               uint16 // 0 for the one that the client asks
	nothing            bool   // nothing is sent there
}

// readProfiles reads the ServiceProfiles; those whose name is none of a Service's are never asked for
// (controller/api/destination/server.go profileID).
func (c *compiler) readProfiles(s *settings) []*profile {
	var all []*profile
	for o := range c.in.Objects.Objects(kindServiceProfile) {
		v, r := decode(c, o, func(v *profileapi.ServiceProfile) *kube.Meta { return &v.Meta })
		ns, name := serviceOf(o.Ref.Name, s.values.ClusterDomain)
		if name == "" || r.refused {
			continue
		}
		p := &profile{resource: r, service: name, of: ns, routes: len(v.Spec.Routes) > 0}
		p.opaque = lenientPorts(strings.Join(v.Spec.OpaquePorts, ","), nil)
		for i, t := range v.Spec.DstOverrides {
			if t != nil {
				p.targets = append(p.targets, c.readTarget(p, s, t, source.Index("spec.dstOverrides", i)))
			}
		}
		all = append(all, p)
	}
	return all
}

// serviceOf takes apart "name.namespace.svc.domain"; empty for other names.
func serviceOf(host, domain string) (namespace, name string) {
	rest, ok := strings.CutSuffix(strings.TrimSuffix(host, "."), ".svc."+domain)
	if !ok {
		return "", ""
	}
	name, namespace, ok = strings.Cut(rest, ".")
	if !ok || strings.Contains(namespace, ".") {
		return "", ""
	}
	return namespace, name
}

// readTarget reads a share (controller/api/destination/profile_translator.go toDstOverrides).
func (c *compiler) readTarget(p *profile, s *settings, t *profileapi.WeightedDst, at string) profileTarget {
	host, port := t.Authority, ""
	if h, n, err := net.SplitHostPort(t.Authority); err == nil {
		host, port = h, n
	}
	out := profileTarget{nothing: isZero(t.Weight)}
	out.namespace, out.service = serviceOf(host, s.values.ClusterDomain)
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			p.gaps = append(p.gaps, c.report(source.ProblemBadValue, p.obj, at+".authority", strconv.Quote(port)+" is no port"))
		}
		out.port = uint16(n)
	}
	return out
}

// counts reports whether the profile changes where anything goes.
func (p *profile) counts() bool {
	return p.routes || len(p.targets) > 0 || len(p.opaque) > 0 || len(p.gaps) > 0
}

// backends are the shares as the backends of a route, of a client that asks that port.
func (p *profile) backends(port uint16) []backend {
	var all []backend
	for _, t := range p.targets {
		b := backend{namespace: t.namespace, service: t.service, port: port, unused: t.nothing}
		if t.port != 0 {
			b.port = t.port
		}
		if t.service == "" {
			b.failure = "an override names no Service of the cluster"
		}
		all = append(all, b)
	}
	return all
}

// profileOf is the ServiceProfile that a client's proxy goes by: that of the client's own namespace, else
// that of the Service's (controller/api/destination/server.go subscribeToServicesWithContext); nil for none.
func (o *outbound) profileOf(client string, s *mesh.Service) *profile {
	if p := o.profiles[client]; p != nil {
		return p
	}
	return o.profiles[s.Namespace.Name]
}

// isZero reports whether a quantity such as 1, "0" or "500m" is nothing.
func isZero(v kube.IntOrString) bool {
	if v.Name == "" {
		return v.Int == 0
	}
	digits := strings.TrimRight(v.Name, "numkKMGTPEi")
	return strings.Trim(digits, "+-0.") == ""
}

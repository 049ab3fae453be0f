package istio

import (
	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// tlsMode is ClientTLSSettings.TLSmode; a tls block without a mode has the enumeration's first value,
// which is DISABLE.
type tlsMode = networkingv1alpha3.ClientTLSSettings_TLSmode

const (
	tlsDisable     = networkingv1alpha3.ClientTLSSettings_DISABLE
	tlsSimple      = networkingv1alpha3.ClientTLSSettings_SIMPLE
	tlsMutual      = networkingv1alpha3.ClientTLSSettings_MUTUAL
	tlsIstioMutual = networkingv1alpha3.ClientTLSSettings_ISTIO_MUTUAL
)

// clientTLS is what a traffic policy says of a port.
type clientTLS struct {
	cluster *networkingv1alpha3.ClientTLSSettings // nil where Istio chooses
	// endpoint is what istiod goes by when it marks endpoints; unlike cluster it falls back to the
	// policy's own tls where a port-level entry has none.
	// pilot/pkg/xds/endpoints/mtls_checker.go trafficPolicyTLSModeForPort.
	endpoint *networkingv1alpha3.ClientTLSSettings
	// passes is true where the load balancer is PASSTHROUGH: connections go where the client addressed
	// them, and endpoints are not told apart.
	passes bool
	why    mesh.Step // zero where cluster is nil
}

// tlsByPort is what a traffic policy says, for the ports that it names and for all others.
type tlsByPort struct {
	ports  map[uint16]clientTLS
	others clientTLS
	passes bool // the load balancer of the policy itself is PASSTHROUGH
}

func (t tlsByPort) of(port uint16) clientTLS {
	if v, ok := t.ports[port]; ok {
		return v
	}
	return t.others
}

func passesThrough(lb *networkingv1alpha3.LoadBalancerSettings) bool {
	return lb.GetSimple() == networkingv1alpha3.LoadBalancerSettings_PASSTHROUGH
}

// settle works out what the merged rule says of TLS. A port-level entry replaces the whole policy for
// its port; a subset's policy overrides field by field, and its port-level entry as a whole.
// pilot/pkg/networking/util GetPortLevelTrafficPolicy and MergeSubsetTrafficPolicy.
func (m *mergedRule) settle() {
	m.gaps = append(m.gaps, wrapped(m.policed, m.policy)...)
	m.main = policyTLS(m.policed, "spec.trafficPolicy", m.policy)
	for _, s := range m.subsets {
		tp := s.GetTrafficPolicy()
		if tp == nil {
			continue
		}
		own := policyTLS(s.rule, source.Index("spec.subsets", s.index)+".trafficPolicy", tp)
		if m.sub == nil {
			m.sub = map[string]tlsByPort{}
		}
		m.sub[s.GetName()] = m.main.under(own, tp)
	}
}

// wrapped names settings that put other bytes around a connection, which is not judged.
func wrapped(r *destRule, tp *networkingv1alpha3.TrafficPolicy) []mesh.Gap {
	var gaps []mesh.Gap
	add := func(field string) {
		gaps = append(gaps, mesh.Gap{
			Reason: source.ProblemUnsupported, Object: r.obj.Ref, Loc: r.obj.At("spec.trafficPolicy." + field),
			Detail: "what " + field + " of DestinationRule " + r.name() + " makes of connections is not judged",
		})
	}
	if tp.GetTunnel() != nil {
		add("tunnel")
	}
	if tp.GetProxyProtocol() != nil {
		add("proxyProtocol")
	}
	return gaps
}

// wraps reports whether a policy has such settings.
func wraps(tp *networkingv1alpha3.TrafficPolicy) bool {
	return tp.GetTunnel() != nil || tp.GetProxyProtocol() != nil
}

// under lays a subset's policy over that of the rule.
func (t tlsByPort) under(own tlsByPort, tp *networkingv1alpha3.TrafficPolicy) tlsByPort {
	out := tlsByPort{ports: map[uint16]clientTLS{}, others: overlay(t.others, own.others, tp), passes: own.passes}
	for port, v := range t.ports {
		out.ports[port] = overlay(v, own.others, tp)
	}
	for port, v := range own.ports {
		if v.endpoint == nil {
			v.endpoint = t.of(port).endpoint
		}
		out.ports[port] = v
	}
	return out
}

func overlay(base, own clientTLS, tp *networkingv1alpha3.TrafficPolicy) clientTLS {
	if tp.GetTls() != nil {
		base.cluster, base.endpoint, base.why = own.cluster, own.endpoint, own.why
	}
	if tp.GetLoadBalancer() != nil {
		base.passes = own.passes
	}
	return base
}

func policyTLS(r *destRule, path string, tp *networkingv1alpha3.TrafficPolicy) tlsByPort {
	if r == nil || tp == nil {
		return tlsByPort{}
	}
	t := tlsByPort{passes: passesThrough(tp.GetLoadBalancer())}
	t.others = clientTLS{cluster: tp.GetTls(), endpoint: tp.GetTls(), passes: t.passes, why: tlsStep(r, path+".tls", tp.GetTls())}
	for i, p := range tp.GetPortLevelSettings() {
		n := p.GetPort().GetNumber()
		if _, dup := t.ports[uint16(n)]; dup || p.GetPort() == nil || n == 0 || n > 65535 {
			continue // the first entry of a port counts
		}
		if t.ports == nil {
			t.ports = map[uint16]clientTLS{}
		}
		v := clientTLS{cluster: p.GetTls(), endpoint: p.GetTls(), passes: passesThrough(p.GetLoadBalancer())}
		entry := source.Index(path+".portLevelSettings", i)
		v.why = tlsStep(r, entry+".tls", p.GetTls())
		if v.endpoint == nil {
			v.endpoint = tp.GetTls()
			v.why = r.step(entry, "has settings for the port, which replace those of the rule and have no tls")
		}
		t.ports[uint16(n)] = v
	}
	return t
}

func tlsStep(r *destRule, field string, tls *networkingv1alpha3.ClientTLSSettings) mesh.Step {
	if tls == nil {
		return mesh.Step{}
	}
	return r.step(field, "sets tls mode "+tls.GetMode().String())
}

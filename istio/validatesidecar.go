package istio

import (
	"net"
	"slices"
	"strconv"
	"strings"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/source"
)

// acceptsSidecar reports whether a Sidecar passes the API server and the webhook (ValidateSidecar);
// the reasons are reported.
func (c *compiler) acceptsSidecar(r resource, spec *networkingv1alpha3.Sidecar) bool {
	v := c.review(r)
	v.noDryRun()
	v.workloadSelector(spec.GetWorkloadSelector())
	if len(spec.GetEgress()) == 0 && len(spec.GetIngress()) == 0 && spec.GetOutboundTrafficPolicy() == nil && spec.GetInboundConnectionPool() == nil {
		v.refuse("spec", "a Sidecar must say something")
	}
	ports := map[uint32]bool{}
	for i, l := range spec.GetIngress() {
		at := source.Index("spec.ingress", i)
		if l.GetPort() == nil {
			v.refuse(at+".port", "a port is required")
			continue
		}
		v.ingressListener(at, l)
		v.onePort(at+".port.number", l.GetPort().GetNumber(), ports)
	}
	v.connectionPool("spec.inboundConnectionPool", spec.GetInboundConnectionPool())
	v.egress(spec.GetEgress())
	v.outboundPolicy("spec.outboundTrafficPolicy", spec.GetOutboundTrafficPolicy())
	return v.accepted()
}

// onePort refuses a port that has another listener.
func (v *review) onePort(field string, number uint32, ports map[uint32]bool) {
	if ports[number] {
		v.refuse(field, "another listener has the port")
	}
	ports[number] = true
}

// sidecarPort judges what the ports of both directions have in common.
func (v *review) sidecarPort(at string, p *networkingv1alpha3.SidecarPort) {
	if p.GetName() != "" {
		v.refuseIf(at+".name", portName(p.GetName()))
	}
	v.refuseIf(at+".protocol", protocol(p.GetProtocol()))
	if p.GetTargetPort() > 0 { //nolint:staticcheck // it is refused because it is deprecated
		v.refuse(at+".targetPort", "the field has no effect on a Sidecar")
	}
}

func (v *review) ingressListener(at string, l *networkingv1alpha3.IstioIngressListener) {
	p := l.GetPort()
	v.sidecarPort(at+".port", p)
	v.refuseIf(at+".port.number", port(p.GetNumber()))
	if l.GetBind() != "" {
		v.refuseIf(at+".bind", ipAddress(l.GetBind()))
	}
	if e := l.GetDefaultEndpoint(); e != "" {
		v.refuseIf(at+".defaultEndpoint", defaultEndpoint(e))
	}
	if t := l.GetTls(); t != nil {
		v.ingressTLS(at+".tls", t, p.GetProtocol())
	}
	v.connectionPool(at+".connectionPool", l.GetConnectionPool())
	if l.GetConnectionPool().GetHttp() != nil && !isHTTP(p.GetProtocol()) {
		v.warn(at+".connectionPool.http", "the port's protocol is not HTTP, so that settings for HTTP have no effect")
	}
}

// defaultEndpoint judges where a sidecar sends what it accepted: to a port of its pod, or a socket.
func defaultEndpoint(text string) string {
	if path, ok := strings.CutPrefix(text, unixPrefix); ok {
		return socketPath(path)
	}
	host, number, err := net.SplitHostPort(text)
	n, numErr := strconv.Atoi(number)
	if err != nil || numErr != nil || n < 1 || n > 65535 ||
		!slices.Contains([]string{"", "127.0.0.1", "0.0.0.0", "::1", "::"}, host) {
		return quoted(text) + " is neither a port of the pod, such as 127.0.0.1:8080, nor a socket"
	}
	return ""
}

func (v *review) ingressTLS(at string, t *networkingv1alpha3.ServerTLSSettings, protocol string) {
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"subjectAltNames", len(t.GetSubjectAltNames()) > 0},
		{"httpsRedirect", t.GetHttpsRedirect()},
		{"credentialName", t.GetCredentialName() != ""},
		{"credentialNames", len(t.GetCredentialNames()) > 0},
		{"tlsCertificates", len(t.GetTlsCertificates()) > 0},
	} {
		if f.set {
			v.refuse(source.Key(at, f.name), "a Sidecar does not support "+f.name)
		}
	}
	if m := t.GetMode(); m == networkingv1alpha3.ServerTLSSettings_ISTIO_MUTUAL || m == networkingv1alpha3.ServerTLSSettings_AUTO_PASSTHROUGH {
		v.refuse(at+".mode", "a Sidecar does not support mode "+m.String())
	}
	if !isTLS(protocol) {
		v.refuse(at, "TLS settings need protocol HTTPS or TLS")
	}
	v.serverTLS(at, t)
}

func (v *review) egress(listeners []*networkingv1alpha3.IstioEgressListener) {
	ports, sockets := map[uint32]bool{}, map[string]bool{}
	for i, l := range listeners {
		at := source.Index("spec.egress", i)
		p := l.GetPort()
		switch {
		case p == nil:
			if i < len(listeners)-1 {
				v.refuse(at, "a listener without a port must be the last one")
			}
		case p.GetNumber() == 0:
			v.egressSocket(at, l)
			if sockets[l.GetBind()] {
				v.refuse(at+".bind", "another listener has the socket")
			}
			sockets[l.GetBind()] = true
		default:
			v.sidecarPort(at+".port", p)
			v.refuseIf(at+".port.number", port(p.GetNumber()))
			if l.GetBind() != "" {
				v.refuseIf(at+".bind", ipAddress(l.GetBind()))
			}
			v.onePort(at+".port.number", p.GetNumber(), ports)
		}
		v.egressHosts(at+".hosts", l.GetHosts())
	}
}

func (v *review) egressSocket(at string, l *networkingv1alpha3.IstioEgressListener) {
	v.sidecarPort(at+".port", l.GetPort())
	if path, ok := strings.CutPrefix(l.GetBind(), unixPrefix); ok {
		v.refuseIf(at+".bind", socketPath(path))
	} else {
		v.refuse(at+".bind", "a listener with port 0 must be bound to a socket")
	}
	if m := l.GetCaptureMode(); m != networkingv1alpha3.CaptureMode_DEFAULT && m != networkingv1alpha3.CaptureMode_NONE {
		v.refuse(at+".captureMode", "the mode of a socket is DEFAULT or NONE")
	}
}

// egressHosts judges the hosts that a listener is for, each written namespace/host.
func (v *review) egressHosts(at string, hosts []string) {
	if len(hosts) == 0 {
		v.refuse(at, "a listener needs a host")
	}
	byNamespace := map[string]map[string]bool{}
	for i, h := range hosts {
		at := source.Index(at, i)
		namespace, name, ok := strings.Cut(h, "/")
		v.egressHost(at, namespace, name, ok)
		if !ok || strings.HasPrefix(namespace, "~") && v.c.since(31) {
			continue
		}
		if namespace == exportHere {
			namespace = v.r.obj.Ref.Namespace
		}
		names := byNamespace[namespace]
		if names == nil {
			names = map[string]bool{}
			byNamespace[namespace] = names
		}
		if names[name] || names["*"] || name == "*" && len(names) > 0 {
			v.warn(at, "another host covers it, or is covered by it")
		}
		names[name] = true
	}
	if byNamespace["*"]["*"] && len(byNamespace) > 1 {
		v.warn(at, "*/* takes all hosts, so that the others have no effect")
	}
}

func (v *review) egressHost(at, namespace, name string, ok bool) {
	if !ok {
		v.refuse(at, "a host is written namespace/name")
		return
	}
	if v.c.since(31) { // ~ before a namespace takes its hosts out
		if rest, out := strings.CutPrefix(namespace, "~"); out && (rest == "" || rest == exportHere || rest == "*") {
			namespace = "*"
		} else {
			namespace = rest
		}
	} else if namespace == "~" {
		namespace = "*"
	}
	if namespace != "*" && namespace != exportHere && !isLabel(namespace) {
		v.refuse(at, quoted(namespace)+" is no namespace")
	}
	v.refuseIf(at, hostName(name, false))
}

func (v *review) outboundPolicy(at string, p *networkingv1alpha3.OutboundTrafficPolicy) {
	e := p.GetEgressProxy()
	switch {
	case e == nil:
	case p.GetMode() != networkingv1alpha3.OutboundTrafficPolicy_ALLOW_ANY:
		v.refuse(at+".egressProxy", "an egress proxy needs mode ALLOW_ANY")
	case fqdn(e.GetHost()) != "":
		v.refuse(at+".egressProxy.host", fqdn(e.GetHost()))
	case e.GetPort() == nil:
		v.refuse(at+".egressProxy.port", "a port is required")
	default:
		v.destination(at+".egressProxy", e)
	}
}

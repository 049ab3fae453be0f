package istio

import (
	"strings"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/source"
)

// acceptsDestinationRule reports whether a DestinationRule passes the API server and the webhook
// (ValidateDestinationRule); the reasons are reported.
func (c *compiler) acceptsDestinationRule(r resource, spec *networkingv1alpha3.DestinationRule) bool {
	v := c.review(r)
	v.noDryRun()
	v.refuseIf("spec.host", wildcardDomain(spec.GetHost()))
	v.trafficPolicy("spec.trafficPolicy", spec.GetTrafficPolicy())
	warnings := v.warnings
	names := map[string]bool{}
	for i, s := range spec.GetSubsets() {
		at := source.Index("spec.subsets", i)
		switch name := s.GetName(); {
		case names[name]:
			v.refuse(at+".name", "there is another subset "+quoted(name))
		case !isLabel(name):
			v.refuse(at+".name", quoted(name)+" is no name of a subset")
		default:
			names[name] = true
		}
		v.labels(at+".labels", s.GetLabels())
		v.trafficPolicy(at+".trafficPolicy", s.GetTrafficPolicy())
	}
	v.warnings = warnings // the webhook has none for subsets
	exported := v.exportTo(spec.GetExportTo(), false)
	if own := r.obj.Ref.Namespace; spec.GetWorkloadSelector() != nil && len(exported) > 0 && (len(exported) > 1 || !exported[own]) {
		v.refuse("spec.exportTo", "a rule with a workload selector can only be exported to its own namespace")
	}
	v.selector("spec.workloadSelector", spec.GetWorkloadSelector())
	return v.accepted()
}

// trafficPolicy judges the policy of a rule or a subset: validateTrafficPolicy. Nil is none.
func (v *review) trafficPolicy(at string, p *networkingv1alpha3.TrafficPolicy) {
	switch {
	case p == nil:
		return
	case p.GetOutlierDetection() == nil && p.GetConnectionPool() == nil && p.GetLoadBalancer() == nil && p.GetTls() == nil &&
		len(p.GetPortLevelSettings()) == 0 && p.GetTunnel() == nil && p.GetProxyProtocol() == nil && p.GetRetryBudget() == nil:
		v.refuse(at, "a traffic policy must say something")
		return
	case p.GetTunnel() != nil && p.GetProxyProtocol() != nil:
		v.refuse(at+".proxyProtocol", "tunnel and proxyProtocol exclude each other")
		return
	default:
	}
	v.outlierDetection(at+".outlierDetection", p.GetOutlierDetection())
	v.connectionPool(at+".connectionPool", p.GetConnectionPool())
	v.loadBalancer(at+".loadBalancer", p.GetLoadBalancer(), p.GetOutlierDetection() != nil)
	v.clientTLS(at+".tls", p.GetTls())
	v.tunnel(at+".tunnel", p.GetTunnel())
	warnings := v.warnings
	for i, s := range p.GetPortLevelSettings() {
		v.portPolicy(source.Index(at+".portLevelSettings", i), s)
	}
	v.warnings = warnings // the webhook has none for ports
}

func (v *review) portPolicy(at string, p *networkingv1alpha3.TrafficPolicy_PortTrafficPolicy) {
	if p.GetPort() == nil {
		v.refuse(at+".port", "a port is required")
	}
	if p.GetOutlierDetection() == nil && p.GetConnectionPool() == nil && p.GetLoadBalancer() == nil && p.GetTls() == nil {
		v.refuse(at, "the traffic policy of a port must say something")
		return
	}
	v.outlierDetection(at+".outlierDetection", p.GetOutlierDetection())
	v.connectionPool(at+".connectionPool", p.GetConnectionPool())
	v.loadBalancer(at+".loadBalancer", p.GetLoadBalancer(), p.GetOutlierDetection() != nil)
	v.clientTLS(at+".tls", p.GetTls())
}

func (v *review) outlierDetection(at string, o *networkingv1alpha3.OutlierDetection) {
	if o == nil {
		return
	}
	v.duration(at+".baseEjectionTime", o.GetBaseEjectionTime())
	v.duration(at+".interval", o.GetInterval())
	if o.GetConsecutiveErrors() != 0 { //nolint:staticcheck // the webhook warns because it is deprecated
		v.warn(at+".consecutiveErrors", "the field is deprecated in favour of consecutiveGatewayErrors and consecutive5xxErrors")
	}
	if !o.GetSplitExternalLocalOriginErrors() && o.GetConsecutiveLocalOriginFailures().GetValue() > 0 {
		v.refuse(at+".consecutiveLocalOriginFailures", "the field needs splitExternalLocalOriginErrors")
	}
	v.percent(at+".maxEjectionPercent", o.GetMaxEjectionPercent())
	v.percent(at+".minHealthPercent", o.GetMinHealthPercent())
}

func (v *review) percent(field string, n int32) {
	if n < 0 || n > 100 {
		v.refuse(field, "a percentage must lie between 0 and 100")
	}
}

// notNegative refuses a negative number.
func (v *review) notNegative(field string, n int32) {
	if n < 0 {
		v.refuse(field, "the number must not be negative")
	}
}

func (v *review) connectionPool(at string, p *networkingv1alpha3.ConnectionPoolSettings) {
	if p == nil {
		return
	}
	if p.GetHttp() == nil && p.GetTcp() == nil {
		v.refuse(at, "a connection pool must say something")
	}
	if h := p.GetHttp(); h != nil {
		v.httpPool(at+".http", h)
	}
	tcp := p.GetTcp()
	v.notNegative(at+".tcp.maxConnections", tcp.GetMaxConnections())
	v.duration(at+".tcp.connectTimeout", tcp.GetConnectTimeout())
	v.duration(at+".tcp.maxConnectionDuration", tcp.GetMaxConnectionDuration())
	if idle := tcp.GetIdleTimeout(); !v.c.since(26) || idle.AsDuration().Milliseconds() != 0 { // 0 means that there is no bound
		v.duration(at+".tcp.idleTimeout", idle)
	}
	v.duration(at+".tcp.tcpKeepalive.time", tcp.GetTcpKeepalive().GetTime())
	v.duration(at+".tcp.tcpKeepalive.interval", tcp.GetTcpKeepalive().GetInterval())
}

func (v *review) httpPool(at string, h *networkingv1alpha3.ConnectionPoolSettings_HTTPSettings) {
	v.notNegative(at+".http1MaxPendingRequests", h.GetHttp1MaxPendingRequests())
	v.notNegative(at+".http2MaxRequests", h.GetHttp2MaxRequests())
	v.notNegative(at+".maxRequestsPerConnection", h.GetMaxRequestsPerConnection())
	v.notNegative(at+".maxRetries", h.GetMaxRetries())
	v.notNegative(at+".maxConcurrentStreams", h.GetMaxConcurrentStreams())
	v.duration(at+".idleTimeout", h.GetIdleTimeout())
	if h.GetH2UpgradePolicy() == networkingv1alpha3.ConnectionPoolSettings_HTTPSettings_UPGRADE && h.GetUseClientProtocol() {
		v.refuse(at+".useClientProtocol", "useClientProtocol and h2UpgradePolicy UPGRADE exclude each other")
	}
	k := h.GetHttp2KeepAlive()
	if k == nil {
		return
	}
	if k.GetInterval() == nil || k.GetTimeout() == nil {
		v.refuse(at+".http2KeepAlive", "interval and timeout are required")
	}
	v.duration(at+".http2KeepAlive.interval", k.GetInterval())
	v.duration(at+".http2KeepAlive.timeout", k.GetTimeout())
}

func (v *review) tunnel(at string, t *networkingv1alpha3.TrafficPolicy_TunnelSettings) {
	if t == nil {
		return
	}
	if p := t.GetProtocol(); p != "" && p != "CONNECT" && p != "POST" {
		v.refuse(at+".protocol", "a tunnel's protocol is CONNECT or POST")
	}
	if host := t.GetTargetHost(); fqdn(host) != "" && !isIP(host) {
		v.refuse(at+".targetHost", quoted(host)+" is neither a DNS name nor an IP address")
	}
	v.refuseIf(at+".targetPort", port(t.GetTargetPort()))
}

// clientTLS judges how clients speak TLS: ValidateTLS of pkg/config/validation/agent/validation.go.
func (v *review) clientTLS(at string, t *networkingv1alpha3.ClientTLSSettings) {
	if t == nil {
		return
	}
	simple := t.GetMode() == networkingv1alpha3.ClientTLSSettings_SIMPLE
	mutual := t.GetMode() == networkingv1alpha3.ClientTLSSettings_MUTUAL
	credential := t.GetCredentialName()
	v.configMap(at+".credentialName", credential)
	if unverified := t.GetInsecureSkipVerify().GetValue(); unverified && (simple || mutual) && verifies(t, simple) {
		v.refuse(at+".insecureSkipVerify", "nothing that verifies the server may be given beside insecureSkipVerify")
	}
	switch {
	case (simple || mutual) && credential != "":
		if t.GetClientCertificate()+t.GetCaCertificates()+t.GetPrivateKey()+t.GetCaCrl() != "" {
			v.refuse(at+".credentialName", "certificates are given by files or by credentialName, not both")
		}
	case mutual:
		if t.GetClientCertificate() == "" {
			v.refuse(at+".clientCertificate", "mode MUTUAL needs a client certificate")
		}
		if t.GetPrivateKey() == "" {
			v.refuse(at+".privateKey", "mode MUTUAL needs a private key")
		}
	default:
	}
}

// verifies reports whether something is given by which a client would verify the server; with mode
// SIMPLE, credentials are for nothing else.
func verifies(t *networkingv1alpha3.ClientTLSSettings, simple bool) bool {
	return t.GetCaCertificates() != "" || len(t.GetSubjectAltNames()) > 0 || simple && t.GetCredentialName() != ""
}

// configMap judges credentials in a ConfigMap, which came with Istio 1.26.
func (v *review) configMap(field, credential string) {
	name, ok := strings.CutPrefix(credential, "configmap://")
	if !ok || !v.c.since(26) {
		return
	}
	parts := strings.Split(name, "/")
	if len(parts) < 2 || parts[1] == "" || parts[0] == "" || parts[0] != v.r.obj.Ref.Namespace {
		v.refuse(field, "a ConfigMap must be named with the rule's own namespace: configmap://namespace/name")
	}
}

package istio

import (
	"slices"
	"strings"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/source"
)

// acceptsGateway reports whether a networking.istio.io Gateway passes the API server and the webhook
// (ValidateGateway); the reasons are reported.
func (c *compiler) acceptsGateway(r resource, spec *networkingv1alpha3.Gateway) bool {
	v := c.review(r)
	v.noDryRun()
	// A Gateway that istiod makes from the Gateway API bears this mark, and a name of its own kind.
	converted := r.meta.Annotations["internal.istio.io/gateway-semantics"] == "gateway"
	if !isLabel(r.obj.Ref.Name) && !converted {
		v.refuse("metadata.name", "a gateway's name consists of at most 63 letters, digits and dashes")
	}
	if len(spec.GetServers()) == 0 {
		v.refuse("spec.servers", "a gateway needs a server")
	}
	names := map[string]bool{}
	for i, s := range spec.GetServers() {
		at := source.Index("spec.servers", i)
		v.server(at, s, converted)
		p := s.GetPort()
		if p != nil && names[p.GetName()] {
			v.refuse(at+".port.name", "the name of the port stands twice")
		}
		names[p.GetName()] = p != nil
		if p != nil && !isHTTP(p.GetProtocol()) && s.GetTls().GetHttpsRedirect() {
			v.warn(at+".tls.httpsRedirect", "only a server of protocol HTTP redirects")
		}
	}
	return v.accepted()
}

// server judges one server of a gateway: validateServer.
func (v *review) server(at string, s *networkingv1alpha3.Server, converted bool) {
	if len(s.GetHosts()) == 0 {
		v.refuse(at+".hosts", "a server needs a host")
	}
	for i, h := range s.GetHosts() {
		v.gatewayHost(source.Index(at+".hosts", i), h, converted)
	}
	valid := v.serverPort(at+".port", s)
	v.serverBind(at+".bind", s)
	v.serverTLS(at+".tls", s.GetTls())
	if valid {
		v.serverProtocol(at+".tls", s)
	}
}

// serverPort judges the port of a server, and reports whether it is valid.
func (v *review) serverPort(at string, s *networkingv1alpha3.Server) bool {
	p := s.GetPort()
	if p == nil {
		v.refuse(at, "a port is required")
		return false
	}
	valid := true
	refuse := func(field, message string) {
		if message != "" {
			valid = false
			v.refuse(at+field, message)
		}
	}
	if !isProtocol(p.GetProtocol()) {
		refuse(".protocol", quoted(p.GetProtocol())+" is no protocol that Istio knows")
	}
	if p.GetNumber() > 0 || !strings.HasPrefix(s.GetBind(), unixPrefix) {
		refuse(".number", port(p.GetNumber()))
	}
	if p.GetTargetPort() > 0 { //nolint:staticcheck // it is refused because it is deprecated
		refuse(".targetPort", "the field has no effect on a gateway")
	}
	if p.GetName() == "" {
		refuse(".name", "the port needs a name")
	}
	return valid
}

func (v *review) serverBind(field string, s *networkingv1alpha3.Server) {
	path, socket := strings.CutPrefix(s.GetBind(), unixPrefix)
	switch {
	case s.GetBind() == "":
	case !socket:
		v.refuseIf(field, ipAddress(s.GetBind()))
	default:
		v.refuseIf(field, socketPath(path))
		if s.GetPort().GetNumber() != 0 {
			v.refuse(field, "the number of a socket's port is 0")
		}
	}
}

// serverProtocol compares the TLS settings of a server with its protocol.
func (v *review) serverProtocol(at string, s *networkingv1alpha3.Server) {
	t, name := s.GetTls(), s.GetPort().GetProtocol()
	passes := t.GetMode() == networkingv1alpha3.ServerTLSSettings_PASSTHROUGH || t.GetMode() == networkingv1alpha3.ServerTLSSettings_AUTO_PASSTHROUGH
	switch {
	case isTLS(name) == (t != nil):
	case t == nil:
		v.refuse(at, "protocol "+name+" needs TLS settings")
	case !isHTTP(name):
		v.refuse(at, "protocol "+name+" takes no TLS settings")
	case !passes || t.GetCaCertificates() != "" || t.GetPrivateKey() != "" || t.GetServerCertificate() != "":
		v.refuse(at, "protocol "+name+" takes no TLS settings but a redirect")
	default:
	}
}

// gatewayHost judges a host, with or without its namespace:
// ValidateNamespaceSlashWildcardHostname of pkg/config/validation/agent/validation.go.
func (v *review) gatewayHost(field, host string, converted bool) {
	namespace, name, ok := strings.Cut(host, "/")
	if !ok {
		v.refuseIf(field, hostName(host, true))
		return
	}
	if namespace != "*" && namespace != exportHere && (namespace != "~" || !converted) && !isLabel(namespace) {
		v.refuse(field, quoted(namespace)+" is no namespace")
	}
	v.refuseIf(field, hostName(name, true))
}

// hostName judges the name of a host in a Gateway or a Sidecar, which is never short; a gateway takes
// an address as well.
func hostName(name string, gateway bool) string {
	switch {
	case name == "*":
		return ""
	case !strings.Contains(name, "."):
		return quoted(name) + " is a short name, where a full one is needed"
	case gateway && isIP(name):
		return ""
	case partialWildcard(name):
		return "a wildcard stands for whole parts of a name, as in *.example.com"
	default:
		return wildcardDomain(name)
	}
}

// serverTLS judges how a server speaks TLS: validateTLSOptions. Nil is none.
func (v *review) serverTLS(at string, t *networkingv1alpha3.ServerTLSSettings) {
	if t == nil {
		return
	}
	v.ciphers(at, t)
	given := certificateFields(t)
	if t.GetMode() == networkingv1alpha3.ServerTLSSettings_ISTIO_MUTUAL {
		for _, name := range given {
			if name != "caCrl" {
				v.refuse(source.Key(at, name), "mode ISTIO_MUTUAL takes the mesh's certificates only")
			}
		}
		return
	}
	passes := t.GetMode() == networkingv1alpha3.ServerTLSSettings_PASSTHROUGH || t.GetMode() == networkingv1alpha3.ServerTLSSettings_AUTO_PASSTHROUGH
	if passes && len(given) > 0 {
		v.warn(source.Key(at, given[0]), "mode "+t.GetMode().String()+" uses no certificates")
	}
	if certificateSources(t) > 1 && v.c.since(27) {
		v.refuse(at, "certificates are given in more than one way")
	}
	if !passes && t.GetCredentialName() == "" && len(t.GetCredentialNames()) == 0 {
		v.certificates(at, t)
	}
	v.revocations(at+".caCrl", t, passes)
}

// certificateSources counts the ways in which a server's own certificate is given.
func certificateSources(t *networkingv1alpha3.ServerTLSSettings) int {
	sources := 0
	for _, there := range []bool{
		t.GetServerCertificate() != "" && t.GetPrivateKey() != "", t.GetCredentialName() != "",
		len(t.GetCredentialNames()) > 0, len(t.GetTlsCertificates()) > 0,
	} {
		if there {
			sources++
		}
	}
	return sources
}

// certificateFields are the fields about certificates that are set.
func certificateFields(t *networkingv1alpha3.ServerTLSSettings) []string {
	var names []string
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"serverCertificate", t.GetServerCertificate() != ""},
		{"privateKey", t.GetPrivateKey() != ""},
		{"caCertificates", t.GetCaCertificates() != ""},
		{"caCrl", t.GetCaCrl() != ""},
		{"tlsCertificates", len(t.GetTlsCertificates()) > 0},
		{"credentialName", t.GetCredentialName() != ""},
		{"credentialNames", len(t.GetCredentialNames()) > 0},
	} {
		if f.set {
			names = append(names, f.name)
		}
	}
	return names
}

// certificates judges those of a server that ends TLS itself with files.
func (v *review) certificates(at string, t *networkingv1alpha3.ServerTLSSettings) {
	if t.GetMode() != networkingv1alpha3.ServerTLSSettings_SIMPLE && t.GetCaCertificates() == "" {
		v.refuse(at+".caCertificates", "mode "+t.GetMode().String()+" needs the certificates of the clients' authorities")
	}
	pairs := t.GetTlsCertificates()
	if len(pairs) == 0 {
		pairs = []*networkingv1alpha3.ServerTLSSettings_TLSCertificate{{ServerCertificate: t.GetServerCertificate(), PrivateKey: t.GetPrivateKey()}}
	}
	for i, p := range pairs {
		at := at
		if len(t.GetTlsCertificates()) > 0 {
			at = source.Index(at+".tlsCertificates", i)
		}
		if p.GetServerCertificate() == "" {
			v.refuse(at+".serverCertificate", "mode "+t.GetMode().String()+" needs a certificate")
		}
		if p.GetPrivateKey() == "" {
			v.refuse(at+".privateKey", "mode "+t.GetMode().String()+" needs a private key")
		}
	}
}

// revocations judges the list of revoked certificates. The webhook does not get as far for a server
// with credentials that ends TLS itself.
func (v *review) revocations(field string, t *networkingv1alpha3.ServerTLSSettings, passes bool) {
	credentials := t.GetCredentialName() != "" || len(t.GetCredentialNames()) > 0
	switch {
	case t.GetCaCrl() == "" || credentials && !passes:
	case t.GetCredentialName() != "":
		v.refuse(field, "with credentialName, the list of revoked certificates is part of the credential")
	case t.GetMode() == networkingv1alpha3.ServerTLSSettings_SIMPLE:
		v.refuse(field, "mode SIMPLE takes no list of revoked certificates")
	default:
	}
}

// cipherSuites are those that may be named: pkg/config/security/security.go ValidCipherSuites.
var cipherSuites = []string{
	"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
	"ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
	"ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA",
	"AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA", "DES-CBC3-SHA",
}

func (v *review) ciphers(at string, t *networkingv1alpha3.ServerTLSSettings) {
	lowest := t.GetMinProtocolVersion()
	if len(t.GetCipherSuites()) == 0 && (lowest == networkingv1alpha3.ServerTLSSettings_TLSV1_0 || lowest == networkingv1alpha3.ServerTLSSettings_TLSV1_1) {
		v.warn(at+".minProtocolVersion", "TLS before 1.2 needs cipher suites of its own to be named")
	}
	seen := map[string]bool{}
	for i, name := range t.GetCipherSuites() {
		switch {
		case name != "" && name != "ALL" && isAlphanumeric(name[0]) && !slices.Contains(cipherSuites, name):
			v.warn(source.Index(at+".cipherSuites", i), quoted(name)+" is no cipher suite, and is passed over")
		case seen[name]:
			v.warn(source.Index(at+".cipherSuites", i), quoted(name)+" stands twice")
		default:
			seen[name] = true
		}
	}
}

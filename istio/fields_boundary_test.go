package istio_test

import (
	"testing"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// TestBoundaryFieldsClassified does for Gateways and VirtualServices what TestFieldsClassified does for
// the rest. What rewrites, delays, retries or fails a request changes neither where it goes nor how.
func TestBoundaryFieldsClassified(t *testing.T) {
	t.Parallel()
	md := func(m interface{ ProtoReflect() protoreflect.Message }) protoreflect.MessageDescriptor {
		return m.ProtoReflect().Descriptor()
	}
	checkFields(t, map[protoreflect.MessageDescriptor]map[string]string{
		md(&networkingv1alpha3.Gateway{}): {"servers": read, "selector": read},
		md(&networkingv1alpha3.Server{}): {
			"port": read, "bind": read, "hosts": read, "tls": read, "name": read,
			"defaultEndpoint": inert, // not implemented by Istio
		},
		md(&networkingv1alpha3.Port{}): {
			"number": read, "protocol": read, "name": read,
			"targetPort": inert, // deprecated and ignored
		},
		md(&networkingv1alpha3.ServerTLSSettings{}): words(map[string]string{
			read: "httpsRedirect mode insecureSkipVerify",
			// Which certificate is shown, who is trusted, and how strong the ciphers are: neither who
			// ends TLS nor whether a client certificate is demanded. Secrets are never read.
			inert: "serverCertificate privateKey caCertificates caCrl credentialName credentialNames caCertCredentialName " +
				"tlsCertificates subjectAltNames verifyCertificateSpki verifyCertificateHash minProtocolVersion maxProtocolVersion cipherSuites",
		}),
		md(&networkingv1alpha3.VirtualService{}): words(map[string]string{read: "hosts gateways http tls tcp exportTo"}),
		md(&networkingv1alpha3.HTTPRoute{}): words(map[string]string{
			read:  "match route redirect directResponse delegate mirror mirrors mirrorPercent mirrorPercentage",
			inert: "name rewrite timeout retries fault corsPolicy headers",
		}),
		md(&networkingv1alpha3.Delegate{}): {"name": read, "namespace": read},
		md(&networkingv1alpha3.HTTPMatchRequest{}): words(map[string]string{
			read:  "uri scheme method authority headers withoutHeaders queryParams port sourceLabels sourceNamespace gateways ignoreUriCase",
			inert: "name statPrefix",
		}),
		md(&networkingv1alpha3.StringMatch{}):          words(map[string]string{read: "exact prefix regex"}),
		md(&networkingv1alpha3.HTTPRouteDestination{}): {"destination": read, "weight": read, "headers": inert},
		md(&networkingv1alpha3.HTTPMirrorPolicy{}):     {"destination": read, "percentage": read},
		md(&networkingv1alpha3.Percent{}):              {"value": read},
		md(&networkingv1alpha3.RouteDestination{}):     {"destination": read, "weight": read},
		md(&networkingv1alpha3.Destination{}):          {"host": read, "subset": read, "port": read},
		md(&networkingv1alpha3.PortSelector{}):         {"number": read},
		md(&networkingv1alpha3.TLSRoute{}):             {"match": read, "route": read},
		md(&networkingv1alpha3.TCPRoute{}):             {"match": read, "route": read},
		// istiod evaluates neither subnets nor the source at a gateway (l4SingleMatch).
		md(&networkingv1alpha3.TLSMatchAttributes{}): words(map[string]string{
			read: "sniHosts port gateways", inert: "destinationSubnets sourceLabels sourceNamespace",
		}),
		md(&networkingv1alpha3.L4MatchAttributes{}): words(map[string]string{
			read: "port gateways", inert: "destinationSubnets sourceSubnet sourceLabels sourceNamespace",
		}),
		md(&networkingv1alpha3.HTTPRedirect{}): words(map[string]string{
			read: "scheme", inert: "uri authority port derivePort redirectCode prefixRewrite",
		}),
	})
}

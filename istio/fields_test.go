package istio_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	meshv1alpha1 "istio.io/api/mesh/v1alpha1"
	networkingv1alpha3 "istio.io/api/networking/v1alpha3"
	securityv1beta1 "istio.io/api/security/v1beta1"
	typev1beta1 "istio.io/api/type/v1beta1"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// What the adapter does with a field of the messages that it reads.
const (
	read   = "read"   // it decides about enrolment, a port's mode or a bypass
	client = "client" // it decides about what clients send
	inert  = "inert"  // it cannot change what is judged
)

// TestFieldsClassified fails when istio.io/api gains a field that nobody has looked at, and when a
// field that was classified is gone.
func TestFieldsClassified(t *testing.T) {
	t.Parallel()
	messages := map[protoreflect.MessageDescriptor]map[string]string{
		(&securityv1beta1.PeerAuthentication{}).ProtoReflect().Descriptor(): {
			"selector": read, "mtls": read, "portLevelMtls": read,
		},
		(&securityv1beta1.PeerAuthentication_MutualTLS{}).ProtoReflect().Descriptor(): {"mode": read},
		(&typev1beta1.WorkloadSelector{}).ProtoReflect().Descriptor():                 {"matchLabels": read},
		(&networkingv1alpha3.Sidecar{}).ProtoReflect().Descriptor(): {
			"workloadSelector": read, "ingress": read,
			"egress": read, "outboundTrafficPolicy": read, "inboundConnectionPool": inert,
		},
		(&networkingv1alpha3.EnvoyFilter{}).ProtoReflect().Descriptor(): {
			"workloadSelector": read, "targetRefs": read, "configPatches": read, "priority": inert,
		},
		(&networkingv1alpha3.IstioIngressListener{}).ProtoReflect().Descriptor(): {
			"port": read, "captureMode": read, "tls": read,
			"bind": inert, "defaultEndpoint": inert, "connectionPool": inert,
		},
		(&meshv1alpha1.MeshConfig{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "rootNamespace trustDomain trustDomainAliases defaultConfig enableTracing accessLogFile enableEnvoyAccessLogService " +
				"defaultProviders extensionProviders caCertificates ingressClass ingressService ingressControllerMode ingressSelector defaultVirtualServiceExportTo",
			client: "enableAutoMtls outboundTrafficPolicy defaultServiceExportTo defaultDestinationRuleExportTo serviceEntryVisibility",
			inert: "localityLbSetting serviceSettings meshMTLS tlsDefaults defaultTrafficPolicy h2UpgradePolicy defaultHttpRetryPolicy serviceScopeConfigs " +
				"proxyListenPort proxyInboundListenPort proxyHttpPort connectTimeout tcpKeepalive " +
				"accessLogFormat " +
				"accessLogEncoding disableEnvoyListenerLog inboundClusterStatName " +
				"outboundClusterStatName enablePrometheusMerge verifyCertificateAtClient discoverySelectors " +
				"pathNormalization protocolDetectionTimeout dnsRefreshRate certificates configSources " +
				"inboundTrafficPolicy hboneIdleTimeout ca zoneAwareLbSetting",
		}),
	}
	checkFields(t, messages)
}

// checkFields compares the fields of messages with those that are classified.
func checkFields(t *testing.T, messages map[protoreflect.MessageDescriptor]map[string]string) {
	t.Helper()
	for md, classes := range messages {
		var fields []string
		for i := range md.Fields().Len() {
			fields = append(fields, md.Fields().Get(i).JSONName())
		}
		slices.Sort(fields)
		known := slices.Sorted(maps.Keys(classes))
		for _, f := range fields {
			if !slices.Contains(known, f) {
				t.Errorf("%s.%s is not classified: what does it change?", md.FullName(), f)
			}
		}
		for _, f := range known {
			if !slices.Contains(fields, f) {
				t.Errorf("%s.%s is classified and does not exist", md.FullName(), f)
			}
		}
	}
}

func words(classes map[string]string) map[string]string {
	all := map[string]string{}
	for class, fields := range classes {
		for _, f := range strings.Fields(fields) {
			all[f] = class
		}
	}
	return all
}

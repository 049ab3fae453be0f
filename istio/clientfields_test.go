package istio_test

import (
	"testing"

	meshv1alpha1 "istio.io/api/mesh/v1alpha1"
	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"google.golang.org/protobuf/reflect/protoreflect"
)

const reported = "reported" // it is named as a gap where it stands

// TestClientFieldsClassified does for what steers clients what TestFieldsClassified does for the rest.
// Inert are: load balancing and health (which of equal servers is taken), the pools of connections, what
// TLS that is not the mesh's demands of the server, and where a ServiceEntry's endpoints are.
func TestClientFieldsClassified(t *testing.T) {
	t.Parallel()
	checkFields(t, map[protoreflect.MessageDescriptor]map[string]string{
		(&networkingv1alpha3.DestinationRule{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "host trafficPolicy subsets exportTo workloadSelector",
		}),
		(&networkingv1alpha3.TrafficPolicy{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "loadBalancer tls portLevelSettings", reported: "tunnel proxyProtocol", inert: "connectionPool outlierDetection retryBudget",
		}),
		(&networkingv1alpha3.TrafficPolicy_PortTrafficPolicy{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "port loadBalancer tls", inert: "connectionPool outlierDetection",
		}),
		(&networkingv1alpha3.PortSelector{}).ProtoReflect().Descriptor(): words(map[string]string{read: "number"}),
		(&networkingv1alpha3.Subset{}).ProtoReflect().Descriptor():       words(map[string]string{read: "name labels trafficPolicy"}),
		(&networkingv1alpha3.LoadBalancerSettings{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "simple", inert: "consistentHash localityLbSetting zoneAwareLbSetting warmupDurationSecs warmup",
		}),
		(&networkingv1alpha3.ClientTLSSettings{}).ProtoReflect().Descriptor(): words(map[string]string{
			read:  "mode clientCertificate privateKey credentialName subjectAltNames insecureSkipVerify",
			inert: "caCertificates caCrl sni",
		}),
		(&networkingv1alpha3.ServiceEntry{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "hosts location exportTo endpoints workloadSelector", inert: "addresses ports resolution subjectAltNames",
		}),
		(&networkingv1alpha3.WorkloadEntry{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "labels serviceAccount", inert: "address ports network locality weight",
		}),
		(&networkingv1alpha3.IstioEgressListener{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "port bind captureMode hosts",
		}),
		(&networkingv1alpha3.SidecarPort{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "number protocol", inert: "name targetPort",
		}),
		(&networkingv1alpha3.OutboundTrafficPolicy{}).ProtoReflect().Descriptor():      words(map[string]string{read: "mode", reported: "egressProxy"}),
		(&meshv1alpha1.MeshConfig_OutboundTrafficPolicy{}).ProtoReflect().Descriptor(): words(map[string]string{read: "mode", reported: "tls"}),
		(&meshv1alpha1.ServiceEntryVisibility{}).ProtoReflect().Descriptor(): words(map[string]string{
			reported: "applyToSidecars", inert: "defaultVisibility policies",
		}),
	})
}

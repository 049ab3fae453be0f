package istio_test

import (
	"testing"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"
	securityv1beta1 "istio.io/api/security/v1beta1"
	typev1beta1 "istio.io/api/type/v1beta1"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// TestFlawFieldsClassified fails when a message that flaws are looked for in gains a field: what does it
// mean where it is not enforced?
func TestFlawFieldsClassified(t *testing.T) {
	t.Parallel()
	checkFields(t, map[protoreflect.MessageDescriptor]map[string]string{
		(&securityv1beta1.AuthorizationPolicy{}).ProtoReflect().Descriptor(): words(map[string]string{read: "selector targetRef targetRefs rules action provider"}),
		(&securityv1beta1.Rule{}).ProtoReflect().Descriptor():                words(map[string]string{read: "from to when"}),
		(&securityv1beta1.Rule_From{}).ProtoReflect().Descriptor():           {"source": read},
		(&securityv1beta1.Rule_To{}).ProtoReflect().Descriptor():             {"operation": read},
		(&securityv1beta1.Source{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "principals notPrincipals requestPrincipals notRequestPrincipals namespaces notNamespaces serviceAccounts notServiceAccounts " +
				"trustDomains notTrustDomains ipBlocks notIpBlocks remoteIpBlocks notRemoteIpBlocks",
		}),
		(&securityv1beta1.Operation{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "hosts notHosts ports notPorts methods notMethods paths notPaths",
		}),
		(&securityv1beta1.Condition{}).ProtoReflect().Descriptor(): words(map[string]string{read: "key values notValues"}),
		(&securityv1beta1.RequestAuthentication{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "selector targetRef targetRefs jwtRules",
		}),
		(&typev1beta1.PolicyTargetReference{}).ProtoReflect().Descriptor(): words(map[string]string{read: "group kind name namespace"}),
		// Of a DestinationRule flaws read whom and what it is for, and which credentials its TLS names; what
		// else its policies ask of connections is judged where connections are.
		(&networkingv1alpha3.DestinationRule{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "host trafficPolicy subsets exportTo workloadSelector",
		}),
		(&networkingv1alpha3.ClientTLSSettings{}).ProtoReflect().Descriptor(): words(map[string]string{
			read:   "mode credentialName",
			client: "clientCertificate privateKey caCertificates subjectAltNames sni insecureSkipVerify caCrl",
		}),
	})
}

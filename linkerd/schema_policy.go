package linkerd

import (
	"github.com/meshposture/meshposture/internal/strict"
	policyapi "github.com/meshposture/meshposture/linkerd/api/policy/v1alpha1"
	serverv1alpha1 "github.com/meshposture/meshposture/linkerd/api/server/v1alpha1"
	serverv1beta1 "github.com/meshposture/meshposture/linkerd/api/server/v1beta1"
	serverv1beta2 "github.com/meshposture/meshposture/linkerd/api/server/v1beta2"
	serverv1beta3 "github.com/meshposture/meshposture/linkerd/api/server/v1beta3"
	sazapi "github.com/meshposture/meshposture/linkerd/api/serverauthorization/v1beta1"
)

// server is charts/linkerd-crds/templates/policy/server.yaml. The words of accessPolicy and proxyProtocol
// are not restricted there.
func (d *definer) server() {
	selectors := oneOf("podSelector", "externalWorkloadSelector")
	selectors.Required = []string{"port"}
	limit[serverv1beta3.ServerSpec](d, "", selectors)
	limit[serverv1beta2.ServerSpec](d, "", selectors)
	limit[serverv1beta1.ServerSpec](d, "", must("podSelector", "port"))
	limit[serverv1alpha1.ServerSpec](d, "", must("podSelector", "port"))
	limit[serverv1alpha1.ServerSpec](d, "podSelector", oneOf("matchExpressions", "matchLabels"))
	d.version(kindServer, "v1alpha1", oldestMinor, typeOf[serverv1alpha1.ServerSpec](d))
	d.version(kindServer, "v1beta1", oldestMinor, typeOf[serverv1beta1.ServerSpec](d))
	d.version(kindServer, "v1beta2", 15, typeOf[serverv1beta2.ServerSpec](d))
	d.version(kindServer, "v1beta3", 16, typeOf[serverv1beta3.ServerSpec](d))
}

// serverAuthorization is charts/linkerd-crds/templates/policy/server-authorization.yaml.
func (d *definer) serverAuthorization() {
	limit[sazapi.ServerAuthorizationSpec](d, "", must("server", "client"))
	limit[sazapi.Server](d, "", oneOf("name", "selector"))
	limit[sazapi.Server](d, "name", text(0, 0, formLabel))
	limit[sazapi.Cidr](d, "", must("cidr"))
	limit[sazapi.MeshTLS](d, "identities[]", text(0, 0, formIdentity))
	limit[sazapi.ServiceAccountName](d, "", must("name"))
	limit[sazapi.ServiceAccountName](d, "name", text(0, 0, formLabel))
	limit[sazapi.ServiceAccountName](d, "namespace", text(0, 0, formLabel))
	d.version(kindServerAuthorization, "v1alpha1", oldestMinor, typeOf[sazapi.ServerAuthorizationSpec](d))
	d.version(kindServerAuthorization, "v1beta1", oldestMinor, typeOf[sazapi.ServerAuthorizationSpec](d))
}

// authentications are authorization-policy.yaml, meshtls-authentication.yaml and
// network-authentication.yaml in charts/linkerd-crds/templates/policy.
func (d *definer) authentications(minor int) {
	limit[policyapi.Network](d, "", must("cidr"))

	limit[policyapi.AuthorizationPolicySpec](d, "", must("targetRef", "requiredAuthenticationRefs"))
	d.field(named[policyapi.AuthorizationPolicySpec]("targetRef"), typeOf[policyapi.LocalTargetReference](d))
	d.version(kindAuthorizationPolicy, "v1alpha1", oldestMinor, typeOf[policyapi.AuthorizationPolicySpec](d))

	limit[policyapi.MeshTLSAuthenticationSpec](d, "", oneOf("identities", "identityRefs"))
	limit[policyapi.MeshTLSAuthenticationSpec](d, "identities", entries(1, 0))
	nameless := typeOf[policyapi.PolicyTargetReference](d).With(must("kind"))
	d.field(named[policyapi.MeshTLSAuthenticationSpec]("identityRefs"), strict.List(nameless).With(entries(1, 0)))
	if minor < 15 {
		limit[policyapi.MeshTLSAuthenticationSpec](d, "identities[]", text(0, 0, formIdentity))
	}
	d.version(kindMeshTLSAuthentication, "v1alpha1", oldestMinor, typeOf[policyapi.MeshTLSAuthenticationSpec](d))

	limit[policyapi.NetworkAuthenticationSpec](d, "", must("networks"))
	d.version(kindNetworkAuthentication, "v1alpha1", oldestMinor, typeOf[policyapi.NetworkAuthenticationSpec](d))
}

// egressNetwork is charts/linkerd-crds/templates/policy/egress-network.yaml.
func (d *definer) egressNetwork() {
	limit[policyapi.EgressNetworkSpec](d, "", must("trafficPolicy"))
	words[policyapi.EgressNetworkSpec](d, "trafficPolicy", "Allow", "Deny")
	d.version(kindEgressNetwork, "v1alpha1", 17, typeOf[policyapi.EgressNetworkSpec](d))
}

// rateLimit is charts/linkerd-crds/templates/policy/http-local-ratelimit-policy.yaml.
func (d *definer) rateLimit() {
	limit[policyapi.HTTPLocalRateLimitPolicySpec](d, "", must("targetRef"))
	limit[policyapi.RateLimit](d, "", must("requestsPerSecond"))
	limit[policyapi.RateLimitWithIdentity](d, "", must("requestsPerSecond", "clientRefs"))
	client := typeOf[policyapi.PolicyTargetReference](d).WithMember("namespace", strict.String().With(text(1, 63, formLabel)))
	d.field(named[policyapi.RateLimitWithIdentity]("clientRefs"), strict.List(client))
	d.version(kindRateLimit, "v1alpha1", 17, typeOf[policyapi.HTTPLocalRateLimitPolicySpec](d))
}

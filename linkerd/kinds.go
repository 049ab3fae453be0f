package linkerd

import (
	"github.com/meshposture/meshposture/internal/replicas"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
)

const (
	groupPolicy       = "policy.linkerd.io"
	groupGateway      = "gateway.networking.k8s.io"
	groupWorkload     = "workload.linkerd.io"
	groupMulticluster = "multicluster.linkerd.io"
	groupLinkerd      = "linkerd.io"
)

// The kinds that the adapter reads beside those of the cluster itself.
var (
	kindServer                = source.Kind{Group: groupPolicy, Kind: "Server"}
	kindServerAuthorization   = source.Kind{Group: groupPolicy, Kind: "ServerAuthorization"}
	kindAuthorizationPolicy   = source.Kind{Group: groupPolicy, Kind: "AuthorizationPolicy"}
	kindMeshTLSAuthentication = source.Kind{Group: groupPolicy, Kind: "MeshTLSAuthentication"}
	kindNetworkAuthentication = source.Kind{Group: groupPolicy, Kind: "NetworkAuthentication"}
	kindPolicyHTTPRoute       = source.Kind{Group: groupPolicy, Kind: "HTTPRoute"}
	kindRateLimit             = source.Kind{Group: groupPolicy, Kind: "HTTPLocalRateLimitPolicy"}
	kindEgressNetwork         = source.Kind{Group: groupPolicy, Kind: "EgressNetwork"}
	kindExternalWorkload      = source.Kind{Group: groupWorkload, Kind: "ExternalWorkload"}
	kindServiceProfile        = source.Kind{Group: groupLinkerd, Kind: "ServiceProfile"}
	kindLink                  = source.Kind{Group: groupMulticluster, Kind: "Link"}
	kindEndpoints             = source.Kind{Kind: "Endpoints"}
	kindSecret                = source.Kind{Kind: "Secret"}

	kindsPolicy = []source.Kind{
		kindServer, kindServerAuthorization, kindAuthorizationPolicy, kindMeshTLSAuthentication, kindNetworkAuthentication,
		kindPolicyHTTPRoute, kindRateLimit,
	}
	kindsEnrolment = []source.Kind{kube.KindMutatingWebhook, kube.KindServiceAccount}
	kindsClient    = []source.Kind{kindServiceProfile, kindLink, kindEndpoints}
	kindsEgress    = []source.Kind{kindEgressNetwork}
	kindsControl   = replicas.Kinds()
)

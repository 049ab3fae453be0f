package linkerd

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	policyapi "github.com/meshposture/meshposture/linkerd/api/policy/v1alpha1"
	routeapi "github.com/meshposture/meshposture/linkerd/api/policy/v1beta3"
	serverapi "github.com/meshposture/meshposture/linkerd/api/server/v1beta3"
	sazapi "github.com/meshposture/meshposture/linkerd/api/serverauthorization/v1beta1"
	"github.com/meshposture/meshposture/source"
)

// The policy controller reads objects into types that take less than the definitions
// (policy-controller/k8s/api/src/policy). What does not fit them is refused by the webhook, and can't be read
// by the index where the webhook was not asked.

// typed refuses what does not fit the controller's types.
func (j *judgement) typed(v any) {
	switch v := v.(type) {
	case *serverapi.Server:
		j.typedServer(&v.Spec)
	case *sazapi.ServerAuthorization:
		for i, n := range v.Spec.Client.Networks {
			if n != nil {
				j.typedNetwork(source.Index("spec.client.networks", i), n.Cidr, n.Except)
			}
		}
	case *policyapi.NetworkAuthentication:
		j.typedNetworks(v.Spec.Networks)
	case *policyapi.EgressNetwork:
		j.typedNetworks(v.Spec.Networks)
	case *policyapi.MeshTLSAuthentication:
		for i, ref := range v.Spec.IdentityRefs {
			if ref.Name == "" {
				j.unreadable(source.Index("spec.identityRefs", i), "the policy controller needs a name")
			}
		}
	case *policyapi.HTTPLocalRateLimitPolicy:
		j.typedRateLimit(&v.Spec)
	case *routeapi.HTTPRoute:
		j.typedRoute(&v.Spec)
	default:
		if j.obj.Ref.Kind == kindPolicyHTTPRoute { // read into a type of another form
			var own routeapi.HTTPRoute
			fill(&own, j.versions[newestVersion(j.versions)].typ, j.obj.JSON, false)
			j.typedRoute(&own.Spec)
		}
	}
}

// unreadable refuses the object for a field, unless it has been refused already: one reason will do.
func (j *judgement) unreadable(field, message string) {
	if !j.resource.refused {
		j.doubt(source.ProblemBadValue, field, message)
	}
	j.resource.refused = true
}

// protocols are the values of proxyProtocol.
func protocols() []string { return []string{"unknown", "HTTP/1", "HTTP/2", "gRPC", "opaque", "TLS"} }

func (j *judgement) typedServer(s *serverapi.ServerSpec) {
	if !slices.Contains(protocols(), s.ProxyProtocol) {
		j.unreadable("spec.proxyProtocol", fmt.Sprintf("proxyProtocol %q: want one of %s", s.ProxyProtocol, strings.Join(protocols(), ", ")))
	}
	if s.Port.Name == "" && (s.Port.Int < 1 || s.Port.Int > math.MaxUint16) && !j.isText("port") {
		j.unreadable("spec.port", fmt.Sprintf("port %d: want a number from 1 to 65535 or a name", s.Port.Int))
	}
}

// isText reports whether a member of the specification is a string.
func (j *judgement) isText(member string) bool {
	var o struct {
		Spec map[string]jsontext.Value `json:"spec"`
	}
	return json.Unmarshal(j.obj.JSON, &o, lenient) == nil && o.Spec[member].Kind() == '"'
}

func (j *judgement) typedNetworks(all []*policyapi.Network) {
	for i, n := range all {
		if n != nil {
			j.typedNetwork(source.Index("spec.networks", i), n.Cidr, n.Except)
		}
	}
}

// typedNetwork: Cidr in policy/network.rs takes an address, or a range whose address may have more bits than
// its length.
func (j *judgement) typedNetwork(at, cidr string, except []string) {
	check := func(field, text string) {
		if _, ok := parseNet(text); !ok {
			j.unreadable(field, fmt.Sprintf("%q is neither an address nor a range of addresses", text))
		}
	}
	check(at+".cidr", cidr)
	for i, e := range except {
		check(source.Index(at+".except", i), e)
	}
}

func (j *judgement) typedRateLimit(s *policyapi.HTTPLocalRateLimitPolicySpec) {
	check := func(at string, n int64) {
		if n < 0 || n > math.MaxUint32 {
			j.unreadable(at+".requestsPerSecond", fmt.Sprintf("%d: want a number from 0 to %d", n, uint32(math.MaxUint32)))
		}
	}
	if s.Total != nil {
		check("spec.total", s.Total.RequestsPerSecond)
	}
	if s.Identity != nil {
		check("spec.identity", s.Identity.RequestsPerSecond)
	}
	for i, o := range s.Overrides {
		check(source.Index("spec.overrides", i), o.RequestsPerSecond)
	}
}

// typedRoute: HttpRouteFilter in policy/httproute.rs has the part that its type names. The filters of
// backends are those of the Gateway API, whose parts are all optional.
func (j *judgement) typedRoute(s *routeapi.HTTPRouteSpec) {
	for i, r := range s.Rules {
		for k, f := range r.Filters {
			at := source.Index(source.Index("spec.rules", i)+".filters", k)
			if f.Type == "RequestHeaderModifier" && f.RequestHeaderModifier == nil {
				j.unreadable(at, "a filter of type RequestHeaderModifier needs requestHeaderModifier")
			}
			if f.Type == "RequestRedirect" && f.RequestRedirect == nil {
				j.unreadable(at, "a filter of type RequestRedirect needs requestRedirect")
			}
		}
	}
}

package istio

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	extensionsv1alpha1 "istio.io/api/extensions/v1alpha1"
	networkingv1alpha3 "istio.io/api/networking/v1alpha3"
	networkingv1beta1 "istio.io/api/networking/v1beta1"
	securityv1beta1 "istio.io/api/security/v1beta1"
	telemetryv1alpha1 "istio.io/api/telemetry/v1alpha1"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// Validate returns what validation says of all resources of the kinds, as of a release of Istio 1, by
// its minor number; 0 when it is not known.
func Validate(objects mesh.Objects, release int, kinds ...source.Kind) []mesh.Problem {
	c := &compiler{in: mesh.Input{Objects: objects}, schemas: schemas{}}
	var revisions []*revision
	if release > 0 {
		revisions = append(revisions, &revision{version: fmt.Sprintf("1.%d.0", release)})
	}
	c.judgeBy(revisions)
	for _, k := range kinds {
		c.validateOnly(k)
	}
	return c.problems
}

// judge reads a resource for validation alone.
func judge[M proto.Message](c *compiler, o source.Object, spec M, accepts func(resource, M) bool) {
	accepts(c.decode(o, spec), spec)
}

// validateOnly judges the resources of a kind that nothing else is read from. Other kinds are judged
// where they are read.
func (c *compiler) validateOnly(kind source.Kind) {
	for o := range c.in.Objects.Objects(kind) {
		c.validateObject(o)
	}
}

func (c *compiler) validateObject(o source.Object) {
	if !strings.HasSuffix(o.Ref.Group, ".istio.io") {
		return // another Gateway
	}
	switch o.Ref.Kind.Kind {
	case "AuthorizationPolicy":
		judge(c, o, &securityv1beta1.AuthorizationPolicy{}, c.acceptsAuthorizationPolicy)
	case "RequestAuthentication":
		judge(c, o, &securityv1beta1.RequestAuthentication{}, c.acceptsRequestAuthentication)
	case "PeerAuthentication":
		judge(c, o, &securityv1beta1.PeerAuthentication{}, c.acceptsPeerAuthentication)
	default:
		c.validateTraffic(o)
	}
}

// validateTraffic is validateObject for kinds that are no policies.
func (c *compiler) validateTraffic(o source.Object) {
	switch o.Ref.Kind.Kind {
	case "DestinationRule":
		judge(c, o, &networkingv1alpha3.DestinationRule{}, c.acceptsDestinationRule)
	case "ServiceEntry":
		judge(c, o, &networkingv1alpha3.ServiceEntry{}, c.acceptsServiceEntry)
	case "WorkloadEntry":
		judge(c, o, &networkingv1alpha3.WorkloadEntry{}, c.acceptsWorkloadEntry)
	case "Sidecar":
		judge(c, o, &networkingv1alpha3.Sidecar{}, c.acceptsSidecar)
	case "Gateway":
		judge(c, o, &networkingv1alpha3.Gateway{}, c.acceptsGateway)
	case "VirtualService":
		judge(c, o, &networkingv1alpha3.VirtualService{}, c.acceptsVirtualService)
	case "EnvoyFilter":
		judge(c, o, &networkingv1alpha3.EnvoyFilter{}, c.acceptsEnvoyFilter)
	case "Telemetry":
		judge(c, o, &telemetryv1alpha1.Telemetry{}, c.acceptsTelemetry)
	case "WasmPlugin":
		judge(c, o, &extensionsv1alpha1.WasmPlugin{}, c.acceptsWasmPlugin)
	case "TrafficExtension":
		judge(c, o, &extensionsv1alpha1.TrafficExtension{}, c.acceptsTrafficExtension)
	case "ProxyConfig":
		judge(c, o, &networkingv1beta1.ProxyConfig{}, c.acceptsProxyConfig)
	default:
	}
}

package istio

import (
	"slices"

	extensionsv1alpha1 "istio.io/api/extensions/v1alpha1"
	typev1beta1 "istio.io/api/type/v1beta1"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// extension is a WasmPlugin or a TrafficExtension: code that is put among the filters of proxies.
type extension struct {
	resource
	reach  reach
	wasm   bool // it is a WasmPlugin, which every release knows; a TrafficExtension exists since 1.30
	modes  []typev1beta1.WorkloadMode
	unread bool
	guards bool // it stands among the filters that authenticate or authorize
	step   mesh.Step
	gap    mesh.Gap
}

// extensionAspects are what code among a proxy's filters may change: it may refuse what policies let
// through and rewrite what they look at. It is put in and takes no filter out, and does not choose
// the TLS of a connection.
var extensionAspects = [...]mesh.Aspect{mesh.AspectAuthorization, mesh.AspectRouting, mesh.AspectTelemetry}

// extensions are those objects by namespace, WasmPlugins first, then by name.
type extensions map[string][]*extension

func (c *compiler) extensions() extensions {
	found := extensions{}
	for o := range c.in.Objects.Objects(kindWasmPlugin) {
		spec := &extensionsv1alpha1.WasmPlugin{}
		x := &extension{resource: c.decode(o, spec), wasm: true}
		if !c.acceptsWasmPlugin(x.resource, spec) && !c.opts.KeepInvalid {
			continue
		}
		x.reach = reachOf(o.Ref.Namespace, spec.GetSelector(), spec.GetTargetRef(), spec.GetTargetRefs())
		for _, m := range spec.GetMatch() {
			x.modes = append(x.modes, m.GetMode())
		}
		x.describe(ruleWasm, "the WasmPlugin", spec.GetPhase().String())
		found[o.Ref.Namespace] = append(found[o.Ref.Namespace], x)
	}
	for o := range c.in.Objects.Objects(kindTrafficExtension) {
		spec := &extensionsv1alpha1.TrafficExtension{}
		x := &extension{resource: c.decode(o, spec)}
		if !c.acceptsTrafficExtension(x.resource, spec) && !c.opts.KeepInvalid {
			continue
		}
		x.reach = reachOf(o.Ref.Namespace, spec.GetSelector(), nil, spec.GetTargetRefs())
		for _, m := range spec.GetMatch() {
			x.modes = append(x.modes, m.GetMode())
		}
		x.describe(ruleExtension, "the TrafficExtension", spec.GetPhase().String())
		found[o.Ref.Namespace] = append(found[o.Ref.Namespace], x)
	}
	return found
}

func (x *extension) describe(rule, what, phase string) {
	x.unread = slices.ContainsFunc(x.gaps, func(g mesh.Gap) bool {
		return touches(g, "spec.selector", "spec.targetRef", "spec.match")
	})
	x.guards = phase == "AUTHN" || phase == "AUTHZ"
	detail := what + " puts code of its own into the proxy, in phase " + phase
	x.step = mesh.Step{Rule: rule, Object: x.obj.Ref, Loc: x.obj.At("spec"), Detail: detail}
	x.gap = mesh.Gap{
		Reason: source.ProblemUnsupported, Object: x.obj.Ref, Loc: x.obj.At("spec"),
		Detail: detail + ", so that which requests pass there is not verified",
	}
}

// touches reports whether the extension may change an aspect of a proxy. A sidecar judges requests where
// they come in.
func (x *extension) touches(aspect mesh.Aspect, e envoyProxy) bool {
	if !slices.Contains(extensionAspects[:], aspect) {
		return false
	}
	if aspect != mesh.AspectAuthorization || e.role == roleRouter || e.role == roleWaypoint || len(x.modes) == 0 || x.unread {
		return true
	}
	return slices.ContainsFunc(x.modes, func(m typev1beta1.WorkloadMode) bool { return m != typev1beta1.WorkloadMode_CLIENT })
}

// reaching are the extensions that a proxy gets: those of its namespace, of the root namespace and, at a
// waypoint, of the Service that it serves. pilot/pkg/model/push_context.go TrafficExtensionsByListenerInfo.
func (xs extensions) reaching(e envoyProxy, rev *revision) []*extension {
	root := rev.rootNamespace()
	var found []*extension
	namespaces := []string{e.namespace, root, e.serves}
	for i, ns := range namespaces {
		if slices.Contains(namespaces[:i], ns) {
			continue
		}
		for _, x := range xs[ns] {
			known := x.wasm || rev == nil || rev.since(30) != truth.False
			if known && (x.unread || x.reach.attaches(e, rev)) {
				found = append(found, x)
			}
		}
	}
	return found
}

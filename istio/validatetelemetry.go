package istio

import (
	extensionsv1alpha1 "istio.io/api/extensions/v1alpha1"
	networkingv1beta1 "istio.io/api/networking/v1beta1"
	telemetryv1alpha1 "istio.io/api/telemetry/v1alpha1"

	"github.com/meshposture/meshposture/source"
)

// acceptsTelemetry reports whether a Telemetry passes the API server and the webhook
// (ValidateTelemetry); the reasons are reported. Its values are judged by the definition.
func (c *compiler) acceptsTelemetry(r resource, spec *telemetryv1alpha1.Telemetry) bool {
	v := c.review(r)
	v.noDryRun()
	v.selector("spec.selector", spec.GetSelector())
	v.targets(spec.GetTargetRef(), spec.GetTargetRefs())
	if len(spec.GetTracing()) > 1 {
		v.warn("spec.tracing[1]", "only the first entry counts")
	}
	for i, t := range spec.GetTracing() {
		at := source.Index("spec.tracing", i)
		if len(t.GetProviders()) > 1 {
			v.warn(at+".providers[1]", "only the first provider counts")
		}
		if _, ok := t.GetCustomTags()[""]; ok {
			v.refuse(source.Key(at+".customTags", ""), "a tag needs a name")
		}
	}
	for i, m := range spec.GetMetrics() {
		for j, o := range m.GetOverrides() {
			if _, ok := o.GetTagOverrides()[""]; ok {
				v.warn(source.Key(source.Index(source.Index("spec.metrics", i)+".overrides", j)+".tagOverrides", ""), "a tag needs a name")
			}
			v.tagOverrides(source.Index(source.Index("spec.metrics", i)+".overrides", j)+".tagOverrides", o)
		}
	}
	for i, l := range spec.GetAccessLogging() {
		if l.GetFilter() != nil && l.GetFilter().GetExpression() == "" { // whether it parses is not judged
			v.refuse(source.Index("spec.accessLogging", i)+".filter.expression", "an expression must not be empty")
		}
	}
	return v.accepted()
}

// tagOverrides judges overrides that leave the operation open, which means UPSERT.
func (v *review) tagOverrides(at string, o *telemetryv1alpha1.MetricsOverrides) {
	for _, name := range sortedKeys(o.GetTagOverrides()) {
		t := o.GetTagOverrides()[name]
		if t.GetOperation() == telemetryv1alpha1.MetricsOverrides_TagOverride_UPSERT && t.GetValue() == "" {
			v.refuse(source.Key(at, name)+".value", "operation UPSERT needs a value")
		}
	}
}

// acceptsProxyConfig reports whether a ProxyConfig passes the API server and the webhook
// (ValidateProxyConfig); the reasons are reported.
func (c *compiler) acceptsProxyConfig(r resource, spec *networkingv1beta1.ProxyConfig) bool {
	v := c.review(r)
	v.noDryRun()
	v.selector("spec.selector", spec.GetSelector())
	return v.accepted()
}

// acceptsWasmPlugin reports whether a WasmPlugin passes the API server and the webhook
// (ValidateWasmPlugin); the reasons are reported. Its values are judged by the definition.
func (c *compiler) acceptsWasmPlugin(r resource, spec *extensionsv1alpha1.WasmPlugin) bool {
	v := c.review(r)
	v.noDryRun()
	v.selector("spec.selector", spec.GetSelector())
	v.targets(spec.GetTargetRef(), spec.GetTargetRefs())
	if !pluginURL(spec.GetUrl()) {
		v.refuse("spec.url", pluginURLNeeded)
	}
	return v.accepted()
}

// acceptsTrafficExtension reports whether a TrafficExtension, which came with Istio 1.30, passes the
// API server and the webhook (ValidateTrafficExtension); the reasons are reported. Its values are
// judged by the definition.
func (c *compiler) acceptsTrafficExtension(r resource, spec *extensionsv1alpha1.TrafficExtension) bool {
	v := c.review(r)
	v.noDryRun()
	v.selector("spec.selector", spec.GetSelector())
	v.targets(nil, spec.GetTargetRefs())
	if (spec.GetWasm() == nil) == (spec.GetLua() == nil) {
		v.refuse("spec.lua", "one of wasm and lua is required")
	}
	return v.accepted()
}

package istio_test

import (
	"testing"

	extensionsv1alpha1 "istio.io/api/extensions/v1alpha1"
	meshv1alpha1 "istio.io/api/mesh/v1alpha1"
	networkingv1alpha3 "istio.io/api/networking/v1alpha3"
	networkingv1beta1 "istio.io/api/networking/v1beta1"
	telemetryv1alpha1 "istio.io/api/telemetry/v1alpha1"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// TestTelemetryFieldsClassified: what of a Telemetry and of the providers decides about facts.
func TestTelemetryFieldsClassified(t *testing.T) {
	t.Parallel()
	checkFields(t, map[protoreflect.MessageDescriptor]map[string]string{
		(&telemetryv1alpha1.Telemetry{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "selector targetRef targetRefs tracing metrics accessLogging",
		}),
		(&telemetryv1alpha1.Tracing{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "match providers randomSamplingPercentage disableSpanReporting customTags disableContextPropagation",
			// They change what a span holds, or how a sample is drawn, not whether and whither it goes.
			inert: "useRequestIdForTraceSampling enableIstioTags",
		}),
		(&telemetryv1alpha1.Tracing_TracingSelector{}).ProtoReflect().Descriptor(): {"mode": read},
		(&telemetryv1alpha1.ProviderRef{}).ProtoReflect().Descriptor():             {"name": read},
		(&telemetryv1alpha1.Metrics{}).ProtoReflect().Descriptor(): words(map[string]string{
			read:  "providers overrides",
			inert: "reportingInterval", // how often, not how many
		}),
		(&telemetryv1alpha1.MetricsOverrides{}).ProtoReflect().Descriptor():             words(map[string]string{read: "match disabled tagOverrides"}),
		(&telemetryv1alpha1.MetricSelector{}).ProtoReflect().Descriptor():               words(map[string]string{read: "metric customMetric mode"}),
		(&telemetryv1alpha1.MetricsOverrides_TagOverride{}).ProtoReflect().Descriptor(): words(map[string]string{read: "operation value"}),
		(&telemetryv1alpha1.AccessLogging{}).ProtoReflect().Descriptor():                words(map[string]string{read: "match providers disabled filter"}),
		(&telemetryv1alpha1.AccessLogging_LogSelector{}).ProtoReflect().Descriptor():    {"mode": read},
		(&telemetryv1alpha1.AccessLogging_Filter{}).ProtoReflect().Descriptor():         {"expression": read},
		(&meshv1alpha1.MeshConfig_DefaultProviders{}).ProtoReflect().Descriptor():       words(map[string]string{read: "tracing metrics accessLogging"}),
		(&meshv1alpha1.MeshConfig_ExtensionProvider{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "name zipkin lightstep datadog skywalking opentelemetry prometheus envoyFileAccessLog envoyHttpAls envoyTcpAls envoyOtelAls",
			// External authorizers and secret services report nothing; no release that is known does
			// anything with the last two.
			inert: "envoyExtAuthzHttp envoyExtAuthzGrpc sds stackdriver opencensus",
		}),
		(&meshv1alpha1.MeshConfig_ExtensionProvider_OpenTelemetryTracingProvider{}).ProtoReflect().Descriptor(): words(map[string]string{
			read:  "service port http dynatraceSampler",
			inert: "maxTagLength grpc resourceDetectors serviceAttributeEnrichment",
		}),
		(&meshv1alpha1.Tracing{}).ProtoReflect().Descriptor(): words(map[string]string{
			read:  "zipkin lightstep datadog stackdriver openCensusAgent sampling",
			inert: "customTags maxPathTagLength tlsSettings enableIstioTags", // what a span holds, and how it travels
		}),
		(&meshv1alpha1.MeshConfig_CertificateData{}).ProtoReflect().Descriptor(): words(map[string]string{
			read:  "pem spiffeBundleUrl",
			inert: "certSigners trustDomains", // whom a root is for; that it is trusted is the fact
		}),
	})
}

// TestOverrideFieldsClassified: what of the objects that change proxies decides about whom they reach
// and what they may touch.
func TestOverrideFieldsClassified(t *testing.T) {
	t.Parallel()
	const narrows = "narrows" // it may keep a patch from applying; without it the answer is "may touch"
	checkFields(t, map[protoreflect.MessageDescriptor]map[string]string{
		(&networkingv1alpha3.EnvoyFilter_EnvoyConfigObjectPatch{}).ProtoReflect().Descriptor(): words(map[string]string{read: "applyTo match patch"}),
		(&networkingv1alpha3.EnvoyFilter_EnvoyConfigObjectMatch{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "context proxy listener waypoint", narrows: "routeConfiguration cluster",
		}),
		(&networkingv1alpha3.EnvoyFilter_ProxyMatch{}).ProtoReflect().Descriptor(): words(map[string]string{read: "proxyVersion", narrows: "metadata"}),
		(&networkingv1alpha3.EnvoyFilter_Patch{}).ProtoReflect().Descriptor():      words(map[string]string{read: "operation value", inert: "filterClass"}),
		(&networkingv1alpha3.EnvoyFilter_ListenerMatch{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "filterChain listenerFilter", narrows: "portNumber portName name",
		}),
		(&networkingv1alpha3.EnvoyFilter_WaypointMatch{}).ProtoReflect().Descriptor(): words(map[string]string{read: "filter", narrows: "portNumber route"}),
		(&networkingv1alpha3.WorkloadSelector{}).ProtoReflect().Descriptor():          {"labels": read},
		(&extensionsv1alpha1.WasmPlugin{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "selector targetRef targetRefs phase match",
			// Which code it is and how it is fetched, and the order among such code.
			inert: "url sha256 imagePullPolicy imagePullSecret verificationKey pluginConfig pluginName priority failStrategy vmConfig type",
		}),
		(&extensionsv1alpha1.TrafficExtension{}).ProtoReflect().Descriptor(): words(map[string]string{
			read: "selector targetRefs phase match", inert: "priority wasm lua",
		}),
		(&extensionsv1alpha1.TrafficSelector{}).ProtoReflect().Descriptor():            words(map[string]string{read: "mode", narrows: "ports"}),
		(&extensionsv1alpha1.WasmPlugin_TrafficSelector{}).ProtoReflect().Descriptor(): words(map[string]string{read: "mode", narrows: "ports"}),
		(&networkingv1beta1.ProxyConfig{}).ProtoReflect().Descriptor(): words(map[string]string{
			read:  "selector environmentVariables",
			inert: "concurrency image", // threads, and the variant of the image
		}),
	})
}

package istio

import (
	"slices"
	"strings"

	meshv1alpha1 "istio.io/api/mesh/v1alpha1"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// proxyOptions are the words by which a pod's own configuration is known to need a closer look, in both
// of their spellings.
var proxyOptions = []string{
	"customConfigFile", "custom_config_file", "proxyBootstrapTemplatePath", "proxy_bootstrap_template_path",
	"runtimeValues", "runtime_values", "connectionSettings", "connection_settings",
}

// annotationBootstrap names a ConfigMap whose text is merged into what a proxy starts with.
const annotationBootstrap = "sidecar.istio.io/bootstrapOverride"

// optionGaps names what the configuration of a proxy itself, the mesh's default or that of its pod, makes
// it do behind istiod's back; nil for nothing. Without a pod the proxy is a waypoint's, for which only the
// default counts.
func (r *revision) optionGaps(aspect mesh.Aspect, p *mesh.Pod) []mesh.Gap {
	var gaps []mesh.Gap
	if r != nil {
		if cfg := r.mesh.pb.GetDefaultConfig(); cfg != nil {
			gaps = r.optionsOf(aspect, cfg, p, mesh.Gap{Object: r.mesh.text.o.Ref}, func(field string) source.Loc {
				return r.mesh.text.at("defaultConfig." + field)
			})
		}
	}
	if p == nil {
		return gaps
	}
	if name, ok := p.Annotations[annotationBootstrap]; ok {
		gaps = append(gaps, mesh.Gap{
			Reason: source.ProblemUnsupported, Object: p.Object(), Loc: p.AnnotationLoc(annotationBootstrap),
			Detail: "the proxy starts with what ConfigMap " + quoted(name) + " puts over Istio's own configuration, which is not verified",
		})
	}
	text := p.Annotations[annotationProxyConfig]
	if !slices.ContainsFunc(proxyOptions, func(word string) bool { return strings.Contains(text, word) }) {
		return gaps
	}
	own, unread := podProxyConfig(p)
	gaps = append(gaps, unread...)
	return append(gaps, r.optionsOf(aspect, own, p, mesh.Gap{Object: p.Object()}, func(string) source.Loc {
		return p.AnnotationLoc(annotationProxyConfig)
	})...)
}

// optionsOf looks into one configuration; base has the object, and at the place of a field in it.
// pkg/bootstrap/instance.go and config.go, pkg/istio-agent/agent.go (CustomConfigFile).
func (r *revision) optionsOf(
	aspect mesh.Aspect, cfg *meshv1alpha1.ProxyConfig, p *mesh.Pod, base mesh.Gap, at func(string) source.Loc,
) []mesh.Gap {
	var gaps []mesh.Gap
	add := func(field, detail string) {
		base.Reason, base.Loc, base.Detail = source.ProblemUnsupported, at(field), detail
		gaps = append(gaps, base)
	}
	if file := cfg.GetCustomConfigFile(); file != "" {
		add("customConfigFile", "the proxy runs with the file "+quoted(file)+" of its own, which is not in the input")
	}
	if file := cfg.GetProxyBootstrapTemplatePath(); file != "" {
		add("proxyBootstrapTemplatePath", "the proxy starts with the file "+quoted(file)+" of its own, which is not in the input")
	}
	for _, key := range sortedKeys(cfg.GetRuntimeValues()) {
		// What guards against overload counts connections, and does not tell them apart.
		if !strings.HasPrefix(key, "overload.") {
			add("runtimeValues", "the runtime value "+quoted(key)+" may change what Envoy does, which is not verified")
		}
	}
	if aspect == mesh.AspectAuthorization && r.otherPaths(cfg.GetConnectionSettings(), p) {
		add("connectionSettings", "connectionSettings change the paths or headers of requests before policies see them, which is not evaluated")
	}
	return gaps
}

// otherPaths reports whether settings treat the paths or the headers of requests otherwise than the mesh
// does: such requests are refused, sent elsewhere, or rewritten. Since 1.31.
// pilot/pkg/networking/core/connection_settings.go applyEdgeProfileDefaults, applyConnectionSettingsToHCM.
func (r *revision) otherPaths(s *meshv1alpha1.ProxyConfig_ConnectionSettings, p *mesh.Pod) bool {
	if s == nil || r != nil && r.since(31) == truth.False {
		return false
	}
	if s.GetProfile() == meshv1alpha1.ProxyConfig_ConnectionSettings_EDGE && p != nil && envoyOf(p).role == roleRouter {
		return true
	}
	norm := r.normalization()
	if m := s.GetHttpMergeSlashes(); m != nil && m.GetValue() != norm.merge {
		return true
	}
	switch s.GetHttpHeadersWithUnderscoresAction() {
	case meshv1alpha1.ProxyConfig_ConnectionSettings_HEADERS_WITH_UNDERSCORES_UNSPECIFIED,
		meshv1alpha1.ProxyConfig_ConnectionSettings_HEADERS_WITH_UNDERSCORES_ALLOW:
	default:
		return true
	}
	switch s.GetHttpPathWithEscapedSlashesAction() {
	case meshv1alpha1.ProxyConfig_ConnectionSettings_PATH_WITH_ESCAPED_SLASHES_UNSPECIFIED:
		return false
	case meshv1alpha1.ProxyConfig_ConnectionSettings_KEEP_UNCHANGED:
		return norm.decode
	case meshv1alpha1.ProxyConfig_ConnectionSettings_UNESCAPE_AND_FORWARD:
		return !norm.decode
	default:
		return true
	}
}

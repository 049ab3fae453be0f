package istio

import (
	"slices"
	"strconv"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

const (
	proxyContainer   = "istio-proxy"
	annotationStatus = "sidecar.istio.io/status"

	labelTLSMode = "security.istio.io/tlsMode"
	labelTunnel  = "networking.istio.io/tunnel"

	// The ways of Enrolment.Advertises.
	advertisesMTLS  = "istio-mtls"
	advertisesHBONE = "hbone"
)

// proxy is an istio-proxy container of a pod.
type proxy struct {
	container *kube.Container
	path      string // of the container
	native    bool   // it is a restartable init container
}

// proxyOf finds the pod's istio-proxy container.
func proxyOf(p *mesh.Pod) (proxy, bool) {
	find := func(cs []kube.Container, path string, native bool) (proxy, bool) {
		i := slices.IndexFunc(cs, func(c kube.Container) bool {
			return c.Name == proxyContainer && (!native || c.IsNativeSidecar())
		})
		if i < 0 {
			return proxy{}, false
		}
		return proxy{&cs[i], source.Index(path, i), native}, true
	}
	if px, ok := find(p.Spec.InitContainers, "spec.initContainers", true); ok {
		return px, true
	}
	return find(p.Spec.Containers, "spec.containers", false)
}

// role is what the proxy's arguments make of it: sidecar, router or waypoint.
func (px proxy) role() string {
	i := slices.Index(px.container.Args, "proxy")
	if i < 0 || i+1 >= len(px.container.Args) {
		return templateSidecar
	}
	return px.container.Args[i+1]
}

func (px proxy) env(name string) string {
	for _, e := range px.container.Env {
		if e.Name == name {
			return e.Value
		}
	}
	return ""
}

// mode is how a pod with this proxy takes part in the mesh.
func (px proxy) mode() mesh.Mode {
	if off, _ := strconv.ParseBool(px.env("DISABLE_ENVOY")); off {
		return mesh.ModeProxyless
	}
	switch px.role() {
	case "router":
		return mesh.ModeGateway
	case "waypoint":
		return mesh.ModeWaypoint
	case "ztunnel": // it serves the pods of its node, and nobody stands before it
		return mesh.ModeNone
	}
	if px.native {
		return mesh.ModeNativeSidecar
	}
	return mesh.ModeSidecar
}

// cause is CauseMeshComponent for a proxy that is the pod's whole purpose, else as given.
func (px proxy) cause(otherwise mesh.Cause) mesh.Cause {
	switch px.mode() {
	case mesh.ModeGateway, mesh.ModeWaypoint, mesh.ModeNone:
		return mesh.CauseMeshComponent
	default:
		return otherwise
	}
}

// Ran recognises a pod that admission or istio-cni has handled.
func (l *Layer) Ran(p *mesh.Pod) bool {
	_, status := p.Annotations[annotationStatus]
	_, redirected := p.Annotations[annotationRedirection]
	_, proxied := proxyOf(p)
	return status || redirected || proxied
}

// Observe says what the running pod is, by what Istio leaves on it.
func (l *Layer) Observe(p *mesh.Pod) mesh.Enrolment {
	if px, ok := proxyOf(p); ok {
		return l.withProxy(p, px, px.cause(mesh.CauseRunning), ruleObserved)
	}
	if i := slices.IndexFunc(p.Spec.InitContainers, func(c kube.Container) bool { return c.Name == "grpc-bootstrap-init" }); i >= 0 {
		return mesh.Enrolment{
			Mode: mesh.ModeProxyless, Cause: mesh.CauseRunning, Revision: revisionOf(p),
			Why: []mesh.Step{{
				Rule: ruleObserved, Object: p.Object(), Loc: p.At(source.Index("spec.initContainers", i)),
				Detail: "the pod has a gRPC bootstrap and no proxy",
			}},
		}
	}
	switch v := p.Annotations[annotationRedirection]; v {
	case "enabled":
		return l.ambientEnrolment(p, mesh.Step{
			Rule: ruleAmbientObserved, Object: p.Object(), Loc: p.AnnotationLoc(annotationRedirection),
			Detail: "istio-cni has redirected the pod's traffic to ztunnel",
		}, nil)
	case "":
		return mesh.Enrolment{Mode: mesh.ModeNone, Cause: mesh.CauseRunning, Why: []mesh.Step{{
			Rule: ruleNoProxy, Object: p.Object(), Loc: p.At("metadata.name"),
			Detail: "the running pod has neither an istio-proxy container nor annotation " + annotationRedirection,
		}}}
	default:
		return mesh.Enrolment{Mode: mesh.ModeNone, Cause: mesh.CauseRunning, Why: []mesh.Step{{
			Rule: ruleAmbientObserved, Object: p.Object(), Loc: p.AnnotationLoc(annotationRedirection),
			Detail: "the pod's redirection to ztunnel is " + quoted(v) + ", not enabled",
		}}}
	}
}

// withProxy describes a pod with an istio-proxy container.
func (l *Layer) withProxy(p *mesh.Pod, px proxy, cause mesh.Cause, rule string) mesh.Enrolment {
	e := mesh.Enrolment{
		Mode: px.mode(), Cause: cause, Revision: revisionOf(p), Version: imageTag(px.container.Image),
		Advertises: advertised(p.Labels),
	}
	e.Identity = l.identity(p, e.Revision)
	where := "container"
	if px.native {
		where = "restartable init container"
	}
	e.Why = []mesh.Step{{
		Rule: rule, Object: p.Object(), Loc: p.At(px.path),
		Detail: "the pod has " + where + " " + proxyContainer + " in the role of " + px.role(),
	}}
	return e
}

// written answers for a template into which a proxy is written, so that no webhook has to add it:
// what istiod makes for a Gateway, and what istioctl kube-inject leaves. An image "auto" is only a
// place for the injector to fill.
func (l *Layer) written(p *mesh.Pod) (mesh.Enrolment, bool) {
	px, ok := proxyOf(p)
	if !ok || px.container.Image == "auto" || !p.IsTemplate() && p.Workload.ID().Kind != "Pod" {
		return mesh.Enrolment{}, false
	}
	cause := px.cause(mesh.CauseManual)
	injected := p.Workload.TemplateInferred() || p.Workload.ID().Kind == "Pod" || l.admission(p).injected != truth.False
	if cause != mesh.CauseMeshComponent && injected {
		return mesh.Enrolment{}, false // an injected pod, not a template: admission says what would be again
	}
	e := l.withProxy(p, px, cause, ruleManual)
	e.Explicit = true
	return e, true
}

// revisionOf reads the revision that injected a pod: injection leaves it in an annotation, and in
// its status before that annotation existed.
func revisionOf(p *mesh.Pod) string {
	if rev := p.Annotations[labelRevision]; rev != "" {
		return rev
	}
	var status struct {
		Revision string `json:"revision"`
	}
	if v := p.Annotations[annotationStatus]; v != "" && jsonv2.Unmarshal([]byte(v), &status) == nil && status.Revision != "" {
		return status.Revision
	}
	return p.Labels[labelRevision]
}

// advertised is what istiod tells clients about a pod, by its labels.
// pilot/pkg/model SupportsTunnel; pilot/pkg/xds/endpoints/mtls_checker.go.
func advertised(labels map[string]string) []string {
	var ways []string
	if slices.Contains(strings.Split(labels[labelTunnel], ","), "http") {
		ways = append(ways, advertisesHBONE)
	}
	if labels[labelTLSMode] == "istio" {
		ways = append(ways, advertisesMTLS)
	}
	return ways
}

// advertisedByInjection is advertised after injection has added its labels where the pod has none
// of its own (files/injection-template.yaml), with what leaves that open.
func (l *Layer) advertisedByInjection(p *mesh.Pod, rev *revision) ([]string, []mesh.Gap) {
	labels := map[string]string{labelTLSMode: "istio"}
	hbone, gaps := l.metadata(p, rev, "ISTIO_META_ENABLE_HBONE")
	if hbone == "true" {
		labels[labelTunnel] = "http"
	}
	for _, name := range []string{labelTLSMode, labelTunnel} {
		if v := p.Labels[name]; v != "" {
			labels[name] = v
		}
	}
	if p.Labels[labelTunnel] != "" {
		gaps = nil
	}
	return advertised(labels), gaps
}

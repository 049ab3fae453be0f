package linkerd

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// blocker is a reason for which the injector leaves a pod alone.
type blocker struct {
	cause    mesh.Cause
	explicit bool // the pod itself says so
	step     mesh.Step
}

// blockers are all reasons against injection, in the injector's order: the network, a sidecar, the
// annotations, the token (pkg/inject/report.go Injectable). The second result are the gaps that leave open
// whether there are more.
func (l *Layer) blockers(p *mesh.Pod) ([]blocker, []mesh.Gap) {
	var all []blocker
	if p.Spec.HostNetwork {
		all = append(all, blocker{mesh.CauseHostNetwork, true, mesh.Step{
			Rule: ruleHostNetwork, Object: p.Object(), Loc: p.At("spec.hostNetwork"),
			Detail: "the pod uses its node's network, which a sidecar cannot take over",
		}})
	}
	if path, found := l.sidecar(p); found {
		all = append(all, blocker{mesh.CauseManual, true, mesh.Step{
			Rule: ruleSidecarExists, Object: p.Object(), Loc: p.At(path), Detail: "the pod has a sidecar of a mesh already",
		}})
	}
	var gaps []mesh.Gap
	switch b, decided := annotationBlocker(p); {
	case decided && b != nil:
		all = append(all, *b)
	case !decided:
		gaps = p.Namespace.Gaps()
	}
	switch token, step, more := l.token(p); token {
	case truth.False:
		all = append(all, blocker{mesh.CauseInjectorSelector, false, step})
	case truth.Unknown:
		gaps = append(gaps, more...)
	default:
	}
	return all, gaps
}

// sidecar finds a container of this mesh or of Istio, which the injector does not add its own to. The places
// looked at are those of pkg/healthcheck/sidecar.go HasExistingSidecars; proxies among the init containers
// count since edge-24.5.1. A template that stands for pods that were injected shows its own containers, of
// which a new pod would have none.
func (l *Layer) sidecar(p *mesh.Pod) (string, bool) {
	again := byInjector(p)
	foreign := func(ct kube.Container) bool { return isSidecar(ct) && !(again && isOwn(ct)) }
	if l.settings.release.sinceEdge(16, edition{24, 5, 1}) {
		if i := slices.IndexFunc(p.Spec.InitContainers, foreign); i >= 0 {
			return source.Index("spec.initContainers", i), true
		}
	}
	if i := slices.IndexFunc(p.Spec.Containers, foreign); i >= 0 {
		return source.Index("spec.containers", i), true
	}
	i := slices.IndexFunc(p.Spec.InitContainers, func(ct kube.Container) bool { return isSetup(ct) && !(again && isOwn(ct)) })
	return source.Index("spec.initContainers", max(i, 0)), i >= 0
}

func isSidecar(ct kube.Container) bool {
	return strings.HasPrefix(ct.Image, "cr.l5d.io/linkerd/proxy:") || strings.HasPrefix(ct.Image, "gcr.io/istio-release/proxyv2:") ||
		ct.Name == containerProxy || ct.Name == "istio-proxy"
}

// isSetup reports whether an init container sets up redirection.
func isSetup(ct kube.Container) bool {
	return strings.HasPrefix(ct.Image, "cr.l5d.io/linkerd/proxy-init:") || strings.HasPrefix(ct.Image, "gcr.io/istio-release/proxy_init:") ||
		ct.Name == containerInit || ct.Name == "istio-init"
}

// isOwn reports whether a container is one that injection adds.
func isOwn(ct kube.Container) bool {
	switch ct.Name {
	case containerProxy, containerInit, containerValidator, containerDebug:
		return true
	default:
		return false
	}
}

// annotationBlocker follows pkg/inject/report.go disabledByAnnotation. It returns nil for a pod that the
// annotations have injected, and false where the namespace's are not known and would decide. An annotation
// that is there and empty counts as none.
func annotationBlocker(p *mesh.Pod) (*blocker, bool) {
	own, ns := p.Annotations[annotationInject], p.Namespace.Annotations[annotationInject]
	atPod := mesh.Step{Object: p.Object(), Loc: p.AnnotationLoc(annotationInject), Detail: "the pod has annotation " + annotationInject + "=" + own}
	atNamespace := mesh.Step{
		Object: p.Namespace.Object(), Loc: p.Namespace.AnnotationLoc(annotationInject),
		Detail: "namespace " + p.Namespace.Name + " has annotation " + annotationInject + "=" + ns,
	}
	known := len(p.Namespace.Gaps()) == 0
	switch {
	case !known && injects(own):
		return nil, false // a wrong word at the namespace would still keep the pod out
	case !known && own == "":
		return nil, false
	case !validInject(ns):
		atNamespace.Rule = ruleInvalidNamespace
		atNamespace.Detail += ", which is no valid word and keeps all of its pods out"
		return &blocker{mesh.CauseNamespaceLabel, false, atNamespace}, true
	case !validInject(own):
		atPod.Rule = ruleInvalidWorkload
		atPod.Detail += ", which is no valid word"
		return &blocker{mesh.CausePodAnnotation, true, atPod}, true
	case injects(ns) && own == injectDisabled:
		atPod.Rule = ruleDisabled
		return &blocker{mesh.CausePodAnnotation, true, atPod}, true
	case injects(ns) || injects(own):
		return nil, true
	default:
		return notEnabled(p, own, ns, atPod, atNamespace), true
	}
}

// notEnabled explains that neither asks for injection, by whoever says so.
func notEnabled(p *mesh.Pod, own, ns string, atPod, atNamespace mesh.Step) *blocker {
	switch {
	case own != "":
		atPod.Rule = ruleNotEnabled
		return &blocker{mesh.CausePodAnnotation, true, atPod}
	case ns != "":
		atNamespace.Rule = ruleNotEnabled
		return &blocker{mesh.CauseNamespaceLabel, false, atNamespace}
	default:
		s := mesh.Step{
			Rule: ruleNotEnabled, Object: p.Namespace.Object(), Loc: p.Namespace.At("metadata"),
			Detail: "neither namespace " + p.Namespace.Name + " nor the pod has annotation " + annotationInject,
		}
		if _, ok := p.Labels[annotationInject]; ok {
			s.Object, s.Loc = p.Object(), p.LabelLoc(annotationInject)
			s.Detail += "; the pod's label of that name is none"
		} else if _, ok := p.Namespace.Labels[annotationInject]; ok {
			s.Loc = p.Namespace.LabelLoc(annotationInject)
			s.Detail += "; the namespace's label of that name is none"
		}
		return &blocker{mesh.CauseNamespaceUnlabelled, false, s}
	}
}

func injects(word string) bool { return word == injectEnabled || word == injectIngress }

func validInject(word string) bool { return word == "" || word == injectDisabled || injects(word) }

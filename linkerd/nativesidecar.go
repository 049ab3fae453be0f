package linkerd

import (
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// native says whether the injector makes the proxy a restartable init container. The first annotation that is
// there decides; one with a word that is neither true nor false leaves the default, and hides those after it
// (pkg/inject/inject.go ApplyAnnotationOverrides).
func (l *Layer) native(c *podConfig) (bool, mesh.Step, []mesh.Gap) {
	r := l.settings.release
	if !r.sinceEdge(15, edition{23, 11, 4}) {
		return false, mesh.Step{Rule: ruleNativeSidecar, Detail: "the release knows no native sidecars"}, nil
	}
	var gaps []mesh.Gap
	for _, key := range nativeKeys(r) {
		value, ok := c.annotations[key]
		if !ok {
			continue
		}
		native, err := strconv.ParseBool(value)
		step := c.loc(key)
		step.Rule = ruleNativeSidecar
		if err == nil {
			return native, step, nil
		}
		break
	}
	value := l.settings.values.Proxy.NativeSidecar
	if l.settings.given.Proxy.NativeSidecar == nil {
		gaps = l.settings.vague // the default changed
	}
	return *value, l.settings.at(ruleNativeSidecar, "proxy.nativeSidecar is "+strconv.FormatBool(*value)), gaps
}

// nativeKeys are the annotations that a release reads, the one that counts most first.
func nativeKeys(r release) []string {
	switch {
	case r.sinceEdge(20, edition{26, 5, 2}):
		return []string{annotationNative, annotationNativeBeta, annotationNativeAlpha}
	case r.sinceEdge(19, edition{25, 10, 2}):
		return []string{annotationNativeBeta, annotationNativeAlpha}
	default:
		return []string{annotationNativeAlpha}
	}
}

// oldKubelets are the nodes on which no init container keeps running, because their kubelet is older than 1.29:
// the proxy would keep the pod from starting there (k8s.io/kubernetes pkg/features SidecarContainers).
func (c *compiler) oldKubelets() []mesh.Gap {
	for n := range c.in.Cluster.Nodes() {
		const field = "status.nodeInfo.kubeletVersion"
		_, rest, _ := strings.Cut(strings.TrimPrefix(n.Status.NodeInfo.KubeletVersion, "v"), ".")
		word, _, _ := strings.Cut(rest, ".")
		if minor, err := strconv.Atoi(strings.TrimRight(word, "+")); err == nil && minor < 29 {
			return []mesh.Gap{{
				Reason: source.ProblemUnsupported, Object: n.Object(), Loc: n.At(field),
				Detail: "kubelet " + n.Status.NodeInfo.KubeletVersion + " of node " + n.Name + " knows no native sidecars by default: where it is not told to, the pod does not start",
			}}
		}
	}
	return nil
}

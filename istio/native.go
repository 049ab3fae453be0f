package istio

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

const annotationNative = "sidecar.istio.io/nativeSidecar"

// place decides whether the sidecar becomes a restartable init container. Where that cannot be
// told the mode stays that of any sidecar, with the gap named: both are inside the mesh.
func (l *Layer) place(e *mesh.Enrolment, p *mesh.Pod, rev *revision) {
	native, step, gap := l.native(p, rev)
	switch native {
	case truth.True:
		e.Mode = mesh.ModeNativeSidecar
		e.Why = append(e.Why, step)
	case truth.False:
		e.Why = append(e.Why, step)
	default:
		e.Unknown = append(e.Unknown, gap)
	}
}

// native follows files/injection-template.yaml, where every annotation value but "false" means
// native, and pkg/kube/inject/webhook.go DetectNativeSidecar. The annotation exists since 1.24.
func (l *Layer) native(p *mesh.Pod, rev *revision) (truth.Value, mesh.Step, mesh.Gap) {
	if v := p.Annotations[annotationNative]; v != "" {
		return truth.Of(v != "false"), mesh.Step{
			Rule: ruleNativeSidecar, Object: p.Object(), Loc: p.AnnotationLoc(annotationNative),
			Detail: "annotation " + annotationNative + "=" + v,
		}, mesh.Gap{}
	}
	flag, step, known := rev.nativeFlag()
	if !known {
		return truth.Unknown, step, mesh.Gap{
			Reason: source.ProblemIncomplete,
			Object: step.Object, Loc: step.Loc,
			Detail: "whether the sidecar is native is not known: " + cmp.Or(step.Detail, "the control plane's version is not in the input, and the default changed in 1.27"),
		}
	}
	switch flag {
	case "true":
		return truth.True, step, mesh.Gap{}
	case "auto":
		return l.nativeByKubelet(p, step)
	default: // istiod takes any other word for "false"
		return truth.False, step, mesh.Gap{}
	}
}

// nativeFlag is ENABLE_NATIVE_SIDECARS as istiod sees it. The default is "false" from 1.19 to
// 1.26 and "auto" since 1.27; releases before 1.19 have no native sidecars.
func (r *revision) nativeFlag() (string, mesh.Step, bool) {
	const name = "ENABLE_NATIVE_SIDECARS"
	if v, ok := r.env[name]; ok && v.elsewhere {
		return "", mesh.Step{Loc: v.loc, Detail: "the value of istiod's " + name + " is not in the input"}, false
	} else if ok {
		return v.value, mesh.Step{Rule: ruleNativeSidecar, Loc: v.loc, Detail: "istiod runs with " + name + "=" + v.value}, true
	}
	version := cmp.Or(r.version, r.injector.proxyTag)
	minor, ok := istioMinor(version)
	if !ok {
		return "", mesh.Step{}, false
	}
	flag := "false"
	if minor >= 27 {
		flag = "auto"
	}
	return flag, mesh.Step{Rule: ruleNativeSidecar, Detail: name + " is " + flag + " by default in Istio " + version}, true
}

// nativeByKubelet asks the pod's node, or every node for a pod that has none yet, for a kubelet of
// 1.33 or later.
func (l *Layer) nativeByKubelet(p *mesh.Pod, flag mesh.Step) (truth.Value, mesh.Step, mesh.Gap) {
	nodes := 0
	for n := range l.cluster.Nodes() {
		if p.Spec.NodeName != "" && n.Name == p.Spec.NodeName {
			if n.Status.NodeInfo.KubeletVersion == "" {
				return truth.Unknown, flag, kubeletUnseen(n)
			}
			ok, step := nodeIsNative(n)
			return truth.Of(ok), step, mesh.Gap{}
		}
		nodes++
	}
	if nodes == 0 {
		return truth.Unknown, flag, mesh.Gap{
			Reason: source.ProblemIncomplete,
			Detail: "whether the sidecar is native is not known: it takes a kubelet of 1.33 or later on every node, and no Node is in the input",
		}
	}
	var unseen *mesh.Node
	for n := range l.cluster.Nodes() {
		if n.Status.NodeInfo.KubeletVersion == "" {
			unseen = n
		} else if ok, step := nodeIsNative(n); !ok {
			return truth.False, step, mesh.Gap{}
		}
	}
	if unseen != nil {
		return truth.Unknown, flag, kubeletUnseen(unseen)
	}
	flag.Detail += "; every node's kubelet is 1.33 or later"
	return truth.True, flag, mesh.Gap{}
}

// kubeletUnseen says that a Node was written down without its status, or with one that is damaged.
func kubeletUnseen(n *mesh.Node) mesh.Gap {
	return mesh.Gap{
		Reason: source.ProblemIncomplete, Object: n.Object(), Loc: n.At("status"),
		Detail: "whether the sidecar is native is not known: node " + n.Name + " does not tell its kubelet's version",
	}
}

// nodeIsNative treats a version that cannot be read as too old, as istiod does.
func nodeIsNative(n *mesh.Node) (bool, mesh.Step) {
	const field = "status.nodeInfo.kubeletVersion"
	v := n.Status.NodeInfo.KubeletVersion
	minor, ok := kubeletMinor(v)
	step := mesh.Step{Rule: ruleNativeSidecar, Object: n.Object(), Loc: n.At(field), Detail: "node " + n.Name + " has kubelet " + v}
	return ok && minor >= 33, step
}

// kubeletMinor is the second number of a version such as v1.33.1-gke.100.
func kubeletMinor(version string) (int, bool) {
	_, rest, ok := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	if !ok {
		return 0, false
	}
	return leadingInt(rest)
}

// istioMinor is the minor release of a version of Istio 1, such as 1.27.0, 1.27-alpha or 1.18.2-distroless.
func istioMinor(version string) (int, bool) {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(version, "v"), "1.")
	if !ok {
		return 0, false
	}
	return leadingInt(rest)
}

func leadingInt(s string) (int, bool) {
	end := 0
	for end < len(s) && '0' <= s[end] && s[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(s[:end])
	return n, err == nil
}

package linkerd

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

const (
	containerProxy    = "linkerd-proxy"
	containerCNI      = "install-cni"
	labelCNI          = "linkerd.io/cni-resource"
	annotationGateway = "config.linkerd.io/enable-gateway"
)

// componentKey is what pods of one component have in common.
type componentKey struct {
	kind     mesh.ComponentKind
	servedBy string // the namespace of its control plane; empty when not known
	version  string // as written
	release  string // the one that is compared
}

// findComponents looks at running pods, and at the templates of workloads without any in which a proxy is
// written down.
func (l *Layer) findComponents() []mesh.Component {
	byKey := map[componentKey]*mesh.Component{}
	for w := range l.cluster.Workloads() {
		ran := false
		for p := range w.Pods() {
			ran = true
			l.addComponent(byKey, w, p)
		}
		if !ran {
			l.addComponent(byKey, w, w.Template())
		}
	}
	var all []mesh.Component
	for _, c := range byKey {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b mesh.Component) int {
		return cmp.Or(
			cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Version, b.Version),
			cmp.Compare(a.Skew.Behind, b.Skew.Behind), a.Workloads[0].Compare(b.Workloads[0]),
		)
	})
	return all
}

func (l *Layer) addComponent(byKey map[componentKey]*mesh.Component, w *mesh.Workload, p *mesh.Pod) {
	kind, container, path := componentOf(p)
	if kind == mesh.ComponentUnknown {
		return
	}
	key := componentKey{kind: kind, version: imageTag(container.Image)}
	if kind == mesh.ComponentCNI {
		// The plugin has versions of its own; the chart that installs it is of Linkerd's release.
		key.release = makerRelease(p)
	} else {
		if !isRelease(key.version) {
			key.version = cmp.Or(p.Annotations[annotationVersion], key.version)
		}
		key.release, key.servedBy = key.version, p.Labels[labelServedBy]
	}
	c := byKey[key]
	if c == nil {
		c = &mesh.Component{Kind: kind, Namespace: key.servedBy, Version: key.version}
		c.Why = []mesh.Step{{
			Rule: ruleComponentImage, Object: p.Object(), Loc: p.At(path + ".image"),
			Detail: "the " + kind.String() + " runs image " + container.Image,
		}}
		l.skew(c, key)
		byKey[key] = c
	}
	if n := len(c.Workloads); n == 0 || c.Workloads[n-1] != w.ID() {
		c.Workloads = append(c.Workloads, w.ID())
	}
	if !p.IsTemplate() {
		c.Pods++
	}
}

// componentOf finds the container that makes a pod a part of the data plane.
func componentOf(p *mesh.Pod) (mesh.ComponentKind, *kube.Container, string) {
	if px, ok := proxyOf(p); ok {
		if p.Annotations[annotationGateway] == "true" {
			return mesh.ComponentGateway, px.container, px.path
		}
		return mesh.ComponentProxy, px.container, px.path
	}
	if _, ok := p.Labels[labelCNI]; !ok {
		return mesh.ComponentUnknown, nil, ""
	}
	for i := range p.Spec.Containers {
		if ct := &p.Spec.Containers[i]; ct.Name == containerCNI {
			return mesh.ComponentCNI, ct, source.Index("spec.containers", i)
		}
	}
	return mesh.ComponentUnknown, nil, ""
}

// skew compares a component's release with that of its control plane. Linkerd calls 2.18 and 2.19 two
// major versions, of which it supports one between them (linkerd.io, tasks/upgrade); the adapter only says
// how many there are.
func (l *Layer) skew(c *mesh.Component, key componentKey) {
	unknown := func(detail string) {
		c.Unknown = append(c.Unknown, mesh.Gap{Reason: source.ProblemIncomplete, Object: c.Why[0].Object, Loc: c.Why[0].Loc, Detail: detail})
	}
	is, known := parseRelease(key.release)
	if !known {
		if key.kind == mesh.ComponentCNI {
			c.Skew.Independent = true
			return
		}
		unknown("neither the image's tag nor an annotation tells a release")
		return
	}
	in := l.control.serving(key.servedBy)
	if in == nil {
		unknown("the control plane in namespace " + key.servedBy + ", which serves it, is not in the input")
		return
	}
	of := in.settings.release
	if of.minor == 0 {
		unknown("the version of the control plane in namespace " + in.namespace + " is not in the input")
		return
	}
	c.Skew = mesh.Skew{Known: true, Behind: of.minor - is.minor}
}

// serving is the installation in a namespace; the one that counts for what names none, and nil when there
// is none there.
func (cp *controlPlane) serving(namespace string) *installation {
	if namespace == "" {
		return cp.installed[0]
	}
	i := slices.IndexFunc(cp.installed, func(in *installation) bool { return in.namespace == namespace })
	if i < 0 {
		return nil
	}
	return cp.installed[i]
}

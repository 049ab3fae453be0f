package linkerd

import (
	"cmp"
	"slices"

	"github.com/meshposture/meshposture/internal/components"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

const (
	containerCNI      = "install-cni"
	labelCNI          = "linkerd.io/cni-resource"
	annotationGateway = prefixConfig + "enable-gateway"
)

// componentKey is what pods of one component have in common.
type componentKey struct {
	kind     mesh.ComponentKind
	servedBy string // the namespace of its control plane; empty when not known
	version  string // as written
	release  string // the one that is compared
}

// findComponents groups the pods of the data plane by release.
func (l *Layer) findComponents() []mesh.Component {
	return components.Group(l.cluster, func(_ *mesh.Workload, p *mesh.Pod) (componentKey, func() *mesh.Component) {
		part, ok := componentOf(p)
		if !ok {
			return componentKey{}, nil
		}
		key := keyOf(p, part)
		return key, func() *mesh.Component {
			c := part.Of(p, ruleComponentImage)
			c.Namespace, c.Version = key.servedBy, key.version
			l.skew(c, key)
			return c
		}
	})
}

func keyOf(p *mesh.Pod, part components.Part) componentKey {
	key := componentKey{kind: part.Kind, version: imageTag(part.Container.Image)}
	if part.Kind == mesh.ComponentCNI {
		// The plugin has versions of its own; the chart that installs it is of Linkerd's release.
		key.release = makerRelease(p)
		return key
	}
	if !isRelease(key.version) {
		key.version = cmp.Or(p.Annotations[annotationVersion], key.version)
	}
	key.release, key.servedBy = key.version, p.Labels[labelControlPlane]
	return key
}

// componentOf finds the container that makes a pod a part of the data plane.
func componentOf(p *mesh.Pod) (components.Part, bool) {
	if px, ok := proxyOf(p); ok {
		kind := mesh.ComponentProxy
		if p.Annotations[annotationGateway] == "true" {
			kind = mesh.ComponentGateway
		}
		return components.Part{Kind: kind, Container: px.container, Path: px.path}, true
	}
	if _, ok := p.Labels[labelCNI]; !ok {
		return components.Part{}, false
	}
	i := slices.IndexFunc(p.Spec.Containers, func(c kube.Container) bool { return c.Name == containerCNI })
	if i < 0 {
		return components.Part{}, false
	}
	return components.Part{Kind: mesh.ComponentCNI, Container: &p.Spec.Containers[i], Path: source.Index("spec.containers", i)}, true
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

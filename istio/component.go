package istio

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/internal/components"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// Components lists the proxies, gateways, waypoints, ztunnels and istio-cni of the cluster by release.
func (l *Layer) Components() []mesh.Component { return slices.Clone(l.facts.components()) }

// componentKey is what pods of one component have in common.
type componentKey struct {
	kind              mesh.ComponentKind
	revision, version string
}

// findComponents groups the pods of the data plane by revision and version.
func (l *Layer) findComponents() []mesh.Component {
	return components.Group(l.cluster, func(w *mesh.Workload, p *mesh.Pod) (componentKey, func() *mesh.Component) {
		part, ok := componentOf(p)
		if !ok {
			return componentKey{}, nil
		}
		rev := l.componentRevision(w, p, part.Kind)
		key := componentKey{kind: part.Kind, version: cmp.Or(imageVersion(part.Container.Image), labelVersion(p.Labels))}
		if rev != nil {
			key.revision = rev.name
		}
		return key, func() *mesh.Component {
			c := part.Of(p, ruleComponentImage)
			c.Revision, c.Version = key.revision, key.version
			l.skew(c, rev)
			return c
		}
	})
}

// componentRevision is the revision that serves a pod; nil when it is not known.
func (l *Layer) componentRevision(w *mesh.Workload, p *mesh.Pod, kind mesh.ComponentKind) *revision {
	served := revisionOf(p)
	if served == "" && kind == mesh.ComponentCNI {
		served = w.ObjectLabels()[labelRevision]
	}
	return l.only(served)
}

// componentOf finds the container that makes a pod a part of the data plane.
func componentOf(p *mesh.Pod) (components.Part, bool) {
	if px, ok := proxyOf(p); ok && px.container.Image != "auto" {
		kind := mesh.ComponentProxy
		switch px.role() {
		case roleRouter:
			kind = mesh.ComponentGateway
		case roleWaypoint:
			kind = mesh.ComponentWaypoint
		case roleZtunnel:
			kind = mesh.ComponentNodeProxy
		}
		return components.Part{Kind: kind, Container: px.container, Path: px.path}, true
	}
	i := slices.IndexFunc(p.Spec.Containers, func(c kube.Container) bool {
		return c.Name == "install-cni" && strings.Contains(c.Image, "install-cni") && strings.Contains(p.Labels["k8s-app"], "istio-cni")
	})
	if i < 0 {
		return components.Part{}, false
	}
	return components.Part{Kind: mesh.ComponentCNI, Container: &p.Spec.Containers[i], Path: source.Index("spec.containers", i)}, true
}

// skew compares a component's release with that of its istiod. One minor release between them is what
// Istio supports; the adapter only says how many there are.
func (l *Layer) skew(c *mesh.Component, rev *revision) {
	if rev == nil {
		c.Unknown = append(c.Unknown, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: c.Why[0].Object, Loc: c.Why[0].Loc,
			Detail: "which control plane serves it is not known",
		})
		return
	}
	is, known := istioMinor(c.Version)
	if !known {
		c.Unknown = append(c.Unknown, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: c.Why[0].Object, Loc: c.Why[0].Loc,
			Detail: "neither the image's tag nor a label tells a version",
		})
		return
	}
	of, known := istioMinor(rev.version)
	if !known {
		c.Unknown = append(c.Unknown, mesh.Gap{
			Reason: source.ProblemIncomplete, Detail: "the version of revision " + rev.name + " is not in the input",
		})
		return
	}
	c.Skew = mesh.Skew{Known: true, Behind: of - is}
}

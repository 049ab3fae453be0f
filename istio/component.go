package istio

import (
	"cmp"
	"slices"
	"strings"

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
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Revision, b.Revision), strings.Compare(a.Version, b.Version))
	})
	return all
}

func (l *Layer) addComponent(byKey map[componentKey]*mesh.Component, w *mesh.Workload, p *mesh.Pod) {
	kind, container, path := componentOf(p)
	if kind == mesh.ComponentUnknown {
		return
	}
	key := componentKey{kind: kind, version: cmp.Or(imageVersion(container.Image), labelVersion(p.Labels))}
	served := revisionOf(p)
	if served == "" && kind == mesh.ComponentCNI {
		served = w.ObjectLabels()[labelRevision]
	}
	rev := l.only(served)
	if rev != nil {
		key.revision = rev.name
	}
	c := byKey[key]
	if c == nil {
		c = &mesh.Component{Kind: kind, Revision: key.revision, Version: key.version}
		c.Why = []mesh.Step{{
			Rule: ruleComponentImage, Object: p.Object(), Loc: p.At(path + ".image"),
			Detail: "the " + kind.String() + " runs image " + container.Image,
		}}
		l.skew(c, rev)
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
		return kind, px.container, px.path
	}
	for i := range p.Spec.Containers {
		if c := &p.Spec.Containers[i]; c.Name == "install-cni" && strings.Contains(c.Image, "install-cni") && strings.Contains(p.Labels["k8s-app"], "istio-cni") {
			return mesh.ComponentCNI, c, source.Index("spec.containers", i)
		}
	}
	return mesh.ComponentUnknown, nil, ""
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

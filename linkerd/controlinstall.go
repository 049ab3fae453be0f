package linkerd

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// The labels by which Linkerd's charts mark what they make (pkg/k8s/labels.go).
const (
	labelComponent  = "linkerd.io/control-plane-component"
	labelAppVersion = "app.kubernetes.io/version"
)

// controlParts are the parts of a control plane without which it does not work: the Deployments
// linkerd-destination, linkerd-identity and linkerd-proxy-injector.
var controlParts = [...]string{"destination", "identity", "proxy-injector"}

// installation is a namespace in which the input shows a control plane.
type installation struct {
	namespace string
	config    source.Object // linkerd-config; zero when it is not in the input
	parts     [len(controlParts)]*mesh.Workload
	assumed   bool // nothing of it is in the input
	settings  *settings
}

// installations finds the control planes. The first is the one whose settings count for all pods; the
// others follow by namespace. Where the input shows none, a default one is assumed.
func (c *compiler) installations() []*installation {
	found := map[string]*installation{}
	in := func(namespace string) *installation {
		if found[namespace] == nil {
			found[namespace] = &installation{namespace: namespace}
		}
		return found[namespace]
	}
	for o := range c.in.Objects.Objects(kube.KindConfigMap) {
		if o.Ref.Name == configName && configures(o) {
			in(o.Ref.Namespace).config = o
		}
	}
	for w := range c.in.Cluster.Workloads() {
		if i := partOf(w); i >= 0 {
			in(w.ID().Namespace).parts[i] = w
		}
	}
	all := make([]*installation, 0, len(found))
	for _, one := range found {
		all = append(all, one)
	}
	if len(all) == 0 {
		all = append(all, &installation{namespace: c.namedNamespace(), assumed: true})
	}
	slices.SortFunc(all, func(a, b *installation) int { return strings.Compare(a.namespace, b.namespace) })
	slices.SortStableFunc(all, func(a, b *installation) int { return cmp.Compare(b.rank(), a.rank()) })
	slices.SortFunc(all[1:], func(a, b *installation) int { return strings.Compare(a.namespace, b.namespace) })
	for _, one := range all {
		one.settings = c.settingsOf(one)
	}
	return all
}

// configures reports whether a ConfigMap by the name of the configuration may be it: those of Linkerd 1 have the
// same name in its examples, and hold a file. Releases before 2.9 kept three parts
// (linkerd/linkerd2 stable-2.8.1, pkg/config).
func configures(o source.Object) bool {
	cm, _ := kube.Decode[kube.ConfigMap](o)
	for _, key := range []string{"values", "global", "proxy", "install"} {
		if _, ok := cm.Data[key]; ok {
			return true
		}
	}
	return len(cm.Data) == 0
}

// namedNamespace is the namespace of the control plane that the input's pods name, or the one that the
// charts propose where they name none or several.
func (c *compiler) namedNamespace() string {
	named := ""
	for w := range c.in.Cluster.Workloads() {
		for p := range w.Pods() {
			switch ns := p.Labels[labelControlPlane]; {
			case ns == "" || ns == named:
			case named != "":
				return defaultNamespace
			default:
				named = ns
			}
		}
	}
	return cmp.Or(named, defaultNamespace)
}

// rank tells which of several installations counts: one with its configuration, then one that has
// something to run, then the one in the namespace that the charts propose.
func (in *installation) rank() int {
	rank := 0
	if !in.config.Ref.IsZero() {
		rank += 4
	}
	if in.parts != [len(controlParts)]*mesh.Workload{} {
		rank += 2
	}
	if in.namespace == defaultNamespace {
		rank++
	}
	return rank
}

// partOf is the place in controlParts of the part that a workload is; -1 when it is none.
func partOf(w *mesh.Workload) int {
	if w.ID().Kind != kube.KindDeployment.Kind {
		return -1
	}
	return slices.IndexFunc(controlParts[:], func(name string) bool {
		return w.ID().Name == "linkerd-"+name && cmp.Or(w.Template().Labels[labelComponent], name) == name
	})
}

// version is the release that the parts show, for an installation whose configuration does not tell it;
// empty when they do not.
func (in *installation) version() string {
	for _, w := range in.parts {
		if w == nil {
			continue
		}
		for i := range w.Template().Spec.Containers {
			ct := &w.Template().Spec.Containers[i]
			if tag := imageTag(ct.Image); ct.Name != containerProxy && isRelease(tag) {
				return tag
			}
		}
		if v := w.ObjectLabels()[labelAppVersion]; isRelease(v) {
			return v
		}
		if v := makerRelease(w.Template()); v != "" {
			return v
		}
	}
	return ""
}

// imageTag is the tag of an image's name; empty when it has none.
func imageTag(image string) string {
	name, _, _ := strings.Cut(image, "@")
	i := strings.LastIndexByte(name, ':')
	if i < 0 || strings.ContainsRune(name[i:], '/') {
		return ""
	}
	return name[i+1:]
}

// makerRelease is the release of what wrote a pod, as in "linkerd/helm edge-25.4.4".
func makerRelease(p *mesh.Pod) string {
	_, release, _ := strings.Cut(p.Annotations[annotationCreatedBy], " ")
	if !isRelease(release) {
		return ""
	}
	return release
}

func isRelease(text string) bool {
	_, ok := parseRelease(text)
	return ok
}

package linkerd

import (
	"cmp"
	"slices"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

const (
	containerInit      = "linkerd-init"
	containerValidator = "linkerd-network-validator"
	containerDebug     = "linkerd-debug"
)

// proxy is the linkerd-proxy container of a pod.
type proxy struct {
	container *kube.Container
	path      string // of the container in the pod
	native    bool   // it is a restartable init container
}

// proxyOf finds it. An init container of that name that does not keep running is no proxy.
func proxyOf(p *mesh.Pod) (proxy, bool) {
	named := func(c kube.Container) bool { return c.Name == containerProxy }
	if i := slices.IndexFunc(p.Spec.InitContainers, named); i >= 0 && p.Spec.InitContainers[i].IsNativeSidecar() {
		return proxy{&p.Spec.InitContainers[i], source.Index("spec.initContainers", i), true}, true
	}
	if i := slices.IndexFunc(p.Spec.Containers, named); i >= 0 {
		return proxy{&p.Spec.Containers[i], source.Index("spec.containers", i), false}, true
	}
	return proxy{}, false
}

// mode is how a pod with this proxy takes part in the mesh.
func (px proxy) mode() mesh.Mode {
	if px.native {
		return mesh.ModeNativeSidecar
	}
	return mesh.ModeSidecar
}

// env is the text of a variable; of two of one name the later counts, as for the kubelet.
func (px proxy) env(name string) (string, bool) {
	value, found := "", false
	for _, e := range px.container.Env {
		if e.Name == name {
			value, found = e.Value, true
		}
	}
	return value, found
}

// version is the tag of the proxy's image; what injection noted where the image has none.
func (px proxy) version(p *mesh.Pod) string {
	return cmp.Or(imageTag(px.container.Image), p.Annotations[annotationVersion])
}

// hasInit reports whether the pod has an init container of that name.
func hasInit(p *mesh.Pod, name string) bool {
	return slices.ContainsFunc(p.Spec.InitContainers, func(c kube.Container) bool { return c.Name == name })
}

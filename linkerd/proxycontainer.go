package linkerd

import (
	"cmp"
	"slices"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// The containers that the injector adds to pods.
const (
	containerProxy     = "linkerd-proxy"
	containerInit      = "linkerd-init"
	containerValidator = "linkerd-network-validator"
	containerDebug     = "linkerd-debug"
)

// The variables of a proxy's environment that are read (charts/partials/templates/_proxy.tpl).
const (
	envPrefix    = "LINKERD2_PROXY_"
	envInbound   = envPrefix + "INBOUND_LISTEN_ADDR"
	envAdmin     = envPrefix + "ADMIN_LISTEN_ADDR"
	envControl   = envPrefix + "CONTROL_LISTEN_ADDR"
	envDefault   = envPrefix + "INBOUND_DEFAULT_POLICY"
	envSuffixes  = envPrefix + "INBOUND_GATEWAY_SUFFIXES"
	envIngress   = envPrefix + "INGRESS_MODE"
	envLocalName = envPrefix + "IDENTITY_LOCAL_NAME"
	envAnchors   = envPrefix + "IDENTITY_TRUST_ANCHORS"
	envOpaque    = envPrefix + "INBOUND_PORTS_DISABLE_PROTOCOL_DETECTION"
	envTap       = envPrefix + "TAP_SVC_NAME"
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

// proxyContainer is the container that the destination controller takes for the proxy; nil when the pod has
// none. Unlike proxyOf it asks for the name alone. Of several the first counts, those that begin the pod before
// the others (endpoint_translator.go getPodPorts).
func proxyContainer(p *mesh.Pod) *kube.Container {
	for _, list := range [][]kube.Container{p.Spec.InitContainers, p.Spec.Containers} {
		for i := range list {
			if list[i].Name == containerProxy {
				return &list[i]
			}
		}
	}
	return nil
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

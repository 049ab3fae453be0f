package linkerd

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Injected returns the annotations that a pod made from p now would carry: its own, and what the injector
// adds to them: those of the namespace, the opaque ports, and notes about the proxy where they are known. A pod
// that is asked about and not injected gets its opaque ports only. Where it is not known whether the
// injector is asked, or what the namespace says, the answer holds the pod's own. The map is the caller's.
func (l *Layer) Injected(p *mesh.Pod) map[string]string {
	if p.Machine || l.asWritten(p) {
		return maps.Clone(p.Annotations)
	}
	a := l.admission(p)
	switch {
	case a.injected == truth.True:
		all := l.injectedAnnotations(p)
		l.noteProxy(all, p)
		return all
	case a.called == truth.True && len(p.Namespace.Gaps()) == 0:
		return withOpaque(p.Annotations, p.Namespace, l.declaredOpaque(p))
	default:
		return maps.Clone(p.Annotations)
	}
}

// noteProxy adds what the injector notes of the proxy itself (pkg/inject/inject.go injectObjectMeta).
func (l *Layer) noteProxy(all map[string]string, p *mesh.Pod) {
	if v := l.settings.values.LinkerdVersion; v != "" {
		all[annotationCreatedBy] = "linkerd/proxy-injector " + v
	}
	if v := l.proxyVersion(l.config(p)); v != "" {
		all[annotationVersion] = v
	}
	if len(l.anchors) == 1 {
		all[annotationTrustRoot] = l.anchors[0]
	}
}

// ServiceAnnotations returns the annotations that a Service made now would carry: its own, and the opaque
// ports that the injector adds. Where it is not known whether the injector is asked, the answer holds the
// Service's own. The map is the caller's.
func (l *Layer) ServiceAnnotations(s *mesh.Service) map[string]string {
	asked := l.webhook.asks(s.Namespace, s.Labels)
	if asked.made != truth.True || len(s.Namespace.Gaps()) > 0 || len(s.Gaps()) > 0 {
		return maps.Clone(s.Annotations)
	}
	return withOpaque(s.Annotations, s.Namespace, l.servedOpaque(s))
}

// withOpaque adds opaque ports to annotations that have none: the namespace's, else the default ones that
// are given (pkg/inject/inject.go CreateOpaquePortsPatch).
func withOpaque(own map[string]string, ns *mesh.Namespace, defaults string) map[string]string {
	all := maps.Clone(own)
	if _, ok := own[annotationOpaquePorts]; ok {
		return all
	}
	ports, ok := ns.Annotations[annotationOpaquePorts]
	if !ok {
		ports, ok = defaults, defaults != ""
	}
	if !ok {
		return all
	}
	if all == nil {
		all = map[string]string{}
	}
	all[annotationOpaquePorts] = ports
	return all
}

// servedOpaque are the ports of a Service that lead to a default opaque port; those that name the port they
// lead to are passed over.
func (l *Layer) servedOpaque(s *mesh.Service) string {
	defaults := strings.Split(*l.settings.values.Proxy.OpaquePorts, ",")
	var ports []string
	for _, sp := range s.Ports {
		if n, ok := sp.Fixed(); ok && slices.Contains(defaults, strconv.Itoa(int(n))) {
			ports = append(ports, strconv.Itoa(int(sp.Port)))
		}
	}
	return strings.Join(ports, ",")
}

// declaredOpaque are the default opaque ports that the pod's containers declare, in their order; those of
// init containers since edge-25.12.2. A default must stand in the list as one number: ranges are passed over
// (pkg/inject/inject.go FilterPodOpaquePorts).
func (l *Layer) declaredOpaque(p *mesh.Pod) string {
	defaults := strings.Split(*l.settings.values.Proxy.OpaquePorts, ",")
	var ports []string
	add := func(containers []kube.Container) {
		for _, ct := range containers {
			for _, port := range ct.Ports {
				if n := strconv.Itoa(int(port.ContainerPort)); slices.Contains(defaults, n) && !isOwn(ct) {
					ports = append(ports, n)
				}
			}
		}
	}
	if l.settings.release.sinceEdge(20, edition{25, 12, 2}) {
		add(p.Spec.InitContainers)
	}
	add(p.Spec.Containers)
	return strings.Join(ports, ",")
}

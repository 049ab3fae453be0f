package istio

import (
	"slices"

	networkingv1beta1 "istio.io/api/networking/v1beta1"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
)

// proxyConfig is a ProxyConfig resource. Of what it sets only the environment of proxies matters here.
type proxyConfig struct {
	resource
	spec *networkingv1beta1.ProxyConfig
	lost bool // whom it is for, or what it sets, was not understood
}

// proxyConfigs are those resources by namespace, oldest first.
type proxyConfigs map[string][]*proxyConfig

func (c *compiler) proxyConfigs() proxyConfigs {
	found := proxyConfigs{}
	for o := range c.in.Objects.Objects(kindProxyConfig) {
		p := &proxyConfig{spec: &networkingv1beta1.ProxyConfig{}}
		p.resource = c.decode(o, p.spec)
		if !c.acceptsProxyConfig(p.resource, p.spec) && !c.opts.KeepInvalid {
			continue
		}
		p.lost = slices.ContainsFunc(p.gaps, func(g mesh.Gap) bool { return touches(g, "spec.selector", "spec.environmentVariables") })
		found[o.Ref.Namespace] = append(found[o.Ref.Namespace], p)
	}
	for _, list := range found {
		slices.SortFunc(list, func(a, b *proxyConfig) int { return compareAge(a.resource, b.resource) })
	}
	return found
}

// wide is the oldest of a namespace without a selector; nil for none.
func (ps proxyConfigs) wide(namespace string) *proxyConfig {
	i := slices.IndexFunc(ps[namespace], func(p *proxyConfig) bool { return p.spec.GetSelector() == nil })
	if i < 0 {
		return nil
	}
	return ps[namespace][i]
}

// selecting is the oldest of a namespace that selects a pod by labels; nil for none.
func (ps proxyConfigs) selecting(p *mesh.Pod) *proxyConfig {
	list := ps[p.Namespace.Name]
	i := slices.IndexFunc(list, func(pc *proxyConfig) bool {
		labels := pc.spec.GetSelector().GetMatchLabels()
		return len(labels) > 0 && kube.Subset(labels, p.Labels)
	})
	if i < 0 {
		return nil
	}
	return list[i]
}

// metadata is what injection makes of one variable of a pod's proxy, and the gaps that leave it open: the
// word of a ProxyConfig for the pod counts before the pod's annotation, which counts before that of its
// namespace, of the root namespace and of the mesh.
// pilot/pkg/model/proxy_config.go EffectiveProxyConfig.
func (l *Layer) metadata(p *mesh.Pod, rev *revision, name string) (string, []mesh.Gap) {
	root, ns := rev.rootNamespace(), p.Namespace.Name
	var gaps []mesh.Gap
	word := func(pc *proxyConfig) (string, bool) {
		if pc == nil {
			return "", false
		}
		if pc.lost {
			gaps = append(gaps, pc.gaps...)
		}
		v, ok := pc.spec.GetEnvironmentVariables()[name]
		return v, ok
	}
	if v, ok := word(l.proxyConfigs.selecting(p)); ok {
		return v, gaps
	}
	own, unread := podProxyConfig(p)
	gaps = append(gaps, unread...)
	if v, ok := own.GetProxyMetadata()[name]; ok {
		return v, gaps
	}
	for i, pc := range []*proxyConfig{l.proxyConfigs.wide(ns), l.proxyConfigs.wide(root)} {
		if v, ok := word(pc); ok && (i == 0 || ns != root) {
			return v, gaps
		}
	}
	return rev.mesh.pb.GetDefaultConfig().GetProxyMetadata()[name], gaps
}

package linkerd

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/mesh"
)

// podConfig is how the proxy of one pod is configured: by the pod's own annotations where it runs, by those
// that the injector would give it where it is a template.
type podConfig struct {
	layer       *Layer
	pod         *mesh.Pod
	annotations map[string]string // all that count

	skipInbound  portSet // connections to these ports go around the proxy
	skipOutbound portSet // connections from the pod to these ports do
	skipSubnets  []netip.Prefix
	opaque       portSet // the pod's own proxy detects no protocol on them; what clients are told is another list

	requireIdentity portSet
	defaultPolicy   string // for ports without a Server; always a valid one
	ingress         bool   // the proxy routes by the request's authority
	gateway         bool   // the proxy hands on what is sent to its own port

	redirection redirection
	gaps        []mesh.Gap // why the annotations are not, or not surely, known; nil when they are
}

// config is how the proxy of a pod is configured.
func (l *Layer) config(p *mesh.Pod) *podConfig {
	return l.configs.Of(p, func() *podConfig { return l.readConfig(p) })
}

// readConfig reads what counts for a pod. The policy controller reads the annotations of pods that run, and never
// those of their namespaces; a list that it does not understand is empty, and without an annotation there is
// none (policy-controller/k8s/index/src/inbound/workload.rs Settings::from_metadata).
func (l *Layer) readConfig(p *mesh.Pod) *podConfig {
	c := &podConfig{layer: l, pod: p, annotations: p.Annotations}
	if l.asksInjector(p) {
		c.annotations = l.injectedAnnotations(p)
		c.gaps = p.Namespace.Gaps()
	}
	c.readRedirection()
	c.opaque, _ = parsePortSet(c.annotations[annotationOpaquePorts])
	c.requireIdentity, _ = parsePortSet(c.annotations[annotationRequireIdentity])
	c.defaultPolicy = l.settings.defaultPolicy(c.annotations[annotationDefaultPolicy])
	c.ingress = c.annotations[annotationInject] == injectIngress
	c.gateway, _ = strconv.ParseBool(c.annotations[annotationGateway])
	c.readProxy()
	return c
}

// asksInjector reports whether the injector would make the pod's configuration: it is a template, no proxy
// is written into it, and it is none of a machine.
func (l *Layer) asksInjector(p *mesh.Pod) bool {
	return p.IsTemplate() && !p.Machine && !l.asWritten(p)
}

func (c *podConfig) readRedirection() {
	if c.pod.Machine {
		return // what a machine redirects cannot be seen, and clients are told nothing of it
	}
	c.redirection = c.layer.redirectionOf(c.pod, c.annotations)
	c.gaps = slices.Concat(c.gaps, c.redirection.gaps)
	c.skipInbound = c.inboundPorts(c.redirection.inbound)
	c.skipOutbound, _ = redirectedPorts(c.redirection.outbound)
	c.skipSubnets, _ = parseSubnets(c.redirection.subnets)
}

// inboundPorts are the ports of a list to which connections go around the proxy: not the proxy's own.
func (c *podConfig) inboundPorts(list string) portSet {
	in, _ := redirectedPorts(list)
	ports := c.layer.settings.values.Proxy.Ports
	return in.without(c.portOf(annotationAdminPort, ports.Admin), c.portOf(annotationControlPort, ports.Control))
}

// portOf is a port of the proxy: the injector passes over what is no number (pkg/inject/inject.go
// ApplyAnnotationOverrides).
func (c *podConfig) portOf(key string, otherwise uint16) uint16 {
	n, err := strconv.ParseUint(c.annotations[key], 10, 16)
	if err != nil {
		return otherwise
	}
	return uint16(n)
}

// parseSubnets reads ranges; with one that is none linkerd-init ends with an error, and so the list is then
// empty (linkerd2-proxy-init proxy-init/cmd/root.go BuildFirewallConfiguration).
func parseSubnets(text string) ([]netip.Prefix, bool) {
	if text == "" {
		return nil, true
	}
	var all []netip.Prefix
	for part := range strings.SplitSeq(text, ",") {
		p, err := netip.ParsePrefix(strings.TrimSpace(part))
		if err != nil {
			return nil, false
		}
		all = append(all, p.Masked())
	}
	return all, true
}

// readProxy lets what the environment of a running proxy says count before annotations: it cannot change.
func (c *podConfig) readProxy() {
	px, ok := proxyOf(c.pod)
	if !ok || c.layer.asksInjector(c.pod) {
		return
	}
	if text, _ := px.env(envIngress); text == "true" {
		c.ingress = true
	}
	if text, _ := px.env(envSuffixes); text != "" {
		c.gateway = true
	}
}

// loc is the step that says where the value of an annotation stands, or the default that counts without it.
func (c *podConfig) loc(key string) mesh.Step {
	value, ok := c.annotations[key]
	switch {
	case c.redirection.fixed && isRedirection(key):
		return c.redirection.say(key)
	case !ok && c.redirection.step.Rule != "" && isRedirection(key):
		return c.redirection.say(key)
	case !ok || key == annotationDefaultPolicy && !c.layer.settings.isPolicy(value):
		return c.layer.settings.defaultOf(key)
	}
	detail := "annotation " + key + "=" + value
	if _, own := c.pod.Annotations[key]; own {
		return mesh.Step{Rule: ruleConfig, Object: c.pod.Object(), Loc: c.pod.AnnotationLoc(key), Detail: detail}
	}
	ns := c.pod.Namespace
	if _, inherited := ns.Annotations[key]; inherited {
		return mesh.Step{Rule: ruleConfig, Object: ns.Object(), Loc: ns.AnnotationLoc(key), Detail: detail + " of the namespace"}
	}
	return c.layer.settings.at(ruleConfig, "the injector adds annotation "+key+"="+value+", from proxy.opaquePorts")
}

func isRedirection(key string) bool {
	return key == annotationSkipInbound || key == annotationSkipOutbound || key == annotationSkipSubnets
}

// say is the step of one of the lists, by the name of its annotation.
func (r redirection) say(key string) mesh.Step {
	s := r.step
	switch key {
	case annotationSkipInbound:
		s.Detail = "inbound ports to ignore: " + r.inbound
	case annotationSkipOutbound:
		s.Detail = "outbound ports to ignore: " + r.outbound
	default:
		s.Detail = "subnets to ignore: " + r.subnets
	}
	return s
}

// defaultOf is the step that names what counts where a pod does not have an annotation.
func (s *settings) defaultOf(key string) mesh.Step {
	v := s.values
	detail := "no annotation " + key
	switch key {
	case annotationSkipInbound:
		detail = "proxyInit.ignoreInboundPorts is " + *v.ProxyInit.IgnoreInboundPorts
	case annotationSkipOutbound:
		detail = "proxyInit.ignoreOutboundPorts is " + *v.ProxyInit.IgnoreOutboundPorts
	case annotationSkipSubnets:
		detail = "proxyInit.skipSubnets is " + v.ProxyInit.SkipSubnets
	case annotationOpaquePorts:
		detail = "proxy.opaquePorts is " + *v.Proxy.OpaquePorts
	case annotationDefaultPolicy:
		detail = "proxy.defaultInboundPolicy is " + s.defaultPolicy("")
	default:
		return mesh.Step{Rule: ruleConfig, Detail: detail}
	}
	return s.at(ruleConfig, detail)
}

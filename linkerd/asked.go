package linkerd

import "github.com/meshposture/meshposture/mesh"

// asked reports whether the pod, or its namespace, asks for what one of the lists of redirection holds. A list
// in the arguments of a linkerd-init without an annotation is the pod's own where it is not that of the mesh.
func (c *podConfig) asked(key string) bool {
	text, ok := c.annotations[key]
	switch cni := c.layer.byCNI(c.pod) && !c.redirection.fixed; {
	case ok && text != "", ok && !cni:
		return true
	case cni:
		return c.pod.Namespace.Annotations[key] != "" && !byInjector(c.pod) // as in cniRedirectionOf
	default:
		return c.redirection.fixed && !c.asMeshWide(key)
	}
}

// asMeshWide reports whether one of the lists is the one that the chart's values name.
func (c *podConfig) asMeshWide(key string) bool {
	v := c.layer.settings.values
	switch key {
	case annotationSkipInbound:
		return c.skipInbound.equal(c.inboundPorts(*v.ProxyInit.IgnoreInboundPorts))
	case annotationSkipOutbound:
		usual, _ := redirectedPorts(*v.ProxyInit.IgnoreOutboundPorts)
		return c.skipOutbound.equal(usual)
	default:
		return c.redirection.subnets == v.ProxyInit.SkipSubnets
	}
}

// causes are the steps that say where one of the lists stands. Where it is the mesh's own, that is the cause,
// and the arguments of the pod's linkerd-init show that it got there.
func (c *podConfig) causes(key string) []mesh.Step {
	first := c.loc(key)
	if !c.redirection.fixed {
		return []mesh.Step{first}
	}
	if !c.asked(key) {
		return []mesh.Step{c.layer.settings.defaultOf(key), first}
	}
	if text, ok := c.pod.Annotations[key]; ok {
		from := mesh.Step{Rule: ruleConfig, Object: c.pod.Object(), Loc: c.pod.AnnotationLoc(key), Detail: "annotation " + key + "=" + text}
		return []mesh.Step{first, from}
	}
	return []mesh.Step{first}
}

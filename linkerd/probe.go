package linkerd

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// probePaths are the paths that the kubelet asks for at a port of a pod, in order, each once. since15 tells
// whether the probes of containers that begin the pod count
// (policy-controller/k8s/index/src/inbound/workload.rs pod_http_probes).
func probePaths(p *mesh.Pod, coming []kube.Container, port uint16, since15 bool) []string {
	var paths []string
	for list, init := range containers(p, coming) {
		if init && !since15 {
			continue
		}
		for i := range list {
			paths = append(paths, probesOf(&list[i], port)...)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func probesOf(c *kube.Container, port uint16) []string {
	var paths []string
	for _, probe := range []*kube.Probe{c.LivenessProbe, c.ReadinessProbe, c.StartupProbe} {
		if probe == nil || probe.HTTPGet == nil || probePort(c, probe.HTTPGet.Port) != port {
			continue
		}
		if path, ok := probePath(probe.HTTPGet.Path); ok {
			paths = append(paths, path)
		}
	}
	return paths
}

// probePort is the port of a probe; a name is one of the same container's, without case. 0 is none.
func probePort(c *kube.Container, p kube.IntOrString) uint16 {
	if p.Name == "" {
		if p.Int <= 0 || p.Int > 65535 {
			return 0
		}
		return uint16(p.Int)
	}
	for _, cp := range c.Ports {
		if strings.EqualFold(cp.Name, p.Name) && (cp.Protocol == "" || strings.EqualFold(cp.Protocol, "TCP")) {
			return cp.ContainerPort
		}
	}
	return 0
}

// probePath is the path that the proxy is told of: without the query, and none where the text is no path.
func probePath(text string) (string, bool) {
	if text == "" {
		return "/", true
	}
	text, _, _ = strings.Cut(text, "#")
	text, _, _ = strings.Cut(text, "?")
	if !strings.HasPrefix(text, "/") || strings.ContainsAny(text, " <>`") || strings.ContainsFunc(text, func(r rune) bool { return r < '!' || r == 0x7f }) {
		return "", false
	}
	return text, true
}

// probeNetworks are those from which probes are let in, and what was not understood of them.
func (c *compiler) probeNetworks(s *settings) (networks, []mesh.Gap) {
	var ns networks
	var gaps []mesh.Gap
	for _, text := range *s.values.PolicyController.ProbeNetworks {
		p, ok := parseNet(text)
		if !ok {
			gaps = append(gaps, c.report(source.ProblemBadValue, s.object, "data.values", "policyController.probeNetworks: "+text+" is no network"))
			continue
		}
		ns = append(ns, network{cidr: p})
	}
	return ns, gaps
}

// probeGrant lets probes in; nil where no network is named.
func (c *compiler) probeGrant(s *settings) *grant {
	ns, gaps := c.probeNetworks(s)
	if len(ns) == 0 && len(gaps) == 0 {
		return nil
	}
	step := s.at(ruleAuthorized, "the kubelet's probes are let in from policyController.probeNetworks")
	return &grant{rule: mesh.Rule{Policy: defaultRef("probe"), Index: -1, Loc: step.Loc}, networks: ns, gaps: gaps, step: step}
}

// The routes that stand where none is attached to the Server (policy-controller/k8s/index/src/inbound/index.rs
// default_inbound_http_routes, policy-controller/core/src/inbound.rs InboundRoute::default).

// defaultRoute takes every request.
func defaultRoute() *route {
	r := &route{rules: []routeRule{{matches: []requestMatch{{}}}}}
	r.obj.Ref = defaultRef("default")
	r.step = mesh.Step{Rule: ruleDefaultRoute, Detail: "no route is attached: every request goes by the default route"}
	return r
}

// defaultRPC takes every call.
func defaultRPC() *route {
	r := &route{grpc: true, rules: []routeRule{{matches: []requestMatch{{rpc: &rpcMatch{}}}}}}
	r.obj.Ref = defaultRef("default")
	r.step = mesh.Step{Rule: ruleDefaultRoute, Detail: "no GRPCRoute is attached: every call goes by the default route"}
	return r
}

// probeRoute takes the kubelet's probes.
func probeRoute(paths []string) *route {
	r := &route{rules: []routeRule{{}}}
	for _, path := range paths {
		m := requestMatch{method: "GET", path: pathMatch{kind: pathExact, text: path}}
		r.rules[0].matches = append(r.rules[0].matches, m)
	}
	r.obj.Ref = defaultRef("probe")
	r.step = mesh.Step{Rule: ruleProbeRoute, Detail: "the request is that of a probe of the pod, and goes by a route of its own"}
	return r
}

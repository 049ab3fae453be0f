package istio

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// router is a workload that a Gateway's selector takes in.
type router struct {
	workload *mesh.Workload
	pod      *mesh.Pod   // one that stands for all of them
	rev      *revision   // that serves it; nil when none is installed
	routes   truth.Value // it is a gateway proxy: others get no configuration from Gateways
	gaps     []mesh.Gap  // why that is not known
}

func (r *router) namespace() string { return r.workload.ID().Namespace }

// newRouter looks at the workload's running pods, or at the one that it would make.
func (l *Layer) newRouter(w *mesh.Workload) *router {
	r := &router{workload: w, pod: w.Template()}
	judge := l.Admit
	for p := range w.Pods() {
		r.pod, judge = p, l.Observe
		break
	}
	e := judge(r.pod)
	switch e.Mode {
	case mesh.ModeGateway:
		r.routes = truth.True
	case mesh.ModeUnknown:
		r.gaps = e.Unknown
	default:
		r.routes = truth.False
	}
	r.rev = l.named(revisionOf(r.pod))
	return r
}

// listensOn is the port of the pods on which a server's port is listened on: the target of the
// Service's port of that number, else the number itself
// (pilot/pkg/model/gateway.go resolvePorts with the label selector).
func (l *Layer) listensOn(r *router, port uint16) uint16 {
	for _, s := range l.services[r.workload] {
		if _, off := s.Labels["experimental.istio.io/disable-gateway-port-translation"]; off {
			continue
		}
		for _, sp := range s.Ports {
			if n, ok := sp.Target(r.pod); ok && sp.Port == port && kube.Subset(s.Selector, r.pod.Labels) {
				return n
			}
		}
	}
	return port
}

// unprivileged reports whether istiod leaves out ports below 1024 for the proxy
// (pilot/pkg/model/context.go IsUnprivileged).
func (r *router) unprivileged() bool {
	px, ok := proxyOf(r.pod)
	if !ok {
		return false
	}
	on, _ := strconv.ParseBool(px.env("ISTIO_META_UNPRIVILEGED_POD"))
	return on
}

// routerSelection finds the routers of each selector. Workloads are looked at once, by their labels.
type routerSelection struct {
	layer     *Layer
	selectors map[string]map[string]string // by its text
	byLabel   map[[2]string][]string       // texts of selectors, each under one of its labels
	every     bool                         // some Gateway has no selector
	found     map[string][]*router         // by the text of the selector; the empty one for all
}

func selectorText(selector map[string]string) string {
	if len(selector) == 0 {
		return ""
	}
	return fmt.Sprintf("%q", selector) // maps are printed in the order of their keys
}

func (l *Layer) selectRouters(gateways []*edgeGateway, more ...map[string]string) *routerSelection {
	s := &routerSelection{
		layer: l, selectors: map[string]map[string]string{}, byLabel: map[[2]string][]string{}, found: map[string][]*router{},
	}
	for _, g := range gateways {
		s.add(g.spec.GetSelector())
	}
	for _, selector := range more {
		s.add(selector)
	}
	for w := range l.cluster.Workloads() {
		s.look(w)
	}
	return s
}

func (s *routerSelection) add(selector map[string]string) {
	text := selectorText(selector)
	if text == "" {
		s.every = true
		return
	}
	if s.selectors[text] != nil {
		return
	}
	s.selectors[text] = selector
	k := slices.Min(slices.Collect(maps.Keys(selector)))
	e := [2]string{k, selector[k]}
	s.byLabel[e] = append(s.byLabel[e], text)
}

// look files a workload under the selectors that take in its pods.
func (s *routerSelection) look(w *mesh.Workload) {
	var texts []string
	match := func(p *mesh.Pod) {
		for k, v := range p.Labels {
			for _, text := range s.byLabel[[2]string{k, v}] {
				if kube.Subset(s.selectors[text], p.Labels) && !slices.Contains(texts, text) {
					texts = append(texts, text)
				}
			}
		}
	}
	running := false
	for p := range w.Pods() {
		running = true
		match(p)
	}
	if !running {
		match(w.Template())
	}
	if len(texts) == 0 && !s.every {
		return
	}
	r := s.layer.newRouter(w)
	for _, text := range texts {
		s.found[text] = append(s.found[text], r)
	}
	if s.every && r.routes == truth.True {
		s.found[""] = append(s.found[""], r)
	}
}

// of are the workloads that a Gateway's selector takes in, ordered by ID. Without a selector a Gateway
// is for all gateway proxies; istiod may keep it to those of its namespace
// (pilot/pkg/model/push_context.go mergeGateways, PILOT_SCOPE_GATEWAY_TO_NAMESPACE).
func (s *routerSelection) of(g *edgeGateway) []*router {
	var all []*router
	for _, r := range s.found[selectorText(g.spec.GetSelector())] {
		if r.rev != nil && r.rev.flag("PILOT_SCOPE_GATEWAY_TO_NAMESPACE") && r.namespace() != g.obj.Ref.Namespace {
			continue
		}
		all = append(all, r)
	}
	return all
}

// noRouters says why nobody runs a Gateway.
func (g *edgeGateway) noRouters() mesh.Gap {
	return mesh.Gap{
		Reason: source.ProblemIncomplete, Object: g.obj.Ref, Loc: g.obj.At("spec.selector"),
		Detail: "no workload of the input is selected by the Gateway, so which proxies run it is not known",
	}
}

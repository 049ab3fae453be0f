package linkerd

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// serverFlaws looks at one Server.
func (f *flawFinder) serverFlaws(srv *server) {
	st := f.stands[srv]
	switch {
	case srv.vague():
		return // its problems say why
	case len(st.selected) == 0:
		f.deadSelector(srv)
		return
	case outsideAll(st.selected):
		f.outside(srv, st.selected)
		return
	case len(st.places) == 0:
		f.deadPort(srv, st.selected)
		return
	}
	f.skippedPort(srv, st.places)
	f.otherProtocol(srv, st.places)
	f.openAccess(srv)
	f.brokenRoute(srv)
	f.lostProbes(srv, st.places)
	f.lostPaths(srv)
}

// selectorField is where the Server says what it is for.
func (srv *server) selectorField() string {
	if srv.machines {
		return "spec.externalWorkloadSelector"
	}
	return "spec.podSelector"
}

// deadSelector reports a Server that selects nothing.
func (f *flawFinder) deadSelector(srv *server) {
	what := "pod"
	if srv.machines {
		what = "ExternalWorkload"
	}
	ns := srv.obj.Ref.Namespace
	flaw := srv.flaw(mesh.FlawSelectsNothing, ruleSelectsNothing, srv.selectorField(),
		"no "+what+" of namespace "+ns+" is selected, so that no port is governed by it, and the default policy counts")
	switch i := neverMet(srv.selector); {
	case i >= 0:
		e := srv.selector.MatchExpressions[i]
		flaw.Rule, flaw.Loc = ruleNeverMet, srv.at(source.Index(srv.selectorField()+".matchExpressions", i))
		flaw.Detail = "operator " + e.Operator + " with " + strconv.Itoa(len(e.Values)) + " values is never fulfilled, so that the Server selects nothing, and the default policy counts"
		if e.Values == nil {
			flaw.Detail = "operator " + strconv.Quote(e.Operator) + " without values is never fulfilled, so that the Server selects nothing, and the default policy counts"
		}
	case srv.fromChart():
		return
	default:
		flaw.Unknown = f.unmade(ns, srv.selector)
	}
	f.report(flaw, nil)
}

// fromChart reports whether an object is of one of Linkerd's own extensions, whose charts bring Servers and policies
// for components that an installation may do without.
func (r *resource) fromChart() bool { return r.meta.Labels["linkerd.io/extension"] != "" }

// neverMet is the first expression that no labels fulfil; -1 for none.
func neverMet(s *kube.LabelSelector) int {
	if s == nil {
		return -1
	}
	return slices.IndexFunc(s.MatchExpressions, func(r kube.Requirement) bool {
		switch r.Operator {
		case "In":
			return len(r.Values) == 0
		case "NotIn":
			return r.Values == nil
		case "Exists", "DoesNotExist":
			return r.Values != nil
		default:
			return true
		}
	})
}

// unmade says why pods that a selector takes may exist all the same.
func (f *flawFinder) unmade(ns string, s *kube.LabelSelector) []mesh.Gap {
	if s == nil {
		return f.input.Absent(ns)
	}
	labels := map[string]string{}
	for k, v := range s.MatchLabels {
		labels[k] = v
	}
	for _, e := range s.MatchExpressions {
		if e.Operator == "In" || e.Operator == "Exists" {
			labels[e.Key] = ""
		}
	}
	return f.input.Unmade(ns, labels)
}

// outside reports a Server for pods of which none has a proxy that gets policies.
func (f *flawFinder) outside(srv *server, selected []*site) {
	f.report(srv.flaw(mesh.FlawNoEffect, ruleOutside, srv.selectorField(),
		"none of the workloads that it selects has a proxy of the mesh that gets policies, so that nothing enforces it"), selected)
}

// deadPort reports a Server for a port by a name that no pod has. Where the default policy lets clients in that
// prove nothing, the Server closes less than it says.
func (f *flawFinder) deadPort(srv *server, selected []*site) {
	flaw := srv.flaw(mesh.FlawSelectsNothing, ruleNoSuchPort, "spec.port",
		"no container of the pods that it selects has a TCP port named "+srv.port.Name+", so that the default policy counts for all of their ports")
	if slices.ContainsFunc(selected, func(s *site) bool { return f.beginsWith(srv, s) }) {
		flaw.Detail = "only containers that begin the pods have a port named " + srv.port.Name + ", for which Servers stand since 2.19, so that the default policy counts"
	}
	var open []*site
	var why []mesh.Step
	for _, s := range selected {
		if s.inside == truth.True && opens(f.config(s.party.Pod).defaultPolicy) {
			open = append(open, s)
			why = append(why, f.config(s.party.Pod).loc(annotationDefaultPolicy))
		}
	}
	if len(open) > 0 {
		flaw.Kind = mesh.FlawOpensMore
		flaw.Detail += ", which lets clients in that prove no identity"
		flaw.Why = compactSteps(why)
		selected = open
	}
	f.report(flaw, selected)
}

// beginsWith reports whether init containers of the pod have the Server's port.
func (f *flawFinder) beginsWith(srv *server, s *site) bool {
	_, late := srv.ports(s.party.Pod, f.policy.coming)
	return len(late) > 0
}

// opens reports whether a default policy lets clients in that prove no identity.
func opens(policy string) bool {
	return policy == policyAllOpen || policy == policyInsideOpen || policy == policyAudit
}

// compactSteps leaves each step once, in order of first mention.
func compactSteps(steps []mesh.Step) []mesh.Step {
	var all []mesh.Step
	for _, s := range steps {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// skippedPort reports a Server on a port past whose proxy connections go. What other proxies send comes to the
// proxy's own port all the same, and is judged, unless an annotation of the pod tells them that the port is
// skipped: the destination controller looks at nothing else
// (controller/api/destination/endpoint_translator.go createWeightedAddr).
func (f *flawFinder) skippedPort(srv *server, places []place) {
	type skipped struct {
		port uint16
		told bool
	}
	by := map[skipped][]*site{}
	var why []mesh.Step
	for _, p := range places {
		if p.inside != truth.True || p.party.Pod.Machine {
			continue
		}
		cfg := f.config(p.party.Pod)
		if len(cfg.gaps) > 0 || !cfg.skipInbound.has(p.port) || f.proxyPorts(p.party).own(p.port) {
			continue
		}
		k := skipped{p.port, lenientPorts(cfg.annotations[annotationSkipInbound], nil).has(p.port)}
		by[k] = append(by[k], p.site)
		why = append(why, cfg.loc(annotationSkipInbound))
	}
	keys := slices.SortedFunc(maps.Keys(by), func(a, b skipped) int { return cmp.Compare(a.port, b.port) })
	for _, k := range keys {
		flaw := srv.flaw(mesh.FlawNoEffect, ruleInboundSkipped, "spec.port",
			"connections to port "+strconv.Itoa(int(k.port))+" go around the proxy, so that nobody asks for its policies")
		if !k.told {
			flaw.Kind = mesh.FlawOpensMore
			flaw.Detail = "connections to port " + strconv.Itoa(int(k.port)) + " go around the proxy, so that its policies count for what other proxies send alone"
		}
		flaw.Why = compactSteps(why)
		f.report(flaw, by[k])
	}
}

// otherProtocol reports a Server on a port that pods declare for UDP alone, of which proxies see nothing.
func (f *flawFinder) otherProtocol(srv *server, places []place) {
	by := map[string][]*site{}
	for _, p := range places {
		if word := onlyProtocol(p.party.Pod, p.port); word != "" && p.inside == truth.True && srv.port.Name == "" {
			by[word] = append(by[word], p.site)
		}
	}
	for _, word := range []string{"SCTP", "UDP"} {
		if len(by[word]) > 0 {
			f.report(srv.flaw(mesh.FlawNoEffect, ruleOtherProtocol, "spec.port",
				"the pods declare port "+srv.port.String()+" for "+word+" alone, and proxies take TCP only"), by[word])
		}
	}
}

// onlyProtocol is the protocol other than TCP for which alone a pod declares a port; empty for none.
func onlyProtocol(p *mesh.Pod, port uint16) string {
	word := ""
	for list := range containers(p, nil) {
		for i := range list {
			for _, cp := range list[i].Ports {
				if cp.ContainerPort != port {
					continue
				}
				if cp.Protocol == "" || strings.EqualFold(cp.Protocol, "TCP") {
					return ""
				}
				word = strings.ToUpper(cp.Protocol)
			}
		}
	}
	return word
}

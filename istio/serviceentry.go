package istio

import (
	"slices"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

var (
	kindServiceEntry  = source.Kind{Group: "networking.istio.io", Kind: "ServiceEntry"}
	kindWorkloadEntry = source.Kind{Group: "networking.istio.io", Kind: "WorkloadEntry"}
)

// serviceEntry is a ServiceEntry: hosts that Istio knows beside the cluster's own Services.
type serviceEntry struct {
	resource
	spec     *networkingv1alpha3.ServiceEntry
	exportTo exports // empty means the mesh's default
}

func (e *serviceEntry) namespace() string { return e.obj.Ref.Namespace }

// external reports whether the hosts are outside the mesh, where Istio begins no mutual TLS of its own
// accord. It is what a ServiceEntry says that says nothing: the enumeration's first value.
func (e *serviceEntry) external() bool {
	return e.spec.GetLocation() == networkingv1alpha3.ServiceEntry_MESH_EXTERNAL
}

// workloadEntry is a WorkloadEntry: an endpoint that is no pod.
type workloadEntry struct {
	resource
	spec *networkingv1alpha3.WorkloadEntry
}

// takesMTLS reports whether Istio's clients may send the mesh's mutual TLS to the endpoint.
// pilot/pkg/serviceregistry/serviceentry/conversion.go getTLSModeFromWorkloadEntry.
func takesMTLS(e *networkingv1alpha3.WorkloadEntry) bool {
	if mode, ok := e.GetLabels()[labelTLSMode]; ok {
		return mode == "istio"
	}
	return e.GetServiceAccount() != ""
}

// serviceEntries are the ServiceEntries and WorkloadEntries, oldest first.
type serviceEntries struct {
	all     []*serviceEntry
	byHost  hostTable[[]*serviceEntry]
	entries map[string][]*workloadEntry // by namespace
}

func (c *compiler) serviceEntries() *serviceEntries {
	s := &serviceEntries{entries: map[string][]*workloadEntry{}}
	for o := range c.in.Objects.Objects(kindServiceEntry) {
		e := &serviceEntry{spec: &networkingv1alpha3.ServiceEntry{}}
		e.resource = c.decode(o, e.spec)
		if !c.acceptsServiceEntry(e.resource, e.spec) && !c.opts.KeepInvalid {
			continue
		}
		e.exportTo = newExports(e.spec.GetExportTo())
		s.all = append(s.all, e)
	}
	slices.SortFunc(s.all, func(a, b *serviceEntry) int { return compareAge(a.resource, b.resource) })
	for _, e := range s.all {
		for _, host := range e.spec.GetHosts() {
			s.byHost.put(host, append(s.byHost.at(host), e))
		}
	}
	for o := range c.in.Objects.Objects(kindWorkloadEntry) {
		e := &workloadEntry{spec: &networkingv1alpha3.WorkloadEntry{}}
		e.resource = c.decode(o, e.spec)
		if !c.acceptsWorkloadEntry(e.resource, e.spec) && !c.opts.KeepInvalid {
			continue
		}
		s.entries[o.Ref.Namespace] = append(s.entries[o.Ref.Namespace], e)
	}
	return s
}

// selected are the WorkloadEntries that a ServiceEntry takes as endpoints, ordered by name.
func (s *serviceEntries) selected(e *serviceEntry) []*workloadEntry {
	selector := e.spec.GetWorkloadSelector()
	if selector == nil {
		return nil
	}
	var found []*workloadEntry
	for _, w := range s.entries[e.namespace()] {
		if kube.Subset(selector.GetLabels(), w.spec.GetLabels()) {
			found = append(found, w)
		}
	}
	return found
}

// sendsOutside says what a client's proxy sends to a port of a host of a ServiceEntry, as far as its
// DestinationRule decides: WirePlaintext without one to hosts outside the mesh, and WireUnknown to
// those inside, where endpoints differ. client is the pod; nil asks for one that no selector names.
func (v *clientView) sendsOutside(e *serviceEntry, namespace string, client *mesh.Pod, host string, port uint16) mesh.Sending {
	list, gaps := v.rules.candidates(namespace, e.namespace(), host)
	d := dial{auto: truth.Of(v.auto && !e.external()), autoWhy: e.step(), sidecar: true, hbone: truth.False}
	var labels map[string]string
	if client != nil {
		labels = client.Labels
		mode, _ := proxyOf(client)
		d.sidecar = mode.container == nil || mode.role() == templateSidecar
	}
	if d.rule = choose(list, namespace, labels); d.rule != nil {
		gaps = append(slices.Clone(gaps), d.rule.gaps...)
		d.tls = d.rule.main.of(port)
		gaps = append(gaps, v.subsetGaps(d, host, port, func(ruleSubset) bool { return true })...)
	}
	if gaps = slices.Concat(gaps, v.gaps, v.entryGaps, v.backendGaps(e.obj.Ref, d.rule)); len(gaps) > 0 {
		return mesh.Sending{Unknown: gaps}
	}
	if d.tls.cluster == nil && d.auto == truth.True && v.entries.anyMTLS(e) {
		return mesh.Sending{Why: []mesh.Step{e.step()}, Unknown: []mesh.Gap{{
			Reason: source.ProblemUnsupported, Object: e.obj.Ref, Loc: e.obj.At("spec"),
			Detail: "some endpoints of the ServiceEntry take the mesh's mutual TLS; which of them are used is not judged",
		}}}
	}
	return d.to(&endpoint{why: []mesh.Step{e.step()}})
}

// anyMTLS reports whether some endpoint of a ServiceEntry takes the mesh's mutual TLS.
func (s *serviceEntries) anyMTLS(e *serviceEntry) bool {
	return slices.ContainsFunc(e.spec.GetEndpoints(), takesMTLS) ||
		slices.ContainsFunc(s.selected(e), func(w *workloadEntry) bool { return takesMTLS(w.spec) })
}

func (e *serviceEntry) step() mesh.Step {
	return mesh.Step{
		Rule: ruleServiceEntry, Object: e.obj.Ref, Loc: e.obj.At("spec.location"),
		Detail: "ServiceEntry " + e.namespace() + "/" + e.obj.Ref.Name + " is " + e.spec.GetLocation().String(),
	}
}

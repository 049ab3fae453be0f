package istio

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// picker is an object that picks pods by their labels.
type picker struct {
	resource
	labels    map[string]string
	field     string // of the labels
	gateways  bool   // it may pick the pods of gateways that istiod makes
	namespace string // whose pods it picks; empty for those of all
}

// deadSelectors reports the objects whose labels no pod has.
func (f *flawFinder) deadSelectors() {
	for _, p := range f.authz.policies.all {
		f.deadAttachment(p.resource, p.attachment)
	}
	for _, ra := range f.authz.tokens.all {
		f.deadAttachment(ra.resource, ra.attachment)
	}
	for _, ns := range sortedKeys(f.Layer.policies.byNamespace) {
		for _, pa := range f.Layer.policies.byNamespace[ns].all {
			if !slices.Contains(f.roots(), ns) { // there a selector is passed over
				f.deadPicker(picker{resource: pa.resource, labels: pa.labels, field: "spec.selector.matchLabels", namespace: ns})
			}
		}
	}
	for _, ns := range sortedKeys(f.sidecars.byNamespace) {
		for _, r := range f.sidecars.byNamespace[ns] {
			f.deadPicker(picker{resource: r.resource, labels: r.spec.GetWorkloadSelector().GetLabels(), field: "spec.workloadSelector.labels", namespace: ns})
		}
	}
	for _, r := range f.clients.all {
		f.deadPicker(picker{resource: r.resource, labels: r.selector, field: "spec.workloadSelector.matchLabels", namespace: r.namespace()})
	}
	f.deadReaches()
}

// deadReaches is deadSelectors for what picks proxies.
func (f *flawFinder) deadReaches() {
	for _, ns := range sortedKeys(f.filters) {
		for _, x := range f.filters[ns] {
			f.deadReach(x.resource, x.reach, "spec.workloadSelector.labels")
		}
	}
	for _, ns := range sortedKeys(f.extensions) {
		for _, x := range f.extensions[ns] {
			f.deadReach(x.resource, x.reach, "spec.selector.matchLabels")
		}
	}
	for _, ns := range sortedKeys(f.facts.telemetries) {
		for _, t := range f.facts.telemetries[ns] {
			f.deadReach(t.resource, t.reach, "spec.selector.matchLabels")
		}
	}
}

func (f *flawFinder) deadReach(r resource, to reach, field string) {
	if len(to.targets) == 0 {
		f.deadPicker(picker{resource: r, labels: to.labels, field: field, gateways: true, namespace: f.pickedFrom(to.namespace)})
	}
}

func (f *flawFinder) deadAttachment(r resource, a attachment) {
	if len(a.targets) == 0 && len(a.lost) == 0 {
		f.deadPicker(picker{resource: r, labels: a.labels, field: "spec.selector.matchLabels", gateways: true, namespace: f.pickedFrom(a.ref.Namespace)})
	}
}

// pickedFrom is where an object of a namespace picks pods: everywhere from a root namespace.
func (f *flawFinder) pickedFrom(namespace string) string {
	if slices.Contains(f.roots(), namespace) {
		return ""
	}
	return namespace
}

func (f *flawFinder) deadPicker(p picker) {
	lost := slices.ContainsFunc(p.gaps, func(g mesh.Gap) bool { return touches(g, "spec.selector", "spec.workloadSelector", "metadata") })
	if len(p.labels) == 0 || lost || f.pods().picks(p.namespace, p.labels) || p.gateways && f.picksGateway(p) {
		return
	}
	flaw := mesh.Flaw{Kind: mesh.FlawSelectsNothing, Rule: ruleSelectsNothing, Object: p.obj.Ref, Loc: p.obj.At(p.field)}
	if p.namespace == "" {
		flaw.Detail = "no pod of any namespace has the labels " + labelText(p.labels)
		flaw.Unknown = f.input.AbsentAnywhere()
	} else {
		flaw.Detail = "no pod of namespace " + p.namespace + " has the labels " + labelText(p.labels)
		flaw.Unknown = f.input.Unmade(p.namespace, p.labels)
	}
	if key, made := madeLabel(p.labels); made {
		flaw.Unknown = append(flaw.Unknown, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: p.obj.Ref, Loc: p.obj.At(p.field),
			Detail: "label " + key + " is given to pods when they are made, so that only running pods show it",
		})
	}
	f.report(flaw, nil)
}

// picksGateway reports whether labels are for the pods that istiod makes for a Gateway, whose templates
// need not be in the input.
func (f *flawFinder) picksGateway(p picker) bool {
	name, ok := p.labels[gatewayNameLabel]
	return ok && p.namespace != "" && f.waypoints.gateways[p.namespace+"/"+name] != nil
}

// labelText writes labels in order.
func labelText(labels map[string]string) string {
	var all []string
	for _, k := range sortedKeys(labels) {
		all = append(all, k+"="+labels[k])
	}
	return strings.Join(all, ",")
}

// madeLabels are labels that Kubernetes' controllers and Istio's injection give to pods.
var madeLabels = []string{
	"pod-template-hash", "controller-revision-hash", "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index",
	"batch.kubernetes.io/job-name", "job-name", "controller-uid", "batch.kubernetes.io/controller-uid",
	labelTLSMode, labelTunnel, labelRevision, "service.istio.io/canonical-name", "service.istio.io/canonical-revision",
	gatewayNameLabel, "gateway.networking.k8s.io/gateway-class-name",
}

func madeLabel(labels map[string]string) (string, bool) {
	for _, k := range sortedKeys(labels) {
		if slices.Contains(madeLabels, k) {
			return k, true
		}
	}
	return "", false
}

// podIndex finds pods by their labels; WorkloadEntries count as pods.
type podIndex struct {
	byNamespace map[string]map[[2]string][]map[string]string
	all         map[[2]string][]map[string]string
}

func newPodIndex(l *Layer) *podIndex {
	x := &podIndex{byNamespace: map[string]map[[2]string][]map[string]string{}, all: map[[2]string][]map[string]string{}}
	for w := range l.cluster.Workloads() {
		x.add(w.ID().Namespace, w.Template().Labels)
		for _, v := range w.Variants() {
			if v.Pod != w.Template() {
				x.add(w.ID().Namespace, v.Pod.Labels)
			}
		}
	}
	entries := l.view(nil).entries
	for ns, list := range entries.entries {
		for _, e := range list {
			x.add(ns, e.spec.GetLabels())
			x.add(ns, e.meta.Labels)
		}
	}
	for _, e := range entries.all {
		for _, ep := range e.spec.GetEndpoints() {
			x.add(e.namespace(), ep.GetLabels())
		}
	}
	return x
}

func (x *podIndex) add(namespace string, labels map[string]string) {
	own := x.byNamespace[namespace]
	if own == nil {
		own = map[[2]string][]map[string]string{}
		x.byNamespace[namespace] = own
	}
	for k, v := range labels {
		e := [2]string{k, v}
		own[e] = append(own[e], labels)
		x.all[e] = append(x.all[e], labels)
	}
}

// picks reports whether a pod of the namespace has the labels; an empty namespace stands for all.
func (x *podIndex) picks(namespace string, labels map[string]string) bool {
	index := x.all
	if namespace != "" {
		index = x.byNamespace[namespace]
	}
	var fewest []map[string]string
	first := true
	for k, v := range labels {
		if list := index[[2]string{k, v}]; first || len(list) < len(fewest) {
			fewest, first = list, false
		}
	}
	return slices.ContainsFunc(fewest, func(pod map[string]string) bool { return kube.Subset(labels, pod) })
}

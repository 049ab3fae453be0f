package istio

import (
	"slices"
	"strings"

	typev1beta1 "istio.io/api/type/v1beta1"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// aimer is an object that names what it is for.
type aimer struct {
	resource
	one  *typev1beta1.PolicyTargetReference
	more []*typev1beta1.PolicyTargetReference
}

// deadTargets reports the objects that name a Service, ServiceEntry or Gateway that is not there, or one
// at which no proxy reads them.
func (f *flawFinder) deadTargets() {
	for _, p := range f.authz.policies.all {
		f.aim(aimer{p.resource, p.spec.GetTargetRef(), p.spec.GetTargetRefs()})
	}
	for _, ra := range f.authz.tokens.all {
		f.aim(aimer{ra.resource, ra.spec.GetTargetRef(), ra.spec.GetTargetRefs()})
	}
	for _, ns := range sortedKeys(f.filters) {
		for _, x := range f.filters[ns] {
			f.aim(aimer{x.resource, nil, x.reach.targets})
		}
	}
	for _, ns := range sortedKeys(f.extensions) {
		for _, x := range f.extensions[ns] {
			f.aim(aimer{x.resource, nil, x.reach.targets})
		}
	}
	for _, ns := range sortedKeys(f.facts.telemetries) {
		for _, t := range f.facts.telemetries[ns] {
			f.aim(aimer{t.resource, nil, t.reach.targets})
		}
	}
}

func (f *flawFinder) aim(a aimer) {
	for i, t := range a.more {
		f.aimAt(a, t, source.Index("spec.targetRefs", i))
	}
	if len(a.more) == 0 && a.one != nil {
		f.aimAt(a, a.one, "spec.targetRef")
	}
}

// aimAt looks at one reference. Where a policy is read is decided by
// pilot/pkg/model/policyattachment.go ShouldAttachPolicy.
func (f *flawFinder) aimAt(a aimer, t *typev1beta1.PolicyTargetReference, path string) {
	own, group := a.obj.Ref.Namespace, t.GetGroup()
	if group == "core" {
		group = ""
	}
	flaw := mesh.Flaw{Kind: mesh.FlawSelectsNothing, Rule: ruleSelectsNothing, Object: a.obj.Ref, Loc: a.obj.At(path)}
	switch to := (target{group, t.GetKind(), t.GetName()}); {
	case to == classTarget:
		if !slices.Contains(f.roots(), own) {
			flaw.Kind, flaw.Rule = mesh.FlawNoEffect, ruleTargetPassedOver
			flaw.Detail = "only objects of the root namespace reach all waypoints by their GatewayClass"
			f.report(flaw, nil)
		}
	case t.GetNamespace() != "" && t.GetNamespace() != own:
		flaw.Kind, flaw.Rule = mesh.FlawNoEffect, ruleTargetPassedOver
		flaw.Detail = "it names an object of namespace " + t.GetNamespace() + ", and reaches only those of its own"
		f.report(flaw, nil)
	case group == "" && t.GetKind() == "Service":
		f.aimAtService(flaw, f.cluster.Service(own, t.GetName()), t.GetName())
	case to.group == kindServiceEntry.Group && to.kind == kindServiceEntry.Kind:
		known := slices.ContainsFunc(f.view(nil).entries.all, func(e *serviceEntry) bool {
			return e.namespace() == own && e.obj.Ref.Name == to.name
		})
		f.missing(flaw, known, "ServiceEntry", to.name)
	case to.group == kindGateway.Group && to.kind == kindGateway.Kind:
		there := f.waypoints.gateways[own+"/"+to.name] != nil || f.pods().picks(own, map[string]string{gatewayNameLabel: to.name})
		f.missing(flaw, there, "Gateway", to.name) // istiod goes by the label of the pods
	default:
	}
}

// missing reports that a target is not there.
func (f *flawFinder) missing(flaw mesh.Flaw, there bool, kind, name string) {
	if there {
		return
	}
	ns := flaw.Object.Namespace
	flaw.Detail = "there is no " + kind + " " + name + " in namespace " + ns
	flaw.Unknown = f.input.Absent(ns)
	f.report(flaw, nil)
}

// aimAtService reports a target whose traffic goes through no waypoint: sidecars and ztunnel read
// selectors only.
func (f *flawFinder) aimAtService(flaw mesh.Flaw, s *mesh.Service, name string) {
	if s == nil {
		f.missing(flaw, false, kube.KindService.Kind, name)
		return
	}
	b, asked := f.Bind(s)
	if b.Proxy != "" && len(b.Unknown) == 0 {
		return
	}
	flaw.Kind, flaw.Rule, flaw.Unknown, flaw.Workloads = mesh.FlawNoEffect, ruleTargetNoWaypoint, b.Unknown, nil
	flaw.Detail = "Service " + name + " has no waypoint, and nothing but a waypoint reads objects that name a Service"
	if asked && b.Detail != "" {
		flaw.Detail = "Service " + name + " is without the waypoint that it asks for (" + b.Detail + "), and nothing else reads objects that name a Service"
	}
	f.report(flaw, []*site{{workloads: s.Workloads()}})
}

// atWaypoint reports a selector that takes in the pods of a waypoint, which reads targets only.
func (f *flawFinder) atWaypoint(obj source.Object, a *attachment, idle []*site) {
	if len(a.labels) == 0 || len(a.targets) > 0 {
		return
	}
	var selves []*site
	for _, s := range idle {
		if s.kind == siteSelf {
			selves = append(selves, s)
		}
	}
	if len(selves) == 0 {
		return
	}
	f.report(mesh.Flaw{
		Kind: mesh.FlawNoEffect, Rule: ruleSelectorAtWaypoint, Object: obj.Ref, Loc: obj.At("spec.selector"),
		Detail: "waypoints read targetRefs and no selectors",
	}, selves)
}

// outside reports a policy that selects workloads of which none is in the mesh. One of the root namespace
// without a selector is for whatever there will be.
func (f *flawFinder) outside(obj source.Object, a *attachment, st *standing) {
	if len(st.sites) > 0 || len(a.targets) > 0 || len(a.labels) == 0 && slices.Contains(f.roots(), a.ref.Namespace) {
		return
	}
	f.outsideAt(obj, len(a.labels) > 0, st.idle)
}

func (f *flawFinder) outsideAt(obj source.Object, selects bool, idle []*site) {
	flaw := mesh.Flaw{Kind: mesh.FlawNoEffect, Rule: ruleOutside, Object: obj.Ref, Loc: obj.At("spec")}
	var out []*site
	for _, s := range idle {
		switch s.kind {
		case siteOutside:
			out = append(out, s)
		case siteUnsure:
			flaw.Unknown = gap.Once(append(flaw.Unknown, s.gaps...))
		default:
			return // a proxy, of which others speak
		}
	}
	if len(out) == 0 {
		return
	}
	who := "none of the workloads of its namespace is in the mesh"
	if selects {
		flaw.Loc = obj.At("spec.selector")
		who = "none of the workloads that it selects is in the mesh"
	}
	flaw.Detail = who + ", so no proxy enforces it"
	f.report(flaw, out)
}

// cutProxy parts the name of a waypoint.
func cutProxy(proxy string) (namespace, name string) {
	namespace, name, _ = strings.Cut(proxy, "/")
	return namespace, name
}

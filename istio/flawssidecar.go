package istio

import (
	"slices"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// sidecarFlaws reports Sidecar resources whose inbound TLS settings are passed over, and those that
// select workloads without a sidecar only.
func (f *flawFinder) sidecarFlaws() {
	at := standings[*sidecarResource]{}
	for _, s := range f.sites {
		r := f.sidecars.of(s.rev.rootNamespace(), s.party.Pod)
		if r == nil {
			continue
		}
		switch s.kind {
		case siteSidecar:
			at.stand([]*sidecarResource{r}, s)
		case siteUnsure, siteZtunnel, siteOutside:
			at.idle([]*sidecarResource{r}, s)
		default:
		}
	}
	for _, ns := range sortedKeys(f.sidecars.byNamespace) {
		for _, r := range f.sidecars.byNamespace[ns] {
			f.ingressTLS(r, at.of(r))
			f.noSidecar(r, at.of(r))
		}
	}
}

// ingressTLS reports TLS settings of inbound listeners, which istiod passes over but for pods in mode
// DISABLE and with a feature flag (pilot/pkg/networking/core/listener_inbound.go).
func (f *flawFinder) ingressTLS(r *sidecarResource, at *standing) {
	for i, in := range r.spec.GetIngress() {
		if in.GetTls() == nil || in.GetPort().GetNumber() > 65535 {
			continue
		}
		var sites []*site
		for _, s := range at.sites {
			got := f.Inbound(s.party.Pod, s.party.Enrolment, uint16(in.GetPort().GetNumber()))
			if got.Captured == truth.True && got.Enforced != mesh.MTLSClosed && got.Enforced != mesh.MTLSUnknown {
				sites = append(sites, s)
			}
		}
		if len(sites) > 0 {
			f.report(mesh.Flaw{
				Kind: mesh.FlawNoEffect, Rule: ruleSidecarIngress, Object: r.obj.Ref, Loc: r.obj.At(source.Index("spec.ingress", i) + ".tls"),
				Detail: "the sidecar does not end this TLS: settings of the kind count only where the mode of the port is DISABLE, and with the feature flag ENABLE_TLS_ON_SIDECAR_INGRESS",
			}, sites)
		}
	}
}

// noSidecar reports a Sidecar resource whose selector takes in workloads without a sidecar only.
func (f *flawFinder) noSidecar(r *sidecarResource, at *standing) {
	if r.unselective() || len(at.sites) > 0 || len(at.idle) == 0 {
		return
	}
	flaw := mesh.Flaw{Kind: mesh.FlawNoEffect, Rule: ruleNoSidecar, Object: r.obj.Ref, Loc: r.obj.At("spec.workloadSelector")}
	var without []*site
	for _, s := range at.idle {
		if s.kind == siteUnsure {
			flaw.Unknown = append(flaw.Unknown, s.gaps...)
			continue
		}
		without = append(without, s)
	}
	if len(without) > 0 {
		flaw.Detail = "none of the workloads that it selects has a sidecar"
		f.report(flaw, without)
	}
}

// credentialFlaws reports TLS of DestinationRules that sidecars leave out for want of the credential: they
// get it only from a rule with a selector. pilot/pkg/networking/core/cluster_tls.go.
func (f *flawFinder) credentialFlaws() {
	var clients []*site
	for _, s := range f.sites {
		if s.kind == siteSidecar {
			clients = append(clients, s)
		}
	}
	for _, r := range f.clients.all {
		if r.selects || r.lost {
			continue
		}
		for path, tls := range clientSettings(r.spec) {
			if !(dial{sidecar: true, rule: &mergedRule{first: r}, tls: clientTLS{cluster: tls}}).withheld() {
				continue
			}
			var near []*site
			for _, s := range clients {
				e := r.exportTo
				if len(e) == 0 {
					e = exports{exportPublic}
				}
				if e.reaches(r.namespace(), s.proxied.namespace) {
					near = append(near, s)
				}
			}
			if len(near) > 0 {
				f.report(mesh.Flaw{
					Kind: mesh.FlawNoEffect, Rule: ruleCredential, Object: r.obj.Ref, Loc: r.obj.At(path + ".credentialName"),
					Detail: "sidecars get the credential " + quoted(tls.GetCredentialName()) + " only from a rule with a workloadSelector; without one they send plaintext and say nothing",
				}, near)
			}
		}
	}
}

// clientSettings iterates over the TLS settings of a DestinationRule by the paths of their fields.
func clientSettings(spec *networkingv1alpha3.DestinationRule) func(yield func(string, *networkingv1alpha3.ClientTLSSettings) bool) {
	return func(yield func(string, *networkingv1alpha3.ClientTLSSettings) bool) {
		policy := func(path string, tp *networkingv1alpha3.TrafficPolicy) bool {
			if tls := tp.GetTls(); tls != nil && !yield(path+".tls", tls) {
				return false
			}
			for i, p := range tp.GetPortLevelSettings() {
				if tls := p.GetTls(); tls != nil && !yield(source.Index(path+".portLevelSettings", i)+".tls", tls) {
					return false
				}
			}
			return true
		}
		if !policy("spec.trafficPolicy", spec.GetTrafficPolicy()) {
			return
		}
		for i, s := range spec.GetSubsets() {
			if !policy(source.Index("spec.subsets", i)+".trafficPolicy", s.GetTrafficPolicy()) {
				return
			}
		}
	}
}

// overrideFlaws reports what changes how proxies enforce policies.
func (f *flawFinder) overrideFlaws() {
	for _, o := range f.facts.overrides() {
		aimed := slices.ContainsFunc(o.Aimed, func(a mesh.Aspect) bool {
			return a == mesh.AspectAuthorization || a == mesh.AspectInbound || a == mesh.AspectTransport
		})
		if !aimed && !f.authenticates(o.Object) || len(o.Workloads) == 0 {
			continue
		}
		flaw := mesh.Flaw{Kind: mesh.FlawUnverified, Rule: ruleEnforcementPatched, Object: o.Object}
		for _, step := range o.Why {
			if flaw.Detail == "" || step.Rule == ruleEnvoyFilterSecurity && flaw.Rule != ruleEnvoyFilterSecurity {
				flaw.Detail, flaw.Loc, flaw.Rule = step.Detail, step.Loc, step.Rule
			}
		}
		flaw.Workloads = f.workloadsOf(o.Workloads)
		f.found = append(f.found, flaw)
	}
}

// authenticates reports whether an object puts code among the filters that authenticate or authorize.
func (f *flawFinder) authenticates(object source.Ref) bool {
	return slices.ContainsFunc(f.extensions[object.Namespace], func(x *extension) bool {
		return x.obj.Ref == object && x.guards
	})
}

func (f *flawFinder) workloadsOf(ids []mesh.WorkloadID) []*mesh.Workload {
	var found []*mesh.Workload
	for w := range f.cluster.Workloads() { // both are in the order of IDs
		if _, ok := slices.BinarySearchFunc(ids, w.ID(), mesh.WorkloadID.Compare); ok {
			found = append(found, w)
		}
	}
	return found
}

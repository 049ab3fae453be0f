package istio

import (
	"fmt"
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// modeFlaws looks at the PeerAuthentications. Where a mode is declared and another one is enforced, the
// port says so; here are those that are read by nobody.
func (f *flawFinder) modeFlaws() {
	for _, ns := range sortedKeys(f.Layer.policies.byNamespace) {
		for _, pa := range f.Layer.policies.byNamespace[ns].all {
			if pa.lost {
				continue
			}
			if len(pa.labels) > 0 && slices.Contains(f.roots(), ns) {
				f.rootSelector(pa)
				continue
			}
			at := f.modes.of(pa)
			if len(at.sites) == 0 && !slices.Contains(f.roots(), ns) {
				f.outsideAt(pa.obj, len(pa.labels) > 0, at.idle)
			}
			f.servicePorts(pa, at)
			f.disabledInAmbient(pa, at)
		}
	}
}

// rootSelector reports a selector in a root namespace (pilot/pkg/security/authn/policy_applier.go
// ComposePeerAuthentication, pilot/pkg/serviceregistry/ambient/policies.go).
func (f *flawFinder) rootSelector(pa *peerAuth) {
	flaw := mesh.Flaw{
		Kind: mesh.FlawNoEffect, Rule: ruleRootSelector, Object: pa.obj.Ref, Loc: pa.obj.At("spec.selector"),
		Detail: "a PeerAuthentication with a selector in the root namespace counts for nobody",
	}
	if len(f.roots()) > 1 {
		flaw.Unknown = []mesh.Gap{{
			Reason: source.ProblemUnsupported, Object: pa.obj.Ref, Loc: pa.obj.At("metadata.namespace"),
			Detail: "the namespace is the root of some revisions only, and counts for pods of others",
		}}
	}
	var sites []*site
	for _, s := range f.sites {
		if s.proxied.namespace == pa.namespace() && podHas(s, pa.labels) {
			sites = append(sites, s)
		}
	}
	f.report(flaw, sites)
}

func podHas(s *site, labels map[string]string) bool {
	for k, v := range labels {
		if got, ok := s.proxied.labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// servicePorts reports port-level modes for a port of a Service that sends to another port of the pods:
// the numbers are those of the pods.
func (f *flawFinder) servicePorts(pa *peerAuth, at *standing) {
	for _, port := range pa.namedPorts() {
		var sites []*site
		target, service := uint16(0), ""
		for _, s := range at.sites {
			t, name, ok := f.meantPort(s, port)
			if ok && s.modeOf(pa, t) != pa.port(port) {
				sites, target, service = append(sites, s), t, name
			}
		}
		if len(sites) == 0 {
			continue
		}
		f.report(mesh.Flaw{
			Kind: mesh.FlawNoEffect, Rule: ruleServicePort, Object: pa.obj.Ref,
			Loc:    pa.obj.At(source.Key("spec.portLevelMtls", fmt.Sprint(port))),
			Detail: fmt.Sprintf("%d is a port of Service %s, which sends to port %d of the pods; the numbers here are those of the pods", port, service, target),
		}, sites)
	}
}

// meantPort is the pods' port behind a Service's port of that number, where the pods have none of that
// number themselves.
func (f *flawFinder) meantPort(s *site, port uint16) (target uint16, service string, ok bool) {
	w := s.workloads[0]
	for _, c := range s.party.Pod.Spec.Containers {
		for _, p := range c.Ports {
			if p.ContainerPort == port {
				return 0, "", false
			}
		}
	}
	for _, svc := range f.services[w] {
		for _, sp := range svc.Ports {
			n, has := sp.Target(s.party.Pod)
			switch {
			case has && n == port:
				return 0, "", false
			case has && sp.Port == port && sp.Protocol == "TCP":
				target, service, ok = n, svc.Namespace.Name+"/"+svc.Name, true
			}
		}
	}
	return target, service, ok
}

// modeOf is the mode that the policy gives to a port of the pods; UNSET leaves it to others.
func (s *site) modeOf(pa *peerAuth, port uint16) mtlsMode {
	if m := pa.port(port); m != modeUnset {
		return m
	}
	return pa.mode()
}

// disabledInAmbient reports DISABLE for workloads in ambient mode, which go on taking the mesh's mutual
// TLS: the mode counts as PERMISSIVE.
func (f *flawFinder) disabledInAmbient(pa *peerAuth, at *standing) {
	if pa.mode() != modeDisable {
		return
	}
	var sites []*site
	for _, s := range at.sites {
		if s.kind == siteZtunnel {
			sites = append(sites, s)
		}
	}
	if len(sites) > 0 {
		f.report(mesh.Flaw{
			Kind: mesh.FlawNoEffect, Rule: ruleAmbientConversion, Object: pa.obj.Ref, Loc: pa.obj.At("spec.mtls.mode"),
			Detail: "ambient mode has no DISABLE: ztunnel goes on taking the mesh's mutual TLS beside plaintext",
		}, sites)
	}
}

package report

import (
	"slices"

	"github.com/meshposture/meshposture/drift"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

func step(s mesh.Step) Step {
	return Step{Rule: s.Rule, Object: s.Object, Field: s.Loc.Field(), Pos: s.Pos(), Detail: s.Detail}
}

func gap(g mesh.Gap) Gap {
	return Gap{Reason: g.Reason, Object: g.Object, Field: g.Loc.Field(), Pos: g.Pos(), Detail: g.Detail}
}

func (in Input) workload(w *mesh.Workload) Workload {
	id := w.ID()
	out := Workload{
		Namespace: id.Namespace, Kind: id.Kind, Name: id.Name, Account: w.Account(),
		Services: convert(w.Services(), func(s *mesh.Service) string { return s.Name }),
		Pods:     podsOf(w),
		Inside:   w.Inside(),
		InScope:  in.inScope(w),
		Meshes:   convert(w.Memberships(), membership),
		Ports:    convert(portAnswers(w), func(a portAnswer) Port { return in.port(w, a) }),
		Bypasses: convert(w.Bypasses(), func(b mesh.Bypass) Bypass { return in.bypass(w, b) }),
	}
	if !w.Object().IsZero() {
		out.Pos = w.At("metadata.name").Pos()
	}
	explained := false
	recorded := drift.Recorded(w)
	for e := range in.Record.ExclusionsInForce() {
		if e.Matches(recorded) {
			out.Exclusions = append(out.Exclusions, e.ID)
			explained = explained || e.Kind.OutsideMesh()
		}
	}
	if out.Inside == truth.False {
		out.Documented = &explained
	}
	return out
}

func membership(m mesh.Membership) Membership {
	return Membership{
		Mesh: m.Mesh, Inside: m.Inside(), Drifted: m.Drifted(),
		Declared: enrolment(mesh.PodEnrolment{Enrolment: m.Declared}),
		Observed: convert(m.Observed, enrolment),
	}
}

func enrolment(e mesh.PodEnrolment) Enrolment {
	return Enrolment{
		Mode: e.Mode.String(), Cause: e.Cause.String(), Explicit: e.Explicit, Revision: e.Revision,
		Version: e.Version, Identity: e.Identity, Advertises: slices.Clone(e.Advertises),
		Pods: slices.Clone(e.Pods), Why: convert(e.Why, step), Unknown: convert(e.Unknown, gap),
	}
}

func (in Input) port(w *mesh.Workload, a portAnswer) Port {
	p := Port{
		Number: int(a.port.Number), Name: a.port.Name, Protocol: a.port.Protocol, Service: a.port.Service,
		Inbound: convert(a.inbounds, inbound),
	}
	if a.port.Number == 0 {
		p.Protocol = "TCP"
	}
	if p.Protocol == "TCP" {
		p.Accepts = in.accepts(w, a.port).String()
	}
	return p
}

func inbound(in mesh.PodInbound) Inbound {
	return Inbound{
		Mesh: in.Mesh, Protocol: in.Protocol.String(), Captured: in.Captured, Declared: in.Declared.String(),
		Enforced: in.Enforced.String(), Explicit: in.Explicit, Pods: slices.Clone(in.Pods),
		Why: convert(in.Why, step), Unknown: convert(in.Unknown, gap),
	}
}

func (in Input) bypass(w *mesh.Workload, b mesh.Bypass) Bypass {
	out := Bypass{
		Mesh: b.Mesh, Direction: b.Direction.String(), Ports: slices.Clone(b.Ports), CIDRs: slices.Clone(b.CIDRs),
		Effective: b.Effective, Explicit: b.Explicit, Why: convert(b.Why, step), Unknown: convert(b.Unknown, gap),
	}
	for _, e := range in.documented(w, b) {
		out.Exclusions = append(out.Exclusions, e.ID)
	}
	return out
}

func controlPlane(cp mesh.ControlPlane) ControlPlane {
	return ControlPlane{
		Mesh: cp.Mesh, Namespace: cp.Namespace, Revision: cp.Revision, Tags: slices.Clone(cp.Tags), Version: cp.Version,
		TrustDomain: cp.TrustDomain, TrustDomainAliases: slices.Clone(cp.TrustDomainAliases),
		RootNamespace: cp.RootNamespace, Assumed: cp.Assumed,
		CA: authority(cp.CA), Admission: convert(cp.Admission, certificate), Replicas: replicas(cp.Replicas),
		Links: convert(cp.Links, link),
		Why:   convert(cp.Why, step), Unknown: convert(cp.Unknown, gap),
	}
}

func (in Input) nodes() []Node {
	var all []Node
	if in.Graph == nil {
		return nil
	}
	for n := range in.Graph.Nodes() {
		info := n.Status.NodeInfo
		all = append(all, Node{Name: n.Name, Kubelet: info.KubeletVersion, Kernel: info.KernelVersion})
	}
	return all
}

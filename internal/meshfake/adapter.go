package meshfake

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

const (
	prefix     = "toy/"
	root       = "toy-system"
	policyName = "Policy"

	systemNamespace = "kube-system"

	usual = "toy" // the mesh of pods that name none
)

var policyKind = source.Kind{Group: "toy.example", Kind: policyName}

// adapter implements mesh.Adapter for the mesh of that name.
type adapter struct{ mesh string }

// Adapter is a toy mesh of that name, beside others: pods and policies are of the mesh that they name, or
// of "toy".
func Adapter(name string) mesh.Adapter { return adapter{name} }

var (
	_ mesh.Adapter         = adapter{}
	_ mesh.Enroller        = (*layer)(nil)
	_ mesh.Witness         = (*layer)(nil)
	_ mesh.InboundJudge    = (*layer)(nil)
	_ mesh.BypassLister    = (*layer)(nil)
	_ mesh.ConflictLister  = (*layer)(nil)
	_ mesh.Sender          = (*layer)(nil)
	_ mesh.Receiver        = (*layer)(nil)
	_ mesh.Authorizer      = (*layer)(nil)
	_ mesh.CallerJudge     = (*layer)(nil)
	_ mesh.ConnectionJudge = (*layer)(nil)
	_ mesh.FlawLister      = (*layer)(nil)
	_ mesh.Binder          = (*layer)(nil)
	_ mesh.EntryLister     = (*layer)(nil)
	_ mesh.EgressJudge     = (*layer)(nil)
	_ mesh.ControlPlaner   = (*layer)(nil)
	_ mesh.ComponentLister = (*layer)(nil)
	_ mesh.OverrideLister  = (*layer)(nil)
	_ mesh.CompletionJudge = (*layer)(nil)
	_ mesh.StaleJudge      = (*layer)(nil)
)

// Name is the name of the mesh.
func (a adapter) Name() string { return a.mesh }

// Reads lists the one kind of the toy.
func (adapter) Reads() []source.Kind { return []source.Kind{policyKind} }

// Compile reads the policies.
func (a adapter) Compile(_ context.Context, in mesh.Input) (mesh.Layer, error) {
	l := &layer{mesh: a.mesh, cluster: in.Cluster}
	for o := range in.Objects.Objects(policyKind) {
		p := policy{object: o}
		if err := json.Unmarshal(o.JSON, &p); err != nil {
			return nil, fmt.Errorf("%s: %w", o.Ref, err)
		}
		if cmp.Or(p.Spec.Mesh, usual) == l.mesh {
			l.policies = append(l.policies, p)
		}
	}
	return l, nil
}

type policy struct {
	object source.Object
	Spec   struct {
		Mesh     string            `json:"mesh"`
		Workload string            `json:"workload"`
		MTLS     string            `json:"mtls"`
		Ports    map[string]string `json:"ports"`
		Settled  *bool             `json:"settled"`
		Callers  []string          `json:"callers"`
		Proxy    string            `json:"proxy"`
		Reaches  []string          `json:"reaches"`
		Entry    *entry            `json:"entry"`
		authority
		Skew   *int     `json:"skew"`
		Alters []string `json:"alters"`
		Flaws  []string `json:"flaws"`
	} `json:"spec"`
}

type layer struct {
	mesh     string
	cluster  *mesh.Cluster
	policies []policy
}

// Problems returns nil.
func (l *layer) Problems() []mesh.Problem { return nil }

// Admit reads the mode that the pod, or else its namespace, asks for.
func (l *layer) Admit(p *mesh.Pod) mesh.Enrolment { return identified(p, l.admit(p)) }

// has reports whether the pod is of this mesh, if of any.
func (l *layer) has(p *mesh.Pod) bool { return cmp.Or(p.Annotations[prefix+"mesh"], usual) == l.mesh }

// stranger reports whether an end of a connection is enrolled in another mesh.
func (l *layer) stranger(p mesh.Party) bool {
	return p.Enrolment.Mode != mesh.ModeNone && p.Enrolment.Mesh != "" && p.Enrolment.Mesh != l.mesh
}

func (l *layer) admit(p *mesh.Pod) mesh.Enrolment {
	label, labelled := p.Labels[prefix+"mode"]
	word, inPod := p.Annotations[prefix+"mode"]
	nsWord, inNamespace := p.Namespace.Annotations[prefix+"mode"]
	switch {
	case !l.has(p):
		return enrolment(mesh.ModeNone, mesh.CausePodAnnotation, step(p, source.Key("metadata.annotations", prefix+"mesh")))
	case p.Spec.HostNetwork:
		return enrolment(mesh.ModeNone, mesh.CauseHostNetwork, step(p, "spec.hostNetwork"))
	case p.Namespace.Name == systemNamespace:
		s := mesh.Step{Rule: "toy/mode", Object: p.Namespace.Object(), Detail: "the mesh leaves the namespace alone"}
		return enrolment(mesh.ModeNone, mesh.CauseSystemNamespace, s)
	case labelled:
		e := enrolment(mode(label), mesh.CausePodLabel, step(p, source.Key("metadata.labels", prefix+"mode")))
		e.Explicit = true
		return e
	case inPod:
		e := enrolment(mode(word), mesh.CausePodAnnotation, step(p, source.Key("metadata.annotations", prefix+"mode")))
		if _, part := p.Annotations[prefix+"part"]; part {
			e.Cause = mesh.CauseMeshComponent
		}
		e.Explicit = true
		return e
	case !p.Namespace.Known:
		return mesh.Enrolment{Unknown: p.Namespace.Gaps()}
	case inNamespace:
		s := mesh.Step{Rule: "toy/mode", Object: p.Namespace.Object(), Detail: "the namespace says so"}
		return enrolment(mode(nsWord), mesh.CauseNamespaceLabel, s)
	default:
		s := mesh.Step{Rule: "toy/mode", Object: p.Namespace.Object(), Detail: "nothing asks for the mesh"}
		return enrolment(mesh.ModeNone, mesh.CauseNamespaceUnlabelled, s)
	}
}

// Observe is Admit, unless an annotation says otherwise.
func (l *layer) Observe(p *mesh.Pod) mesh.Enrolment {
	word, ok := p.Annotations[prefix+"observed"]
	if !ok || !l.has(p) {
		return l.Admit(p)
	}
	return identified(p, enrolment(mode(word), mesh.CauseRunning, step(p, source.Key("metadata.annotations", prefix+"observed"))))
}

// identified gives an identity to what is in the mesh.
func identified(p *mesh.Pod, e mesh.Enrolment) mesh.Enrolment {
	if e.Mode.Inside() == truth.True {
		e.Identity = "toy://" + p.Namespace.Name + "/" + p.Workload.ID().Name
	}
	return e
}

func enrolment(m mesh.Mode, c mesh.Cause, s mesh.Step) mesh.Enrolment {
	e := mesh.Enrolment{Mode: m, Cause: c, Why: []mesh.Step{s}}
	if m == mesh.ModeUnknown {
		e.Unknown = []mesh.Gap{{Reason: source.ProblemIncomplete, Object: s.Object, Loc: s.Loc, Detail: "the mode cannot be read"}}
	}
	return e
}

// mode reads a word; one that is none means unknown.
func mode(word string) mesh.Mode {
	m, err := mesh.ParseMode(word)
	if err != nil {
		return mesh.ModeUnknown
	}
	return m
}

func step(p *mesh.Pod, field string) mesh.Step {
	return mesh.Step{Rule: "toy/mode", Object: p.Object(), Loc: p.At(field), Detail: "the pod says so"}
}

// Inbound is the most specific policy's mode.
func (l *layer) Inbound(p *mesh.Pod, e mesh.Enrolment, port uint16) mesh.Inbound {
	if e.Mode == mesh.ModeGateway || e.Mode == mesh.ModeWaypoint {
		return mesh.Inbound{Declared: mesh.MTLSNotApplicable, Enforced: mesh.MTLSNotApplicable}
	}
	in := l.declared(p, strconv.Itoa(int(port)))
	in.Enforced = in.Declared
	for _, key := range []string{prefix + "enforced", prefix + "enforced-" + strconv.Itoa(int(port))} {
		if word, ok := p.Annotations[key]; ok {
			in.Enforced = mtls(word)
			in.Why = append([]mesh.Step{{
				Rule: "toy/enforced", Object: p.Object(), Loc: p.At(source.Key("metadata.annotations", key)), Detail: "the proxy does so",
			}}, in.Why...)
		}
	}
	for _, b := range l.Bypasses(p, e) {
		if b.Direction == mesh.Inwards && b.Effective == truth.True && slices.Contains(b.Ports, strconv.Itoa(int(port))) {
			in.Captured, in.Enforced = truth.False, mesh.MTLSNone
			in.Why = append(b.Why, in.Why...)
		}
	}
	for i := range l.policies {
		if o := l.policies[i].object; o.Ref.String() == p.Annotations[prefix+"doubt"] {
			in.Unknown = append(in.Unknown, mesh.Gap{Reason: source.ProblemUnsupported, Object: o.Ref, Loc: o.At("spec"), Detail: "the toy does not evaluate it"})
		}
	}
	if in.Enforced == mesh.MTLSUnknown || in.Declared == mesh.MTLSUnknown {
		in.Unknown = []mesh.Gap{{Reason: source.ProblemUnsupported, Object: in.Why[0].Object, Loc: in.Why[0].Loc, Detail: "the mode cannot be read"}}
	}
	return in
}

func (l *layer) declared(p *mesh.Pod, port string) mesh.Inbound {
	in := mesh.Inbound{Declared: mesh.MTLSPermissive, Why: []mesh.Step{{Rule: "toy/default", Detail: "no policy: permissive"}}}
	best := 0
	for i := range l.policies {
		rank, field := l.policies[i].claims(p, port)
		if rank <= best {
			continue
		}
		best = rank
		word := cmp.Or(l.policies[i].Spec.Ports[port], l.policies[i].Spec.MTLS)
		o := l.policies[i].object
		in = mesh.Inbound{Declared: mtls(word), Explicit: true, Why: []mesh.Step{{
			Rule: "toy/policy", Object: o.Ref, Loc: o.At(field), Detail: "mode " + word,
		}}}
	}
	return in
}

// claims says how specific the policy is for the port, 0 where it says nothing, and by which field.
func (q *policy) claims(p *mesh.Pod, port string) (int, string) {
	own := q.object.Ref.Namespace == p.Namespace.Name
	switch {
	case own && q.Spec.Workload == p.Workload.ID().Name && q.Spec.Ports[port] != "":
		return 4, source.Key("spec.ports", port)
	case q.Spec.MTLS == "":
		return 0, ""
	case own && q.Spec.Workload == p.Workload.ID().Name:
		return 3, "spec.mtls"
	case own && q.Spec.Workload == "":
		return 2, "spec.mtls"
	case q.object.Ref.Namespace == root && q.Spec.Workload == "":
		return 1, "spec.mtls"
	default:
		return 0, ""
	}
}

// mtls reads a word; one that is none means unknown.
func mtls(word string) mesh.MTLS {
	m, err := mesh.ParseMTLS(word)
	if err != nil {
		return mesh.MTLSUnknown
	}
	return m
}

// Ran says that every pod of the toy runs, so that tests need not write a status.
func (l *layer) Ran(*mesh.Pod) bool { return true }

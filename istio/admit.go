package istio

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Admit says what a pod made from p now would be: first the sidecar's admission, then, for a pod
// without a sidecar, istio-cni's enrolment in ambient mode. Admission comes first because it
// leaves an annotation that istio-cni respects.
func (l *Layer) Admit(p *mesh.Pod) mesh.Enrolment {
	if e, ok := l.written(p); ok {
		return e
	}
	a := l.admission(p)
	switch a.injected {
	case truth.True:
		return l.injectedAs(p, a)
	case truth.Unknown:
		return mesh.Enrolment{Why: a.why, Unknown: a.gaps}
	default:
		return l.withoutSidecar(p, a)
	}
}

// withoutSidecar says what istio-cni makes of a pod that admission leaves alone.
func (l *Layer) withoutSidecar(p *mesh.Pod, a admission) mesh.Enrolment {
	selected, step, gaps := l.ambientSelects(p)
	switch selected {
	case truth.True:
		return l.ambientEnrolment(p, step, gaps)
	case truth.Unknown:
		return mesh.Enrolment{Why: append([]mesh.Step{step}, a.why...), Unknown: slices.Concat(gaps, a.gaps)}
	default:
	}
	if step.Rule == ruleNoEffect {
		a.cause, a.why = mesh.CauseNoControlPlane, append([]mesh.Step{step}, a.why...)
	}
	return mesh.Enrolment{Mode: mesh.ModeNone, Cause: a.cause, Explicit: a.explicit, Why: a.why, Unknown: a.gaps}
}

// admission is the outcome of both stages of injection.
type admission struct {
	injected truth.Value
	hook     *webhook   // the last that injects, whose result stays; nil when none does
	perhaps  []*webhook // those of which it is not known whether they inject
	cause    mesh.Cause
	explicit bool
	why      []mesh.Step
	gaps     []mesh.Gap
}

// admission calls every webhook whose selectors match, in the API server's order. Each one that
// injects replaces what the one before it had injected, so the last one stays.
func (l *Layer) admission(p *mesh.Pod) admission {
	a := admission{injected: truth.False}
	var decided mesh.Step // stage 2 of the webhook that counts
	var called *webhook
	for _, w := range l.webhooks {
		match := w.matches(p.Namespace, p.Labels)
		if match == truth.False {
			continue
		}
		wants, step := w.rev.injector.required(p)
		both := match.And(wants)
		if both == truth.Unknown {
			a.perhaps = append(a.perhaps, w)
			a.gaps = append(a.gaps, w.gaps...)
			a.gaps = append(a.gaps, w.rev.injector.unread...)
			a.gaps = append(a.gaps, p.Namespace.Gaps()...)
		}
		if called == nil || both == truth.True || both == truth.Unknown && a.injected == truth.False {
			called, decided = w, step
		}
		if both == truth.True {
			a.hook = w
		}
		a.injected = a.injected.Or(both)
	}
	switch {
	case a.injected == truth.Unknown:
		a.why = []mesh.Step{l.undecidedStep(p)}
		if called.matches(p.Namespace, p.Labels) == truth.True {
			a.why = []mesh.Step{decided, called.step(p)} // the injector, not a webhook, is what is not known
		}
		a.gaps = gap.Once(a.gaps)
	case a.injected == truth.True:
		a.accept(p, decided)
	default:
		l.refuse(&a, p, called, decided)
	}
	return a
}

func (l *Layer) undecidedStep(p *mesh.Pod) mesh.Step {
	return mesh.Step{Rule: ruleWebhook, Object: p.Namespace.Object(), Loc: p.Namespace.At("metadata"), Detail: "whether an injection webhook takes namespace " + p.Namespace.Name + " is not known"}
}

// accept explains an injection.
func (a *admission) accept(p *mesh.Pod, decided mesh.Step) {
	own, _ := ownWish(p)
	a.explicit = own == "true"
	a.cause = a.hook.asks()
	if a.cause == mesh.CausePodLabel {
		a.explicit = true
	}
	a.why = []mesh.Step{decided, a.hook.step(p)}
	if decided.Rule == ruleInjectorPolicy { // the rule for all pods says less than the webhook's label
		slices.Reverse(a.why)
	}
	if !a.contested() {
		a.gaps = nil
	}
	a.gaps = slices.Concat(gap.Once(a.gaps), a.hook.rev.gaps, a.hook.rev.injector.gaps)
}

// contested reports whether another revision than that of hook may inject as well: the result of
// which stays is then not known.
func (a *admission) contested() bool {
	return slices.ContainsFunc(a.perhaps, func(w *webhook) bool { return w.rev != a.hook.rev })
}

// step says why the API server calls the webhook.
func (w *webhook) step(p *mesh.Pod) mesh.Step {
	s := mesh.Step{Rule: ruleWebhook, Object: w.config, Loc: w.loc, Detail: "webhook " + w.full + " takes the pod"}
	switch w.asks() {
	case mesh.CauseNamespaceLabel:
		if name := p.Namespace.Labels[labelInjection]; name != "" {
			s.Loc, s.Object = p.Namespace.LabelLoc(labelInjection), p.Namespace.Object()
			s.Detail += ": its namespace has label " + labelInjection + "=" + name
		} else if rev := p.Namespace.Labels[labelRevision]; rev != "" {
			s.Loc, s.Object = p.Namespace.LabelLoc(labelRevision), p.Namespace.Object()
			s.Detail += ": its namespace has label " + labelRevision + "=" + rev
		}
	case mesh.CausePodLabel:
		name := labelInject
		if _, ok := p.Labels[labelRevision]; ok {
			name = labelRevision
		}
		s.Loc, s.Object = p.LabelLoc(name), p.Object()
		s.Detail += ": it has label " + name + "=" + p.Labels[name]
	default:
		s.Detail += ": the mesh injects namespaces that say nothing"
	}
	return s
}

// refuse explains why no webhook injects: by what would have to change first.
func (l *Layer) refuse(a *admission, p *mesh.Pod, called *webhook, decided mesh.Step) {
	if step, cause, ok := unconditional(p); ok {
		a.cause, a.explicit, a.why = cause, cause == mesh.CauseHostNetwork, []mesh.Step{step}
		return
	}
	if called != nil { // the namespace is, or may be, taken, so the injector's reason is the cause
		a.why = []mesh.Step{decided}
		if called.matches(p.Namespace, p.Labels) == truth.True {
			a.why = append(a.why, called.step(p))
		}
		a.gaps = slices.Concat(called.rev.gaps, called.rev.injector.gaps)
		switch decided.Rule {
		case rulePodLabel:
			a.cause, a.explicit = mesh.CausePodLabel, true
		case rulePodAnnotation:
			a.cause, a.explicit = mesh.CausePodAnnotation, true
		default:
			a.cause = mesh.CauseInjectorSelector
		}
		return
	}
	a.gaps = l.assumptions()
	if l.labelKeepsOut(p) {
		_, step := ownWish(p)
		step.Detail += ", which every injection webhook passes over"
		a.cause, a.explicit, a.why = mesh.CausePodLabel, true, []mesh.Step{step}
		return
	}
	step, cause := l.namespaceReason(p)
	a.cause = cause
	a.why = append([]mesh.Step{step}, noEffect(p)...)
}

// unconditional finds the reasons for which the injector refuses a pod whatever labels and its
// configuration say.
func unconditional(p *mesh.Pod) (mesh.Step, mesh.Cause, bool) {
	switch {
	case p.Spec.HostNetwork:
		return mesh.Step{
			Rule: ruleHostNetwork, Object: p.Object(), Loc: p.At("spec.hostNetwork"),
			Detail: "the pod uses its node's network, which a sidecar cannot take over",
		}, mesh.CauseHostNetwork, true
	case slices.Contains(systemNamespaces, p.Namespace.Name):
		return mesh.Step{
			Rule: ruleSystemNamespace, Object: p.Namespace.Object(), Loc: p.Namespace.At("metadata.name"),
			Detail: "the injector leaves namespace " + p.Namespace.Name + " alone",
		}, mesh.CauseSystemNamespace, true
	default:
		return mesh.Step{}, mesh.CauseUnknown, false
	}
}

// labelKeepsOut reports whether a webhook would, or might, be called but for the pod's own inject
// label.
func (l *Layer) labelKeepsOut(p *mesh.Pod) bool {
	if p.Labels[labelInject] != "false" {
		return false
	}
	without := map[string]string{}
	for k, v := range p.Labels {
		if k != labelInject {
			without[k] = v
		}
	}
	return slices.ContainsFunc(l.webhooks, func(w *webhook) bool {
		return w.matches(p.Namespace, without) != truth.False
	})
}

// namespaceReason explains why no webhook takes pods of the namespace.
func (l *Layer) namespaceReason(p *mesh.Pod) (mesh.Step, mesh.Cause) {
	ns := p.Namespace
	if v, ok := ns.Labels[labelInjection]; ok {
		step := mesh.Step{Rule: ruleNamespaceLabel, Object: ns.Object(), Loc: ns.LabelLoc(labelInjection)}
		if v == "enabled" {
			step.Rule = ruleNoWebhook
			step.Detail = "namespace " + ns.Name + " has label istio-injection=enabled, but no default revision is installed"
			return step, mesh.CauseNoControlPlane
		}
		step.Detail = "namespace " + ns.Name + " has label istio-injection=" + v
		return step, mesh.CauseNamespaceLabel
	}
	if v, ok := ns.Labels[labelRevision]; ok {
		return mesh.Step{
			Rule: ruleNoWebhook, Object: ns.Object(), Loc: ns.LabelLoc(labelRevision),
			Detail: "namespace " + ns.Name + " asks for revision " + v + ", which is not installed",
		}, mesh.CauseNoControlPlane
	}
	if v, ok := p.Labels[labelRevision]; ok {
		return mesh.Step{
			Rule: ruleNoWebhook, Object: p.Object(), Loc: p.LabelLoc(labelRevision),
			Detail: "the pod asks for revision " + v + ", which is not installed",
		}, mesh.CauseNoControlPlane
	}
	if p.Labels[labelInject] == "true" {
		return mesh.Step{
			Rule: ruleNoWebhook, Object: p.Object(), Loc: p.LabelLoc(labelInject),
			Detail: "the pod asks for a sidecar, but no default revision is installed",
		}, mesh.CauseNoControlPlane
	}
	return mesh.Step{
		Rule: ruleUnlabelled, Object: ns.Object(), Loc: ns.At("metadata"),
		Detail: "namespace " + ns.Name + " has neither label istio-injection nor istio.io/rev",
	}, mesh.CauseNamespaceUnlabelled
}

// noEffect names wishes of the pod that nobody reads, because no webhook is called for it.
func noEffect(p *mesh.Pod) []mesh.Step {
	own, step := ownWish(p)
	if own == "" {
		return nil
	}
	step.Rule = ruleNoEffect
	step.Detail += ", which has no effect: no injection webhook is called for the pod"
	return []mesh.Step{step}
}

// assumptions are the gaps of a control plane that was taken for granted.
func (l *Layer) assumptions() []mesh.Gap {
	var gaps []mesh.Gap
	for _, r := range l.revisions {
		gaps = append(gaps, r.gaps...)
	}
	return gaps
}

// injectedAs says what the injection templates make of the pod.
func (l *Layer) injectedAs(p *mesh.Pod, a admission) mesh.Enrolment {
	rev := a.hook.rev
	e := mesh.Enrolment{
		Mode: mesh.ModeSidecar, Cause: a.cause, Revision: rev.name, Version: rev.injector.proxyTag,
		Identity: rev.identity(p), Explicit: a.explicit, Why: a.why, Unknown: a.gaps,
	}
	if a.contested() {
		e.Revision, e.Version, e.Identity = "", "", l.identity(p, "")
	}
	templates := rev.injector.templatesOf(p)
	step := mesh.Step{Rule: ruleTemplate, Object: rev.injector.object, Loc: rev.injector.loc, Detail: "injection template " + strings.Join(templates, ", ")}
	if _, ok := p.Annotations[annotationTemplates]; ok {
		step.Object, step.Loc = p.Object(), p.AnnotationLoc(annotationTemplates)
	}
	known := false
	for _, t := range templates {
		switch t {
		case templateSidecar:
			known = true
		case templateGateway:
			known, e.Mode = true, mesh.ModeGateway
			e.Why = append(e.Why, step)
		case templateGRPCAgent, templateGRPCSimple:
			known, e.Mode = true, mesh.ModeProxyless
			e.Why = append(e.Why, step)
		default:
			e.Unknown = append(e.Unknown, mesh.Gap{
				Reason: source.ProblemUnsupported, Object: step.Object, Loc: step.Loc,
				Detail: "injection template " + quoted(t) + " is not one of Istio's and is not evaluated",
			})
		}
	}
	if !known {
		e.Mode = mesh.ModeUnknown
		e.Why = append(e.Why, step)
	}
	if e.Mode == mesh.ModeSidecar {
		l.place(&e, p, rev)
	}
	e.Advertises = advertised(p.Labels)
	if e.Mode == mesh.ModeSidecar || e.Mode == mesh.ModeNativeSidecar {
		var gaps []mesh.Gap
		e.Advertises, gaps = l.advertisedByInjection(p, rev) // the other templates add no such labels
		if len(gaps) > 0 {
			e.Unknown = slices.Concat(e.Unknown, gaps)
		}
	}
	return e
}

func quoted(s string) string { return `"` + s + `"` }

// identity is the SPIFFE name in the pod's certificate; empty when the mesh's configuration, which
// holds the trust domain, was not understood.
func (r *revision) identity(p *mesh.Pod) string {
	if len(r.mesh.gaps) > 0 {
		return ""
	}
	return "spiffe://" + r.mesh.trustDomain + "/ns/" + p.Namespace.Name + "/sa/" + p.Spec.Account()
}

package linkerd

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Admit says what a pod made from p now would be: the API server asks the injector, and the injector adds a
// proxy unless something is in the way. A proxy that is written into p stays as it is.
//
// The webhook's failure policy is not looked at: with Ignore, which is the default, pods start without a
// proxy while the injector is down.
func (l *Layer) Admit(p *mesh.Pod) mesh.Enrolment {
	switch {
	case p.Machine:
		return l.machineEnrolment(p)
	case l.asWritten(p):
		return l.written(p)
	}
	a := l.admission(p)
	if a.injected == truth.True {
		return l.injectedAs(p, a)
	}
	e := mesh.Enrolment{Cause: a.cause, Explicit: a.explicit, Why: a.why, Unknown: a.gaps}
	if a.injected == truth.False {
		e.Mode = mesh.ModeNone
		l.noteLabel(&e, p)
	}
	return e
}

// admission is what becomes of a pod at the API server.
type admission struct {
	called   truth.Value // the injector is asked
	injected truth.Value // and adds a proxy
	cause    mesh.Cause
	explicit bool
	why      []mesh.Step
	gaps     []mesh.Gap
}

func (l *Layer) admission(p *mesh.Pod) admission {
	asked := l.webhook.asks(p.Namespace, p.Labels)
	a := admission{called: asked.made}
	if asked.made == truth.False {
		a.injected, a.cause, a.why = truth.False, asked.cause, []mesh.Step{asked.step}
		_, a.explicit = p.Labels[labelComponent]
		return a
	}
	blockers, gaps := l.blockers(p)
	switch {
	case len(blockers) > 0:
		a.injected, a.cause, a.explicit = truth.False, blockers[0].cause, blockers[0].explicit
		for _, b := range blockers {
			a.why = append(a.why, b.step)
		}
	case asked.made == truth.Unknown || len(gaps) > 0 || len(l.settings.gaps) > 0:
		a.gaps = gap.Once(slices.Concat(asked.gaps, gaps, l.settings.gaps))
		a.why = []mesh.Step{cmp.Or(asked.step, undecided(p))}
	default:
		a.accept(p)
	}
	return a
}

func undecided(p *mesh.Pod) mesh.Step {
	return mesh.Step{Rule: ruleWebhookUndecided, Object: p.Object(), Loc: p.At("metadata"), Detail: "whether the injector takes the pod is not known"}
}

// accept explains an injection, by whoever asks for it.
func (a *admission) accept(p *mesh.Pod) {
	a.injected = truth.True
	own, ns := p.Annotations[annotationInject], p.Namespace.Annotations[annotationInject]
	a.explicit = injects(own)
	step := mesh.Step{
		Rule: ruleInjected, Object: p.Object(), Loc: p.AnnotationLoc(annotationInject),
		Detail: "the pod has annotation " + annotationInject + "=" + own,
	}
	a.cause = mesh.CausePodAnnotation
	if injects(ns) {
		a.cause = mesh.CauseNamespaceLabel
		step.Object, step.Loc = p.Namespace.Object(), p.Namespace.AnnotationLoc(annotationInject)
		step.Detail = "namespace " + p.Namespace.Name + " has annotation " + annotationInject + "=" + ns
	}
	a.why = []mesh.Step{step}
}

// injectedAs says what the injector makes of a pod.
func (l *Layer) injectedAs(p *mesh.Pod, a admission) mesh.Enrolment {
	c := l.config(p)
	native, step, gaps := l.native(c)
	e := mesh.Enrolment{
		Mode: mesh.ModeSidecar, Cause: a.cause, Explicit: a.explicit, Version: l.proxyVersion(c),
		Identity: l.settings.identity(p.Spec.Account(), p.Namespace.Name),
		Why:      slices.Concat(a.why, []mesh.Step{step}), Unknown: slices.Concat(a.gaps, gaps),
	}
	if native {
		e.Mode = mesh.ModeNativeSidecar
		e.Unknown = slices.Concat(e.Unknown, l.oldKubelets)
	}
	if l.settings.trustDomain() != "" {
		e.Advertises = []string{advertisesMTLS}
	}
	l.noteRole(&e, p)
	return e
}

// proxyVersion is the version of the proxy that the injector would add; empty when it is not known.
func (l *Layer) proxyVersion(c *podConfig) string {
	return cmp.Or(c.annotations[annotationProxyVersion], l.settings.values.Proxy.Image.Version, l.settings.values.LinkerdVersion)
}

// asWritten reports whether a template has a proxy written into it, by "linkerd inject" or by hand: the
// injector then passes the pod over, and it runs as it stands.
func (l *Layer) asWritten(p *mesh.Pod) bool {
	_, ok := proxyOf(p)
	return ok && !byInjector(p)
}

// byInjector reports whether the injector put the proxy into a pod, so that one made anew would be asked about
// again. It notes itself on the pod; a template of which nothing but running pods is known is taken for one
// without a proxy, unless "linkerd inject" noted itself.
func byInjector(p *mesh.Pod) bool {
	by := p.Annotations[annotationCreatedBy]
	switch {
	case !p.IsTemplate() || p.Workload.ID().Kind == "Pod":
		return strings.HasPrefix(by, "linkerd/proxy-injector")
	default:
		return p.Workload.TemplateInferred() && !strings.HasPrefix(by, "linkerd/cli")
	}
}

// written describes a template with a proxy of its own.
func (l *Layer) written(p *mesh.Pod) mesh.Enrolment {
	px, _ := proxyOf(p)
	e := l.withProxy(p, px, mesh.CauseManual, ruleManual)
	e.Explicit = true
	if path, found := l.sidecar(p); found && e.Cause != mesh.CauseMeshComponent {
		e.Why = append(e.Why, mesh.Step{
			Rule: ruleSidecarExists, Object: p.Object(), Loc: p.At(path), Detail: "the injector leaves the pod as it is, because it has a sidecar already",
		})
	}
	return e
}

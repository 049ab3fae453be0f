package linkerd

import (
	"cmp"
	"slices"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

const (
	webhookConfig = "linkerd-proxy-injector-webhook-config"
	webhookName   = "linkerd-proxy-injector.linkerd.io"

	labelNSName = "kubernetes.io/metadata.name"

	// labelWebhooks keeps all of Linkerd's webhooks from the objects of a namespace that has it with this value.
	labelWebhooks    = prefixConfig + "admission-webhooks"
	webhooksDisabled = "disabled"
)

// injectorHook is the admission webhook by which the API server asks the injector.
type injectorHook struct {
	object    source.Ref // zero for that of an installation that is taken for granted
	loc       source.Loc
	namespace *kube.LabelSelector
	pods      *kube.LabelSelector // by their labels; Services as well
	failure   string              // what becomes of pods while the injector is away: Ignore or Fail; empty when not known
	failLoc   source.Loc
	gaps      []mesh.Gap // what of it is not understood
}

// injectorHook finds the injector's webhook. Where the input does not have it, it is as the control plane's values
// make it.
func (c *compiler) injectorHook(s *settings) *injectorHook {
	for o := range c.in.Objects.Objects(kube.KindMutatingWebhook) {
		cfg, problems := kube.Decode[kube.MutatingWebhookConfiguration](o)
		i := slices.IndexFunc(cfg.Webhooks, func(h kube.Webhook) bool { return h.Name == webhookName })
		if i < 0 && o.Ref.Name != webhookConfig {
			continue
		}
		c.problems = append(c.problems, problems...)
		w := &injectorHook{object: o.Ref, loc: o.At("webhooks"), gaps: gap.Of(o, problems)}
		if i < 0 {
			w.gaps = append(w.gaps, c.report(source.ProblemIncomplete, o, "webhooks", "the configuration has no webhook "+webhookName))
			return w
		}
		h := cfg.Webhooks[i]
		path := source.Index("webhooks", i)
		w.loc, w.namespace, w.pods = o.At(path), h.NamespaceSelector, h.ObjectSelector
		w.failure, w.failLoc = cmp.Or(h.FailurePolicy, "Fail"), o.At(path+".failurePolicy")
		if len(h.MatchConditions) > 0 {
			w.gaps = append(w.gaps, c.report(source.ProblemUnsupported, o, path+".matchConditions", "the webhook's CEL match conditions are not evaluated"))
		}
		return w
	}
	in := s.given.ProxyInjector
	return &injectorHook{namespace: cmp.Or(in.NamespaceSelector, chartNamespaces()), pods: cmp.Or(in.ObjectSelector, chartObjects())}
}

// chartNamespaces and chartObjects are the selectors of the chart, the same in all releases
// (charts/linkerd-control-plane/values.yaml proxyInjector).
func chartNamespaces() *kube.LabelSelector {
	return &kube.LabelSelector{MatchExpressions: []kube.Requirement{
		{Key: labelWebhooks, Operator: "NotIn", Values: []string{webhooksDisabled}},
		{Key: labelNSName, Operator: "NotIn", Values: []string{"kube-system", "cert-manager"}},
	}}
}

func chartObjects() *kube.LabelSelector {
	return &kube.LabelSelector{MatchExpressions: []kube.Requirement{
		{Key: labelComponent, Operator: "DoesNotExist"},
		{Key: labelCNI, Operator: "DoesNotExist"},
	}}
}

// call is whether the API server asks the injector about an object, and why not.
type call struct {
	made  truth.Value
	cause mesh.Cause
	step  mesh.Step
	gaps  []mesh.Gap
}

// asks says whether the webhook is called about an object with these labels; the API server looks at the
// namespace first.
func (w *injectorHook) asks(ns *mesh.Namespace, labels map[string]string) call {
	step := mesh.Step{Object: w.object, Loc: w.loc}
	inNamespace := ns.Fulfils(w.namespace)
	switch {
	case len(w.gaps) > 0:
		step.Rule, step.Detail = ruleWebhookUndecided, "the injector's webhook is not understood"
		return call{made: truth.Unknown, step: step, gaps: w.gaps}
	case inNamespace == truth.False:
		return w.passesNamespace(ns, step)
	case !w.pods.Matches(labels):
		step.Rule, step.Detail = ruleWebhookObject, "the injector's webhook passes over the object by its labels"
		return call{made: truth.False, cause: mesh.CauseInjectorSelector, step: step}
	case inNamespace == truth.Unknown:
		step.Rule, step.Detail = ruleWebhookUndecided, "whether the injector's webhook takes namespace "+ns.Name+" is not known"
		return call{made: truth.Unknown, step: step, gaps: ns.Gaps()}
	default:
		return call{made: truth.True}
	}
}

// passesNamespace explains why the webhook leaves a namespace alone.
func (w *injectorHook) passesNamespace(ns *mesh.Namespace, step mesh.Step) call {
	step.Rule = ruleWebhookNamespace
	c := call{made: truth.False, cause: mesh.CauseInjectorSelector}
	if v := ns.Labels[labelWebhooks]; v != "" {
		c.cause = mesh.CauseNamespaceLabel
		step.Object, step.Loc = ns.Object(), ns.LabelLoc(labelWebhooks)
		step.Detail = "namespace " + ns.Name + " has label " + labelWebhooks + "=" + v
	} else {
		step.Detail = "the injector's webhook passes over namespace " + ns.Name
		if slices.ContainsFunc(w.namespaceRules(), func(r kube.Requirement) bool { return r.Key == labelNSName }) {
			c.cause = mesh.CauseSystemNamespace
		}
	}
	c.step = step
	return c
}

func (w *injectorHook) namespaceRules() []kube.Requirement {
	if w.namespace == nil {
		return nil
	}
	return w.namespace.MatchExpressions
}

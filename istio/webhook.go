package istio

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// The labels and annotations that decide about injection.
const (
	labelInjection = "istio-injection"         // of namespaces
	labelRevision  = "istio.io/rev"            // of namespaces and pods
	labelTag       = "istio.io/tag"            // of webhook configurations
	labelInject    = "sidecar.istio.io/inject" // of pods, as label and as annotation
	labelNSName    = "kubernetes.io/metadata.name"
)

// webhook is one admission webhook that calls a revision's injector.
type webhook struct {
	config    source.Ref // zero for a webhook of an installation that is taken for granted
	loc       source.Loc
	full      string // "configuration/webhook", with the chart's names
	rev       *revision
	namespace *kube.LabelSelector
	object    *kube.LabelSelector
	gaps      []mesh.Gap // what of it is not understood
	narrowed  bool       // its gaps can only keep pods away: its selectors are understood
}

// systemNamespaces are left alone by the webhook's chart and by the injector.
// pkg/kube/inject/initializer.go IgnoredNamespaces.
var systemNamespaces = []string{"kube-system", "kube-public", "kube-node-lease", "local-path-storage"}

// matches reports whether the API server calls the webhook for a pod.
func (w *webhook) matches(ns *mesh.Namespace, labels map[string]string) truth.Value {
	m := ns.Fulfils(w.namespace).And(truth.Of(w.object.Matches(labels)))
	switch {
	case len(w.gaps) == 0:
		return m
	case w.narrowed:
		return m.And(truth.Unknown)
	default:
		return truth.Unknown
	}
}

// asks says whose label makes the webhook match: the namespace's, the pod's, or nobody's, which is
// a webhook that takes pods by default.
func (w *webhook) asks() mesh.Cause {
	switch {
	case demands(w.namespace):
		return mesh.CauseNamespaceLabel
	case demands(w.object):
		return mesh.CausePodLabel
	default:
		return mesh.CauseNamespaceUnlabelled
	}
}

// demands reports whether a selector asks for a label to be there.
func demands(s *kube.LabelSelector) bool {
	if s == nil {
		return false
	}
	return len(s.MatchLabels) > 0 || slices.ContainsFunc(s.MatchExpressions, func(r kube.Requirement) bool {
		return (r.Operator == "In" || r.Operator == "Exists") && r.Key != labelNSName
	})
}

// chartWebhooks are the webhooks that the charts install for a revision and its tags
// (manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml and
// revision-tags-mwc.yaml).
func chartWebhooks(rev *revision, unlabelled bool) []*webhook {
	config := "istio-sidecar-injector"
	if rev.name != defaultRevision {
		config += "-" + rev.name
	}
	hooks := revisionWebhooks(rev, config, rev.name)
	if rev.name == defaultRevision {
		hooks = append(hooks, defaultWebhooks(rev, config, unlabelled)...)
	}
	for _, tag := range rev.tags {
		config := "istio-revision-tag-" + tag
		hooks = append(hooks, revisionWebhooks(rev, config, tag)...)
		if tag == defaultRevision {
			hooks = append(hooks, defaultWebhooks(rev, config, unlabelled)...)
		}
	}
	return hooks
}

func revisionWebhooks(rev *revision, config, name string) []*webhook {
	return []*webhook{
		rev.webhook(config, "rev.namespace",
			selector(in(labelRevision, name), absent(labelInjection)),
			selector(notIn(labelInject, "false"))),
		rev.webhook(config, "rev.object",
			selector(absent(labelRevision), absent(labelInjection)),
			selector(notIn(labelInject, "false"), in(labelRevision, name))),
	}
}

func defaultWebhooks(rev *revision, config string, unlabelled bool) []*webhook {
	hooks := []*webhook{
		rev.webhook(config, "namespace",
			selector(in(labelInjection, "enabled")),
			selector(notIn(labelInject, "false"))),
		rev.webhook(config, "object",
			selector(absent(labelInjection), absent(labelRevision)),
			selector(in(labelInject, "true"), absent(labelRevision))),
	}
	if unlabelled {
		hooks = append(hooks, rev.webhook(config, "auto",
			selector(absent(labelInjection), absent(labelRevision), notIn(labelNSName, systemNamespaces...)),
			selector(absent(labelInject), absent(labelRevision))))
	}
	return hooks
}

func (r *revision) webhook(config, prefix string, namespace, object *kube.LabelSelector) *webhook {
	return &webhook{full: config + "/" + prefix + webhookSuffix, rev: r, namespace: namespace, object: object}
}

// webhookSuffix ends the names of all of Istio's injection webhooks.
const webhookSuffix = ".sidecar-injector.istio.io"

func selector(rs ...kube.Requirement) *kube.LabelSelector {
	return &kube.LabelSelector{MatchExpressions: rs}
}

func in(key string, values ...string) kube.Requirement {
	return kube.Requirement{Key: key, Operator: "In", Values: values}
}

func notIn(key string, values ...string) kube.Requirement {
	return kube.Requirement{Key: key, Operator: "NotIn", Values: values}
}

func absent(key string) kube.Requirement {
	return kube.Requirement{Key: key, Operator: "DoesNotExist"}
}

// clusterWebhooks reads the injection webhooks that stand in the cluster, in the order in which
// the API server calls them: by the configuration's name, then as written.
func (c *compiler) clusterWebhooks(revisionNamed func(string) *revision) []*webhook {
	var hooks []*webhook
	for o := range c.in.Objects.Objects(kube.KindMutatingWebhook) {
		cfg, problems := kube.Decode[kube.MutatingWebhookConfiguration](o)
		if !isInjector(cfg) && (len(problems) == 0 || !mayInject(o.Ref.Name, cfg)) {
			continue
		}
		c.problems = append(c.problems, problems...)
		gaps := gap.Of(o, problems)
		rev := revisionNamed(cmp.Or(cfg.Labels[labelRevision], defaultRevision))
		if tag := cfg.Labels[labelTag]; tag != "" && !slices.Contains(rev.tags, tag) {
			rev.tags = append(rev.tags, tag)
			slices.Sort(rev.tags)
		}
		if !isInjector(cfg) { // one whose webhooks could not be read
			hooks = append(hooks, &webhook{config: o.Ref, loc: o.At("webhooks"), full: o.Ref.Name, rev: rev, gaps: gaps})
			continue
		}
		for i, h := range cfg.Webhooks {
			path := source.Index("webhooks", i)
			w := &webhook{
				config: o.Ref, loc: o.At(path), full: o.Ref.Name + "/" + h.Name, rev: rev,
				namespace: h.NamespaceSelector, object: h.ObjectSelector, gaps: gaps, narrowed: len(gaps) == 0,
			}
			if len(h.MatchConditions) > 0 {
				gap := c.unsupported(o, path+".matchConditions", "the webhook's CEL match conditions are not evaluated")
				w.gaps = append(slices.Clone(gaps), gap)
			}
			hooks = append(hooks, w)
		}
	}
	return hooks
}

func isInjector(cfg kube.MutatingWebhookConfiguration) bool {
	return slices.ContainsFunc(cfg.Webhooks, func(h kube.Webhook) bool {
		return strings.HasSuffix(h.Name, webhookSuffix) || h.Name == webhookSuffix[1:]
	})
}

// mayInject reports whether a configuration bears a name or label that Istio's charts give.
func mayInject(name string, cfg kube.MutatingWebhookConfiguration) bool {
	return strings.HasPrefix(name, "istio-sidecar-injector") || strings.HasPrefix(name, "istio-revision-tag-") ||
		cfg.Labels["app"] == "sidecar-injector"
}

// MatchedWebhooks names the admission webhooks that the API server calls for a pod made now, as
// "configuration/webhook", in order. Those that could not be decided are left out.
func (l *Layer) MatchedWebhooks(p *mesh.Pod) []string {
	var names []string
	for _, w := range l.webhooks {
		if w.matches(p.Namespace, p.Labels) == truth.True {
			names = append(names, w.full)
		}
	}
	return names
}

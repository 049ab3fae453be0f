package istio

import (
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/internal/yamldoc"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"

	jsonv2 "github.com/go-json-experiment/json"
)

const (
	labelDataplane        = "istio.io/dataplane-mode"
	annotationRedirection = "ambient.istio.io/redirection"
)

// CNI is the configuration of istio-cni as far as it decides about ambient mode.
type CNI struct {
	Ambient           bool              // Helm value ambient.enabled
	Selectors         []AmbientSelector // nil means those of the chart
	ExcludeNamespaces []string          // nil means kube-system
}

// AmbientSelector selects pods for ambient mode; both parts must match, and an empty part does.
type AmbientSelector struct {
	PodSelector       kube.LabelSelector `json:"podSelector"`
	NamespaceSelector kube.LabelSelector `json:"namespaceSelector"`
}

// cni is what is known of istio-cni.
type cni struct {
	ambient   truth.Value // Unknown when nothing tells
	selectors []AmbientSelector
	exclude   []string
	object    source.Ref
	loc       source.Loc
	gaps      []mesh.Gap
}

// chartSelectors are the chart's defaults (manifests/charts/istio-cni/values.yaml
// ambient.enablementSelectors; before 1.27 the same rule was built in).
func chartSelectors() []AmbientSelector {
	return []AmbientSelector{
		{PodSelector: *selector(in(labelDataplane, "ambient"))},
		{PodSelector: *selector(notIn(labelDataplane, "none")), NamespaceSelector: *selector(in(labelDataplane, "ambient"))},
	}
}

// cniConfig reads the options, or the ConfigMap istio-cni-config.
func (c *compiler) cniConfig() cni {
	cfg := cni{selectors: chartSelectors(), exclude: []string{"kube-system"}}
	if o := c.opts.CNI; o != nil {
		cfg.ambient = truth.Of(o.Ambient)
		if o.Selectors != nil {
			cfg.selectors = o.Selectors
		}
		if o.ExcludeNamespaces != nil {
			cfg.exclude = o.ExcludeNamespaces
		}
		return cfg
	}
	for o := range c.in.Objects.Objects(kube.KindConfigMap) {
		if o.Ref.Name == "istio-cni-config" {
			c.readCNI(&cfg, o)
		}
	}
	if len(cfg.gaps) > 0 {
		cfg.ambient = truth.Unknown
	} else if cfg.ambient == truth.Unknown {
		cfg.gaps = append(cfg.gaps, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: source.Ref{Kind: kube.KindConfigMap, Name: "istio-cni-config"},
			Detail: "istio-cni's configuration is not in the input, so it is not known whether ambient mode is on",
		})
	}
	return cfg
}

func (c *compiler) readCNI(cfg *cni, o source.Object) {
	cm, gaps := decodeKube[kube.ConfigMap](c, o)
	on, _ := strconv.ParseBool(cm.Data["AMBIENT_ENABLED"])
	before, several := cfg.ambient, cfg.object != source.Ref{}
	cfg.gaps = append(cfg.gaps, gaps...)
	cfg.ambient = truth.Of(on)
	cfg.object, cfg.loc = o.Ref, o.At("data.AMBIENT_ENABLED")
	if several && before != cfg.ambient {
		cfg.gaps = append(cfg.gaps, c.unsupported(o, "data.AMBIENT_ENABLED", "several ConfigMaps istio-cni-config differ; which one istio-cni reads is not known"))
	}
	if v, ok := cm.Data["EXCLUDE_NAMESPACES"]; ok {
		cfg.exclude = nil
		for ns := range strings.SplitSeq(v, ",") {
			cfg.exclude = append(cfg.exclude, strings.TrimSpace(ns))
		}
	}
	text, ok := cm.Data["AMBIENT_ENABLEMENT_SELECTOR"]
	if !ok {
		return
	}
	var selectors []AmbientSelector
	data, _, err := yamldoc.ToJSON([]byte(text), yamldoc.Limits{})
	if err == nil {
		err = jsonv2.Unmarshal(data, &selectors)
	}
	if err != nil {
		cfg.gaps = append(cfg.gaps, c.report(source.ProblemSyntax, o, "data.AMBIENT_ENABLEMENT_SELECTOR", err.Error()))
		return
	}
	if slices.ContainsFunc(selectors, func(s AmbientSelector) bool { return !valid(&s.PodSelector) || !valid(&s.NamespaceSelector) }) {
		cfg.gaps = append(cfg.gaps, c.report(source.ProblemBadValue, o, "data.AMBIENT_ENABLEMENT_SELECTOR", "not a valid selector: istio-cni does not start with it"))
		return
	}
	cfg.selectors = selectors
}

// ambientSelects reports whether istio-cni would take a pod without a sidecar into ambient mode.
// cni/pkg/util/enablement_selector.go Matches; cni/pkg/plugin/plugin.go for excluded namespaces.
func (l *Layer) ambientSelects(p *mesh.Pod) (truth.Value, mesh.Step, []mesh.Gap) {
	step := mesh.Step{Rule: ruleAmbient, Object: p.Object()}
	if p.Spec.HostNetwork || slices.Contains(l.cni.exclude, p.Namespace.Name) {
		return truth.False, step, nil
	}
	if _, ok := p.Annotations[annotationStatus]; ok && p.IsTemplate() && !p.Workload.TemplateInferred() {
		return truth.False, step, nil
	}
	if l.cni.object != (source.Ref{}) && len(l.cni.gaps) > 0 { // its selectors may not be those
		step = ambientStep(p)
		return truth.Unknown, step, l.cni.gaps
	}
	selected := truth.False
	for _, s := range l.cni.selectors {
		selected = selected.Or(truth.Of(s.PodSelector.Matches(p.Labels)).And(p.Namespace.Fulfils(&s.NamespaceSelector)))
	}
	step = ambientStep(p)
	switch {
	case selected == truth.False:
		return truth.False, step, nil
	case selected == truth.Unknown:
		return selected.And(l.cni.orAssumed(l)), step, p.Namespace.Gaps()
	case l.cni.orAssumed(l) == truth.False:
		step.Rule = ruleNoEffect
		step.Detail += ", which has no effect: istio-cni does not run in ambient mode"
		return truth.False, step, nil
	default:
		return l.cni.orAssumed(l), step, l.cni.gaps
	}
}

// orAssumed is whether ambient mode is on; where nothing at all of Istio is in the input, the
// installation that is taken for granted has it.
func (c cni) orAssumed(l *Layer) truth.Value {
	if c.ambient == truth.Unknown && len(l.revisions) > 0 && l.revisions[0].assumed {
		return truth.True
	}
	return c.ambient
}

// ambientStep names the label that asks for ambient mode.
func ambientStep(p *mesh.Pod) mesh.Step {
	if v, ok := p.Labels[labelDataplane]; ok && v == "ambient" {
		return mesh.Step{
			Rule: ruleAmbient, Object: p.Object(), Loc: p.LabelLoc(labelDataplane),
			Detail: "the pod has label " + labelDataplane + "=" + v,
		}
	}
	if v, ok := p.Namespace.Labels[labelDataplane]; ok {
		return mesh.Step{
			Rule: ruleAmbient, Object: p.Namespace.Object(), Loc: p.Namespace.LabelLoc(labelDataplane),
			Detail: "namespace " + p.Namespace.Name + " has label " + labelDataplane + "=" + v,
		}
	}
	return mesh.Step{Rule: ruleAmbient, Object: p.Namespace.Object(), Loc: p.Namespace.At("metadata"), Detail: "whether namespace " + p.Namespace.Name + " asks for ambient mode"}
}

// ambientEnrolment describes a pod whose traffic ztunnel takes.
func (l *Layer) ambientEnrolment(p *mesh.Pod, step mesh.Step, gaps []mesh.Gap) mesh.Enrolment {
	e := mesh.Enrolment{
		Mode: mesh.ModeAmbient, Cause: mesh.CauseNamespaceLabel, Advertises: []string{advertisesHBONE},
		Why: []mesh.Step{step}, Unknown: slices.Concat(gaps, l.assumedGaps()),
	}
	switch {
	case step.Rule == ruleAmbientObserved:
		e.Cause = mesh.CauseRunning
	case p.Labels[labelDataplane] == "ambient":
		e.Cause, e.Explicit = mesh.CausePodLabel, true
	}
	e.Identity = l.identity(p, "")
	return e
}

// assumedGaps are the gaps of an installation of which nothing was seen.
func (l *Layer) assumedGaps() []mesh.Gap {
	var gaps []mesh.Gap
	for _, r := range l.revisions {
		if r.assumed {
			gaps = append(gaps, r.gaps...)
		}
	}
	return gaps
}

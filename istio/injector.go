package istio

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/internal/yamldoc"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// injector is a revision's injection configuration (pkg/kube/inject Config and the Helm values
// that its templates use).
type injector struct {
	policy     string
	never      []kube.LabelSelector
	always     []kube.LabelSelector
	templates  []string            // the default ones
	aliases    map[string][]string // of templates
	unlabelled bool                // inject namespaces that say nothing
	capture    capture             // defaults for pods that do not say
	proxyTag   string              // tag of the proxy image; empty when unknown
	pilotEnv   map[string]string
	caAddress  string // where proxies ask for certificates; empty means istiod
	caName     string // of a certificate provider other than istiod; empty for none
	object     source.Ref
	loc        source.Loc
	gaps       []mesh.Gap
	unread     []mesh.Gap // those of gaps that leave open which pods are injected, and how
	unvalued   []mesh.Gap // those of gaps that leave open what redirection takes in
}

func defaultInjector() injector { return Injector{}.withDefaults() }

func (i Injector) withDefaults() injector {
	templates := i.DefaultTemplates
	if len(templates) == 0 {
		templates = []string{templateSidecar}
	}
	return injector{
		policy: cmp.Or(i.Policy, policyEnabled), never: i.NeverInject, always: i.AlwaysInject,
		templates: templates, capture: i.Capture.withDefaults(),
	}
}

// injectorData is the key "config" of the injector's ConfigMap. The templates themselves are not
// evaluated: what Istio's own ones do is known.
type injectorData struct {
	Policy              string               `json:"policy"`
	NeverInjectSelector []kube.LabelSelector `json:"neverInjectSelector"`
	AlwaysInject        []kube.LabelSelector `json:"alwaysInjectSelector"`
	DefaultTemplates    []string             `json:"defaultTemplates"`
	Aliases             map[string][]string  `json:"aliases"`
	InjectedAnnotations map[string]string    `json:"injectedAnnotations"`
}

// injectorValues is the key "values" of the injector's ConfigMap.
type injectorValues struct {
	Global struct {
		Tag       any    `json:"tag"`
		CAAddress string `json:"caAddress"`
		CAName    string `json:"caName"`
		Proxy     struct {
			IncludeInboundPorts  *string `json:"includeInboundPorts"`
			ExcludeInboundPorts  string  `json:"excludeInboundPorts"`
			IncludeOutboundPorts string  `json:"includeOutboundPorts"`
			ExcludeOutboundPorts string  `json:"excludeOutboundPorts"`
			IncludeIPRanges      *string `json:"includeIPRanges"`
			ExcludeIPRanges      string  `json:"excludeIPRanges"`
		} `json:"proxy"`
	} `json:"global"`
	SidecarInjectorWebhook struct {
		EnableNamespacesByDefault bool `json:"enableNamespacesByDefault"`
	} `json:"sidecarInjectorWebhook"`
	Pilot struct {
		Env map[string]any `json:"env"`
	} `json:"pilot"`
}

// injectorConfig reads the ConfigMap istio-sidecar-injector of a revision.
func (c *compiler) injectorConfig(found *revisionSet, rev string, o source.Object) {
	cm, gaps := decodeKube[kube.ConfigMap](c, o)
	var data injectorData
	var values injectorValues
	unread := slices.Concat(gaps, c.readInto(embedded{o, "data.config"}, cm.Data["config"], &data))
	unvalued := slices.Concat(gaps, c.readInto(embedded{o, "data.values"}, cm.Data["values"], &values))
	gaps = gap.Once(slices.Concat(unread, unvalued))
	r := found.named(rev)
	r.namespace = cmp.Or(r.namespace, o.Ref.Namespace)
	proxy := values.Global.Proxy
	r.injector = Injector{
		Policy: data.Policy, NeverInject: data.NeverInjectSelector, AlwaysInject: data.AlwaysInject,
		DefaultTemplates: data.DefaultTemplates,
		Capture: Capture{
			IncludeInboundPorts: proxy.IncludeInboundPorts, ExcludeInboundPorts: proxy.ExcludeInboundPorts,
			IncludeOutboundPorts: proxy.IncludeOutboundPorts, ExcludeOutboundPorts: proxy.ExcludeOutboundPorts,
			IncludeOutboundIPRanges: proxy.IncludeIPRanges, ExcludeOutboundIPRanges: proxy.ExcludeIPRanges,
		},
	}.withDefaults()
	if cm.Data["config"] != "" && len(unread) == 0 {
		r.injector.policy = data.Policy // istiod takes none for an illegal one
	}
	r.injector.unread, r.injector.unvalued = unread, unvalued
	r.injector.aliases = data.Aliases
	r.injector.unlabelled = values.SidecarInjectorWebhook.EnableNamespacesByDefault
	r.injector.proxyTag = text(values.Global.Tag)
	r.injector.caAddress, r.injector.caName = values.Global.CAAddress, values.Global.CAName
	r.injector.pilotEnv = map[string]string{}
	for name, v := range values.Pilot.Env {
		r.injector.pilotEnv[name] = text(v)
	}
	for _, name := range slices.Sorted(maps.Keys(data.InjectedAnnotations)) {
		if strings.Contains(name, "istio.io/") {
			gaps = append(gaps, c.unsupported(o, "data.config", "injectedAnnotations sets "+name+", whose effect is not judged"))
		}
	}
	r.injector.object, r.injector.loc, r.injector.gaps = o.Ref, o.At("data.config"), gaps
}

// text is a Helm value that may have been written as a number or a boolean.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return ""
	default:
		b, _ := jsonv2.Marshal(v)
		return string(b)
	}
}

// readInto reads YAML text leniently: the injector's configuration holds much that nobody reads.
func (c *compiler) readInto(e embedded, text string, into any) []mesh.Gap {
	if text == "" {
		return nil
	}
	data, _, err := yamldoc.ToJSON([]byte(text), yamldoc.Limits{})
	if err != nil {
		return []mesh.Gap{c.reportIn(e, source.ProblemSyntax, "", err.Error())}
	}
	if err := jsonv2.Unmarshal(data, into); err != nil {
		return []mesh.Gap{c.reportIn(e, source.ProblemWrongType, "", err.Error())}
	}
	return nil
}

// required is the injector's own decision once a webhook has called it; first match wins.
// pkg/kube/inject/inject.go injectRequired.
func (i *injector) required(p *mesh.Pod) (truth.Value, mesh.Step) {
	if step, _, ok := unconditional(p); ok {
		return truth.False, step
	}
	own, step := ownWish(p)
	if own == "false" {
		step.Detail += ", which refuses a sidecar"
		return truth.False, step
	}
	if len(i.unread) > 0 {
		return truth.Unknown, mesh.Step{Rule: ruleInjectorPolicy, Object: i.object, Loc: i.unread[0].Loc, Detail: "the injector's configuration was not understood"}
	}
	if i.policy != policyEnabled && i.policy != policyDisabled {
		return truth.False, i.policyStep()
	}
	if own == "true" {
		step.Detail += ", which asks for a sidecar"
		return truth.True, step
	}
	return i.byDefault(p)
}

// ownWish is the value of sidecar.istio.io/inject: the label hides the annotation even when empty.
func ownWish(p *mesh.Pod) (string, mesh.Step) {
	step := mesh.Step{Object: p.Object()}
	if v, ok := p.Labels[labelInject]; ok {
		step.Rule, step.Loc = rulePodLabel, p.LabelLoc(labelInject)
		step.Detail = "the pod has label " + labelInject + "=" + v
		return v, step
	}
	v, ok := p.Annotations[labelInject]
	if ok {
		step.Rule, step.Loc = rulePodAnnotation, p.AnnotationLoc(labelInject)
		step.Detail = "the pod has annotation " + labelInject + "=" + v
	}
	return v, step
}

// byDefault decides for a pod that neither asks nor refuses.
func (i *injector) byDefault(p *mesh.Pod) (truth.Value, mesh.Step) {
	step := mesh.Step{Rule: ruleInjectorSelector, Object: i.object, Loc: i.loc}
	if selects(i.never, p.Labels) {
		step.Detail = "neverInjectSelector matches the pod"
		return truth.False, step
	}
	if selects(i.always, p.Labels) {
		step.Detail = "alwaysInjectSelector matches the pod"
		return truth.True, step
	}
	return truth.Of(i.policy == policyEnabled), i.policyStep()
}

// The values of the injector's policy; istiod injects nothing at all under any other.
const (
	policyEnabled  = "enabled"
	policyDisabled = "disabled"
)

func (i *injector) policyStep() mesh.Step {
	return mesh.Step{Rule: ruleInjectorPolicy, Object: i.object, Loc: i.loc, Detail: "the injector's policy is " + cmp.Or(i.policy, "not set")}
}

// selects reports whether one of the selectors matches; empty ones are passed over, and so are
// those that Kubernetes would not take.
func selects(selectors []kube.LabelSelector, labels map[string]string) bool {
	return slices.ContainsFunc(selectors, func(s kube.LabelSelector) bool {
		return !s.IsEmpty() && valid(&s) && s.Matches(labels)
	})
}

// valid applies the rules for the operators of a selector
// (k8s.io/apimachinery/pkg/labels NewRequirement).
func valid(s *kube.LabelSelector) bool {
	return !slices.ContainsFunc(s.MatchExpressions, func(r kube.Requirement) bool {
		switch r.Operator {
		case "In", "NotIn":
			return len(r.Values) == 0
		case "Exists", "DoesNotExist":
			return len(r.Values) > 0
		default:
			return true
		}
	})
}

// The templates that Istio ships.
const (
	templateSidecar    = "sidecar"
	templateGateway    = "gateway"
	templateGRPCAgent  = "grpc-agent"
	templateGRPCSimple = "grpc-simple"

	annotationTemplates = "inject.istio.io/templates"
)

// templatesOf lists the templates that injection applies to a pod, aliases resolved.
func (i *injector) templatesOf(p *mesh.Pod) []string {
	names := i.templates
	if v, ok := p.Annotations[annotationTemplates]; ok {
		names = nil
		for name := range strings.SplitSeq(v, ",") {
			names = append(names, strings.TrimSpace(name))
		}
	}
	var resolved []string
	for _, name := range names {
		if alias, ok := i.aliases[name]; ok {
			resolved = append(resolved, alias...)
			continue
		}
		resolved = append(resolved, name)
	}
	return resolved
}

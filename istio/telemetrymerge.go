package istio

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	meshv1alpha1 "istio.io/api/mesh/v1alpha1"
	telemetryv1alpha1 "istio.io/api/telemetry/v1alpha1"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// telemetryMerge lays the Telemetries of one proxy over the mesh's configuration.
type telemetryMerge struct {
	layer      *Layer
	pod        *mesh.Pod
	rev        *revision
	applicable []*telemetry
	providers  []reporter
	config     *meshv1alpha1.MeshConfig // nil when none was read
	own        *meshv1alpha1.ProxyConfig
	unread     bool // the mesh's configuration is not in the input, or was not understood
	gaps       []mesh.Gap
}

func (l *Layer) newTelemetryMerge(p *mesh.Pod, rev *revision, applicable []*telemetry) *telemetryMerge {
	m := &telemetryMerge{layer: l, pod: p, rev: rev, applicable: applicable, providers: l.facts.reporters[rev]}
	var gaps []mesh.Gap
	m.own, gaps = podProxyConfig(p)
	m.gaps = append(m.gaps, gaps...)
	if rev == nil {
		return m
	}
	m.config = rev.mesh.pb
	m.gaps = append(m.gaps, rev.mesh.gaps...)
	if !rev.mesh.read {
		m.gaps = append(m.gaps, mesh.Gap{
			Reason: source.ProblemIncomplete, Detail: "the mesh configuration of revision " + rev.name + " is not in the input, and with it the providers of telemetry",
		})
	}
	m.unread = !rev.mesh.read || len(rev.mesh.gaps) > 0
	return m
}

// sides reports whether a word of a Telemetry is for a direction of traffic.
func sides(mode telemetryv1alpha1.WorkloadMode, d mesh.Direction) bool {
	switch mode {
	case telemetryv1alpha1.WorkloadMode_CLIENT:
		return d == mesh.Outwards
	case telemetryv1alpha1.WorkloadMode_SERVER:
		return d == mesh.Inwards
	default:
		return true
	}
}

func providerNames(refs []*telemetryv1alpha1.ProviderRef) []string {
	var names []string
	for _, r := range refs {
		names = append(names, r.GetName())
	}
	return names
}

// defaultStep names the mesh's configuration as what decides where no Telemetry does.
func (m *telemetryMerge) defaultStep(path, detail string) mesh.Step {
	s := mesh.Step{Rule: ruleTelemetryDefault, Detail: detail}
	if m.rev != nil && m.rev.mesh.read {
		s.Object, s.Loc = m.rev.mesh.text.o.Ref, m.rev.mesh.text.at(path)
	}
	return s
}

// spec is what the Telemetries say of spans, field by field, with where each stands.
type spec struct {
	provider, disabled, sampling, propagation mesh.Step
	name                                      string
	off                                       bool
	percent                                   *float64
	custom                                    []string
	isolated                                  bool // trace headers are not passed on
}

// tracing merges what is said of spans: of a list of providers the first counts, and each field that a
// later word sets replaces that of an earlier one. pilot/pkg/model/telemetry.go Tracing.
func (m *telemetryMerge) tracing(d mesh.Direction) mesh.Tracing {
	var s spec
	configured := false
	if names := m.config.GetDefaultProviders().GetTracing(); len(names) > 0 {
		configured, s.name = true, names[0]
		s.provider = m.defaultStep("defaultProviders.tracing", "provider "+names[0]+" traces by default")
	}
	for _, t := range m.applicable {
		for i, w := range t.spec.GetTracing() {
			configured = true
			if sides(w.GetMatch().GetMode(), d) {
				s.lay(t, source.Index("spec.tracing", i), w)
			}
		}
	}
	if !configured {
		return m.bootstrapTracing(d)
	}
	out := mesh.Tracing{Direction: d, Provider: s.name, Tags: s.custom, Propagate: truth.Of(!s.isolated)}
	if s.isolated {
		out.Propagate = m.isolation()
		out.Why = append(out.Why, s.propagation)
	}
	m.enable(&out, &s)
	if out.Enabled != truth.False && out.Sampler == "" {
		m.sample(&out, &s)
	}
	return out
}

// lay puts a word over what is there.
func (s *spec) lay(t *telemetry, path string, w *telemetryv1alpha1.Tracing) {
	if names := providerNames(w.GetProviders()); len(names) > 0 {
		s.name = names[0]
		s.provider = t.step(path+".providers[0]", "the Telemetry names provider "+names[0])
	}
	if w.GetDisableSpanReporting() != nil {
		s.off = w.GetDisableSpanReporting().GetValue()
		s.disabled = t.step(path+".disableSpanReporting", "the Telemetry has spans not reported")
	}
	if w.GetCustomTags() != nil {
		s.custom = sortedKeys(w.GetCustomTags())
	}
	if w.GetRandomSamplingPercentage() != nil {
		v := w.GetRandomSamplingPercentage().GetValue()
		s.percent = &v
		s.sampling = t.step(path+".randomSamplingPercentage", "the Telemetry samples "+percent(v))
	}
	if w.GetDisableContextPropagation() != nil {
		s.isolated = w.GetDisableContextPropagation().GetValue()
		s.propagation = t.step(path+".disableContextPropagation", "the Telemetry has trace headers not passed on")
	}
}

// isolation is whether trace headers are passed on where a Telemetry asks that they are not: proxies up
// to 1.29 pass them on all the same (pilot/pkg/networking/core/tracing.go).
func (m *telemetryMerge) isolation() truth.Value {
	version := envoyOf(m.pod).version
	if is, known := istioMinor(version); known {
		return truth.Of(is < 30)
	}
	return m.rev.since(30).Not()
}

// enable says whether spans are reported: by a provider that is defined, that traces, and whose
// collector istiod knows.
func (m *telemetryMerge) enable(out *mesh.Tracing, s *spec) {
	if s.name == "" {
		out.Enabled = truth.False
		out.Why = append(out.Why, m.defaultStep("defaultProviders", "no provider is named for spans"))
		if m.unread {
			out.Enabled = truth.Unknown
		}
		return
	}
	out.Why = append([]mesh.Step{s.provider}, out.Why...)
	p, found := findReporter(m.providers, s.name)
	switch {
	case s.off:
		out.Enabled = truth.False
		out.Why = append([]mesh.Step{s.disabled}, out.Why...)
	case !found && m.unread:
		out.Enabled = truth.Unknown
		out.Unknown = append(out.Unknown, mesh.Gap{Reason: source.ProblemIncomplete, Detail: "provider " + s.name + " is not defined in the input"})
	case !found:
		out.Enabled = truth.False
		out.Why = append(out.Why, mesh.Step{Rule: ruleProvider, Detail: "provider " + s.name + " is not defined in the mesh configuration"})
	default:
		m.enableWith(out, p)
	}
}

func (m *telemetryMerge) enableWith(out *mesh.Tracing, p reporter) {
	out.Protocol, out.Address, out.Sampler = p.traces, p.target, p.sampler
	out.Why = append(out.Why, p.step)
	dropped := truth.False
	if p.endMinor != 0 {
		dropped = m.rev.since(p.endMinor)
		if dropped == truth.Unknown {
			dropped = truth.True // the newest known rules count
		}
	}
	switch {
	case p.traces == "" || dropped == truth.True:
		out.Enabled, out.Protocol, out.Address, out.Sampler = truth.False, "", "", ""
		out.Why = append(out.Why, mesh.Step{Rule: ruleProvider, Object: p.step.Object, Loc: p.step.Loc, Detail: "provider " + p.name + " does not trace"})
	case p.found == truth.False:
		out.Enabled = truth.False
		out.Why = append(out.Why, mesh.Step{
			Rule: ruleProvider, Object: p.step.Object, Loc: p.step.Loc,
			Detail: "the collector " + p.target + " is no service of the mesh, and istiod traces to none that it does not find",
		})
	case p.found == truth.Unknown:
		out.Enabled = truth.Unknown
		out.Unknown = append(out.Unknown, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: p.step.Object, Loc: p.step.Loc,
			Detail: "the collector " + p.target + " is no service of the input; istiod traces to none that it does not find",
		})
	default:
		out.Enabled = truth.True
	}
}

// sample says how many new traces are sampled. The Telemetries' word counts before that of the proxy's
// configuration, for which 0 is no word and more than 100 is 1, and before istiod's flag.
// pilot/pkg/networking/core/tracing.go proxyConfigSamplingValue.
func (m *telemetryMerge) sample(out *mesh.Tracing, s *spec) {
	if s.percent != nil {
		out.Sampling = s.percent
		out.Why = append(out.Why, s.sampling)
		return
	}
	m.sampleByConfig(out)
}

func (m *telemetryMerge) sampleByConfig(out *mesh.Tracing) {
	set := func(v float64, step mesh.Step) {
		out.Sampling = &v
		step.Rule = ruleSampling
		out.Why = append(out.Why, step)
	}
	v := m.own.GetTracing().GetSampling()
	step := mesh.Step{Object: m.pod.Object(), Loc: m.pod.AnnotationLoc(annotationProxyConfig)}
	if v == 0 {
		v = m.config.GetDefaultConfig().GetTracing().GetSampling()
		step = m.defaultStep("defaultConfig.tracing.sampling", "")
	}
	switch {
	case v > 100:
		step.Detail = "the proxy's configuration samples more than 100%, for which istiod takes 1%"
		set(1, step)
		return
	case v != 0:
		step.Detail = "the proxy's configuration samples " + percent(v)
		set(v, step)
		return
	case m.unread:
		return
	}
	if m.rev == nil {
		return
	}
	flag, ok := m.rev.env[envTraceSampling]
	value, err := strconv.ParseFloat(flag.value, 64)
	switch {
	case ok && flag.elsewhere:
		out.Unknown = append(out.Unknown, mesh.Gap{Reason: source.ProblemIncomplete, Loc: flag.loc, Detail: "the value of istiod's " + envTraceSampling + " is not in the input"})
	case ok && err == nil && value >= 0 && value <= 100:
		set(value, mesh.Step{Loc: flag.loc, Detail: "istiod samples " + percent(value) + " (" + envTraceSampling + ")"})
	default:
		set(1, mesh.Step{Loc: flag.loc, Detail: "istiod samples 1% by default"})
	}
}

const envTraceSampling = "PILOT_TRACE_SAMPLING"

func percent(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) + "%" }

// bootstrapTracing is what happens where neither a Telemetry nor a default provider speaks of spans:
// the tracer of the proxy's own configuration counts, unless the mesh has tracing off.
// pilot/pkg/networking/core/tracing.go configureTracingFromTelemetry.
func (m *telemetryMerge) bootstrapTracing(d mesh.Direction) mesh.Tracing {
	out := mesh.Tracing{Direction: d, Enabled: truth.False, Propagate: truth.True}
	if m.unread {
		out.Enabled = truth.Unknown
	}
	if m.rev != nil && m.rev.mesh.tracingOff {
		out.Why = []mesh.Step{m.defaultStep("enableTracing", "the mesh has tracing off, and no Telemetry asks for it")}
		return out
	}
	step := mesh.Step{Rule: ruleTelemetryDefault, Object: m.pod.Object(), Loc: m.pod.AnnotationLoc(annotationProxyConfig)}
	tracer := m.own.GetTracing()
	if tracer.GetTracer() == nil {
		tracer, step = m.config.GetDefaultConfig().GetTracing(), m.defaultStep("defaultConfig.tracing", "")
	}
	switch v := tracer.GetTracer().(type) {
	case *meshv1alpha1.Tracing_Zipkin_:
		out.Protocol, out.Address = "zipkin", v.Zipkin.GetAddress()
	case *meshv1alpha1.Tracing_Datadog_:
		out.Protocol, out.Address = "datadog", v.Datadog.GetAddress()
	case *meshv1alpha1.Tracing_Lightstep_:
		out.Protocol, out.Address = "lightstep", v.Lightstep.GetAddress()
	case *meshv1alpha1.Tracing_OpenCensusAgent_:
		out.Protocol, out.Address = "opencensus", v.OpenCensusAgent.GetAddress()
	case *meshv1alpha1.Tracing_Stackdriver_:
		out.Protocol = "stackdriver"
	default:
		out.Why = []mesh.Step{m.defaultStep("defaultProviders", "neither a Telemetry nor the mesh configuration names a provider for spans")}
		return out
	}
	out.Enabled = truth.True
	step.Detail = fmt.Sprintf("the proxy's configuration has a %s tracer", out.Protocol)
	out.Why = []mesh.Step{step}
	if out.Protocol != "zipkin" && out.Protocol != "datadog" {
		out.Enabled = truth.Unknown
		out.Unknown = append(out.Unknown, mesh.Gap{
			Reason: source.ProblemUnsupported, Object: step.Object, Loc: step.Loc,
			Detail: "whether the proxy still knows the " + out.Protocol + " tracer depends on its release",
		})
	}
	m.sampleByConfig(&out)
	return out
}

// statsAnnotations are those on which the number of a proxy's time series depends.
var statsAnnotations = []string{
	"sidecar.istio.io/extraStatTags", "sidecar.istio.io/statsEvictionInterval", "sidecar.istio.io/statsHistogramBins",
	"sidecar.istio.io/statsHistogramBuckets", "sidecar.istio.io/statsInclusionPrefixes",
	"sidecar.istio.io/statsInclusionRegexps", "sidecar.istio.io/statsInclusionSuffixes",
}

// knobs are the settings outside Telemetries on which the number of time series depends.
func (m *telemetryMerge) knobs() []mesh.Knob {
	var all []mesh.Knob
	for _, name := range statsAnnotations {
		if v, ok := m.pod.Annotations[name]; ok {
			all = append(all, mesh.Knob{Name: name, Value: v, Why: mesh.Step{
				Rule: ruleStatsAnnotation, Object: m.pod.Object(), Loc: m.pod.AnnotationLoc(name), Detail: "annotation " + name,
			}})
		}
	}
	for _, from := range []struct {
		config *meshv1alpha1.ProxyConfig
		step   mesh.Step
	}{
		{m.config.GetDefaultConfig(), m.defaultStep("defaultConfig", "")},
		{m.own, mesh.Step{Object: m.pod.Object(), Loc: m.pod.AnnotationLoc(annotationProxyConfig)}},
	} {
		step := from.step
		step.Rule, step.Detail = ruleStatsAnnotation, "the proxy's configuration"
		matcher := from.config.GetProxyStatsMatcher()
		for _, k := range []mesh.Knob{
			{Name: "extraStatTags", Value: strings.Join(from.config.GetExtraStatTags(), ",")},
			{Name: "proxyStatsMatcher.inclusionPrefixes", Value: strings.Join(matcher.GetInclusionPrefixes(), ",")},
			{Name: "proxyStatsMatcher.inclusionRegexps", Value: strings.Join(matcher.GetInclusionRegexps(), ",")},
			{Name: "proxyStatsMatcher.inclusionSuffixes", Value: strings.Join(matcher.GetInclusionSuffixes(), ",")},
		} {
			if k.Value != "" {
				k.Why = step
				all = append(all, k)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b mesh.Knob) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

package istio

import (
	"slices"

	telemetryv1alpha1 "istio.io/api/telemetry/v1alpha1"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// logWord is one entry of a Telemetry's accessLogging with its place.
type logWord struct {
	t    *telemetry
	path string
	spec *telemetryv1alpha1.AccessLogging
}

// logLevels are the entries of each Telemetry that has any, in order.
func (m *telemetryMerge) logLevels() [][]logWord {
	var levels [][]logWord
	for _, t := range m.applicable {
		var level []logWord
		for i, w := range t.spec.GetAccessLogging() {
			level = append(level, logWord{t, source.Index("spec.accessLogging", i), w})
		}
		if len(level) > 0 {
			levels = append(levels, level)
		}
	}
	return levels
}

// logs merges what is said of access logs. The providers in scope are those that the last Telemetry to
// name any names; a word without providers is for those of the word before it; the last word about a
// provider counts. Without a word, and with none that names a provider that logs, the file and service
// of the mesh's own configuration count.
// pilot/pkg/model/telemetry.go AccessLogging, mergeLogs; pilot/pkg/networking/core/accesslog.go.
func (m *telemetryMerge) logs(d mesh.Direction) []mesh.AccessLog {
	levels, defaults := m.logLevels(), m.config.GetDefaultProviders().GetAccessLogging()
	found := map[string]mesh.AccessLog{}
	if len(levels) == 0 {
		for _, name := range defaults {
			found[name] = mesh.AccessLog{Enabled: truth.True, Why: []mesh.Step{m.defaultStep("defaultProviders.accessLogging", "provider "+name+" logs by default")}}
		}
	}
	scope, filters := logScope(levels, defaults, d)
	names := defaults
	for _, level := range levels {
		for _, w := range level {
			if own := providerNames(w.spec.GetProviders()); len(own) > 0 {
				names = own
			}
			for _, name := range names {
				if slices.Contains(scope, name) && sides(w.spec.GetMatch().GetMode(), d) {
					found[name] = w.log(filters[name])
				}
			}
		}
	}
	var all []mesh.AccessLog
	for _, name := range sortedKeys(found) {
		if log, ok := m.logWith(name, found[name]); ok {
			log.Direction = d
			all = append(all, log)
		}
	}
	if len(all) == 0 {
		return m.meshLogs(d)
	}
	return all
}

// logScope finds the providers in scope, and the filter that stands last beside each.
func logScope(levels [][]logWord, defaults []string, d mesh.Direction) (scope []string, filters map[string]string) {
	scope, filters = defaults, map[string]string{}
	for _, level := range levels {
		var named []string
		for _, w := range level {
			if !sides(w.spec.GetMatch().GetMode(), d) {
				continue
			}
			for _, name := range providerNames(w.spec.GetProviders()) {
				named = append(named, name)
				filters[name] = w.spec.GetFilter().GetExpression()
			}
		}
		if len(named) > 0 {
			scope = named
		}
	}
	return scope, filters
}

func (w logWord) log(filter string) mesh.AccessLog {
	if w.spec.GetDisabled().GetValue() {
		return mesh.AccessLog{Enabled: truth.False, Why: []mesh.Step{w.t.step(w.path+".disabled", "the Telemetry has nothing logged")}}
	}
	return mesh.AccessLog{Enabled: truth.True, Filter: filter, Why: []mesh.Step{w.t.step(w.path, "the Telemetry has requests logged")}}
}

// logWith adds what the provider is; it is false for one that is defined and does not log, or surely not
// defined: istiod passes over it.
func (m *telemetryMerge) logWith(name string, log mesh.AccessLog) (mesh.AccessLog, bool) {
	p, defined := findReporter(m.providers, name)
	log.Provider, log.Protocol, log.Target = name, p.logs, p.target
	switch {
	case !defined && m.unread:
		if log.Enabled == truth.True {
			log.Enabled = truth.Unknown
		}
		return log, true
	case p.logs == "":
		return log, false
	}
	log.Why = append(log.Why, p.step)
	return log, true
}

// meshLogs are the access logs that the mesh's configuration sets without providers.
func (m *telemetryMerge) meshLogs(d mesh.Direction) []mesh.AccessLog {
	var all []mesh.AccessLog
	if file := m.config.GetAccessLogFile(); file != "" {
		all = append(all, mesh.AccessLog{
			Direction: d, Protocol: "file", Target: file, Enabled: truth.True,
			Why: []mesh.Step{m.defaultStep("accessLogFile", "the mesh configuration has an access log")},
		})
	}
	if m.config.GetEnableEnvoyAccessLogService() {
		all = append(all, mesh.AccessLog{
			Direction: d, Protocol: "als/grpc", Enabled: truth.True,
			Target: m.config.GetDefaultConfig().GetEnvoyAccessLogService().GetAddress(),
			Why:    []mesh.Step{m.defaultStep("enableEnvoyAccessLogService", "the mesh configuration has an access log service")},
		})
	}
	if len(all) == 0 && m.unread {
		all = append(all, mesh.AccessLog{Direction: d, Enabled: truth.Unknown, Why: []mesh.Step{m.defaultStep("", "whether the mesh configuration has an access log is not known")}})
	}
	return all
}

// metricWord is one entry of a Telemetry's metrics with its place.
type metricWord struct {
	t    *telemetry
	path string
	spec *telemetryv1alpha1.Metrics
}

// metricState is what has been said of one provider for one direction.
type metricState struct {
	off     bool // all metrics are
	metrics map[string]*metricChange
	why     []mesh.Step
}

type metricChange struct {
	disabled bool
	tags     map[string]*telemetryv1alpha1.MetricsOverrides_TagOverride
}

// metrics merges what is said of time series. The providers in scope are those that the last word to
// name any names; a word without providers is for those of the word before it; overrides add up metric by
// metric and tag by tag, the later on top. pilot/pkg/model/telemetry.go mergeMetrics.
func (m *telemetryMerge) metrics(d mesh.Direction) []mesh.Metrics {
	defaults := m.config.GetDefaultProviders().GetMetrics()
	states := map[string]*metricState{}
	var words []metricWord
	scope := defaults
	for _, t := range m.applicable {
		for i, w := range t.spec.GetMetrics() {
			words = append(words, metricWord{t, source.Index("spec.metrics", i), w})
			if own := providerNames(w.GetProviders()); len(own) > 0 {
				scope = own
			}
		}
	}
	if len(words) == 0 {
		for _, name := range defaults {
			states[name] = &metricState{why: []mesh.Step{m.defaultStep("defaultProviders.metrics", "provider "+name+" makes metrics by default")}}
		}
	}
	names := defaults
	for _, w := range words {
		if own := providerNames(w.spec.GetProviders()); len(own) > 0 {
			names = own
		}
		for _, name := range names {
			if !slices.Contains(scope, name) {
				continue
			}
			if states[name] == nil {
				states[name] = &metricState{}
			}
			states[name].lay(w, d)
		}
	}
	var all []mesh.Metrics
	for _, name := range sortedKeys(states) {
		all = append(all, m.metricsOf(name, states[name], d))
	}
	if len(all) == 0 && m.unread {
		all = append(all, mesh.Metrics{Direction: d, Why: []mesh.Step{m.defaultStep("", "whether the mesh configuration names a provider of metrics is not known")}})
	}
	return all
}

// lay puts a word over what is there. To disable all metrics drops what the provider makes until a later
// word overrides any of them.
func (s *metricState) lay(w metricWord, d mesh.Direction) {
	s.why = append(s.why, w.t.step(w.path, "the Telemetry speaks of metrics"))
	for i, o := range w.spec.GetOverrides() {
		if !sides(o.GetMatch().GetMode(), d) {
			continue
		}
		step := w.t.step(source.Index(w.path+".overrides", i), "the Telemetry overrides metrics")
		if o.GetDisabled().GetValue() && everyMetric(o.GetMatch()) {
			s.off = true
			step.Detail = "the Telemetry disables all metrics"
			s.why = append(s.why, step)
			continue
		}
		s.off = false
		s.why = append(s.why, step)
		for _, name := range metricNames(o.GetMatch()) {
			s.change(name, o)
		}
	}
}

func (s *metricState) change(name string, o *telemetryv1alpha1.MetricsOverrides) {
	if s.metrics == nil {
		s.metrics = map[string]*metricChange{}
	}
	c := s.metrics[name]
	if c == nil {
		c = &metricChange{tags: map[string]*telemetryv1alpha1.MetricsOverrides_TagOverride{}}
		s.metrics[name] = c
	}
	if o.GetDisabled() != nil {
		c.disabled = o.GetDisabled().GetValue()
	}
	for tag, over := range o.GetTagOverrides() {
		c.tags[tag] = over
	}
}

func everyMetric(match *telemetryv1alpha1.MetricSelector) bool {
	switch v := match.GetMetricMatch().(type) {
	case *telemetryv1alpha1.MetricSelector_CustomMetric:
		return false
	case *telemetryv1alpha1.MetricSelector_Metric:
		return v.Metric == telemetryv1alpha1.MetricSelector_ALL_METRICS
	default:
		return true
	}
}

// metricNames are the metrics that a word is for; for all of them, each one by name.
func metricNames(match *telemetryv1alpha1.MetricSelector) []string {
	if custom := match.GetCustomMetric(); custom != "" {
		return []string{custom}
	}
	if !everyMetric(match) {
		return []string{match.GetMetric().String()}
	}
	var all []string
	for _, name := range telemetryv1alpha1.MetricSelector_IstioMetric_name {
		if name != telemetryv1alpha1.MetricSelector_ALL_METRICS.String() {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

func (m *telemetryMerge) metricsOf(name string, s *metricState, d mesh.Direction) mesh.Metrics {
	out := mesh.Metrics{Direction: d, Provider: name, Enabled: truth.Of(!s.off), Why: s.why}
	p, defined := findReporter(m.providers, name)
	switch {
	case !defined && m.unread:
		out.Enabled = out.Enabled.And(truth.Unknown)
	case !p.metrics:
		out.Enabled = truth.False
		out.Why = append(out.Why, mesh.Step{Rule: ruleProvider, Object: p.step.Object, Loc: p.step.Loc, Detail: "provider " + name + " makes no metrics, or is not defined"})
	}
	if s.off {
		return out
	}
	for _, metric := range sortedKeys(s.metrics) {
		c := s.metrics[metric]
		o := mesh.MetricOverride{Metric: metric, Disabled: c.disabled}
		for _, tag := range sortedKeys(c.tags) {
			removed := c.tags[tag].GetOperation() == telemetryv1alpha1.MetricsOverrides_TagOverride_REMOVE
			value := c.tags[tag].GetValue()
			if removed {
				value = ""
			}
			o.Tags = append(o.Tags, mesh.TagOverride{Name: tag, Value: value, Removed: removed})
		}
		out.Overrides = append(out.Overrides, o)
	}
	return out
}

package mesh

import (
	"reflect"
	"slices"

	"github.com/meshposture/meshposture/truth"
)

// Telemetry is what a proxy of the mesh reports of a workload's traffic.
type Telemetry struct {
	Mesh string
	// Proxy is the layer-7 proxy ("namespace/name") that reports of what goes through it; empty for the
	// workload's own or its node's.
	Proxy   string
	Pods    []string    // names of the running pods, sorted; empty for the template of a workload without any
	L7      truth.Value // requests are seen, and not connections only
	Tracing []Tracing   // by direction; empty when nothing of the workload's proxy could trace
	Logs    []AccessLog // by direction and provider
	Metrics []Metrics   // by direction and provider
	Knobs   []Knob      // other settings on which the number of time series depends, ordered by name
	Why     []Step      // what was merged, the widest first
	Unknown []Gap
}

// Tracing is what becomes of a proxy's spans for one direction of traffic.
type Tracing struct {
	Direction Direction
	Enabled   truth.Value
	Provider  string // as the configuration names it; empty when the mesh's own default counts
	Protocol  string // "otlp/grpc", "otlp/http", "zipkin", "datadog", "skywalking", …; empty when unknown
	Address   string // of the collector, "host:port"; empty when unknown
	// Sampling is the share of new traces in percent; nil when it is not known, or Sampler decides.
	Sampling  *float64
	Sampler   string      // of the provider, which decides span by span; empty for none
	Propagate truth.Value // the proxy passes trace headers on
	Tags      []string    // names of tags that are added to the spans, sorted
	Why       []Step      // of Enabled first, then of Sampling
	Unknown   []Gap
}

// AccessLog is whether and where a proxy writes a line for each request or connection.
type AccessLog struct {
	Direction Direction
	Provider  string // empty for one that the mesh's configuration sets without a name
	Protocol  string // "file", "otlp/grpc", "als/grpc"; empty when unknown
	Target    string // a path or "host:port"; empty when unknown
	Enabled   truth.Value
	Filter    string // an expression that picks what is written; empty for all
	Why       []Step
}

// Metrics are the time series that a proxy makes for one direction of traffic.
type Metrics struct {
	Direction Direction
	Provider  string
	Enabled   truth.Value
	Overrides []MetricOverride // ordered by metric
	Why       []Step
}

// MetricOverride is what the configuration changes of one metric.
type MetricOverride struct {
	Metric   string // as the mesh names it, such as "REQUEST_COUNT"
	Disabled bool
	Tags     []TagOverride // ordered by name
}

// TagOverride is a tag that is removed from a metric, or set to the value of an expression. Each value
// that the expression takes makes series of its own.
type TagOverride struct {
	Name    string
	Value   string // the expression; empty for a tag that is removed
	Removed bool
}

// Knob is a setting of telemetry outside the mesh's resources for it.
type Knob struct {
	Name  string
	Value string
	Why   Step
}

// Telemeter says what the proxies of a pod report, given how the pod is enrolled.
type Telemeter interface {
	Telemetry(p *Pod, e Enrolment) []Telemetry
}

// Telemetry says what is reported of the workload's traffic, by its running pods, or as its template
// would make them when none runs. Pods for which the answer is the same are taken together.
func (w *Workload) Telemetry() []Telemetry {
	i := w.primaryIndex()
	var all []Telemetry
	for p := range w.Pods() {
		all = w.addTelemetry(all, p, w.enrolmentOf(i, p))
	}
	if len(all) == 0 {
		all = w.addTelemetry(nil, w.template, w.primary().Declared)
	}
	return all
}

func (w *Workload) addTelemetry(all []Telemetry, p *Pod, e Enrolment) []Telemetry {
	for _, l := range w.layers {
		j, ok := l.layer.(Telemeter)
		if !ok || l.name != e.Mesh {
			continue
		}
		for _, t := range j.Telemetry(p, e) {
			t.Mesh = l.name
			t.Unknown = slices.Concat(p.gaps, t.Unknown)
			if at := slices.IndexFunc(all, t.same); at >= 0 {
				all[at].Pods = append(all[at].Pods, p.Name)
				continue
			}
			if !p.IsTemplate() {
				t.Pods = []string{p.Name}
			}
			all = append(all, t)
		}
	}
	return all
}

// same reports whether two pods' answers are alike but for the places of their steps.
func (t Telemetry) same(u Telemetry) bool { return reflect.DeepEqual(t.placeless(), u.placeless()) }

// placeless is the answer without what differs from pod to pod.
func (t Telemetry) placeless() Telemetry {
	t.Pods, t.Why, t.Unknown = nil, unplaced(t.Why), ungapped(t.Unknown)
	t.Tracing = slices.Clone(t.Tracing)
	for i := range t.Tracing {
		t.Tracing[i].Why, t.Tracing[i].Unknown = unplaced(t.Tracing[i].Why), ungapped(t.Tracing[i].Unknown)
	}
	t.Logs = slices.Clone(t.Logs)
	for i := range t.Logs {
		t.Logs[i].Why = unplaced(t.Logs[i].Why)
	}
	t.Metrics = slices.Clone(t.Metrics)
	for i := range t.Metrics {
		t.Metrics[i].Why = unplaced(t.Metrics[i].Why)
	}
	t.Knobs = slices.Clone(t.Knobs)
	for i := range t.Knobs {
		t.Knobs[i].Why = Step{}
	}
	return t
}

func unplaced(steps []Step) []Step {
	steps = slices.Clone(steps)
	for i := range steps {
		steps[i] = Step{Rule: steps[i].Rule, Detail: steps[i].Detail}
	}
	return steps
}

func ungapped(gaps []Gap) []Gap {
	gaps = slices.Clone(gaps)
	for i := range gaps {
		gaps[i] = Gap{Reason: gaps[i].Reason, Detail: gaps[i].Detail}
	}
	return gaps
}

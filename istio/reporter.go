package istio

import (
	"slices"
	"strconv"
	"strings"

	meshv1alpha1 "istio.io/api/mesh/v1alpha1"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

const (
	providerPrometheus  = "prometheus"
	providerStackdriver = "stackdriver"
	providerEnvoy       = "envoy"
)

// reporter is an extension provider of the mesh's configuration, as far as telemetry goes.
type reporter struct {
	name     string
	traces   string      // the protocol of its spans; empty for one that does not trace
	logs     string      // the protocol of its access log; empty for one that does not log
	metrics  bool        // it makes time series
	service  string      // host of the collector, as the configuration writes it
	target   string      // "host:port" or a path; empty for none
	sampler  string      // that decides span by span; empty for none
	endMinor int         // the release of Istio 1 that has dropped it; 0 for none
	found    truth.Value // whether istiod finds the service of target
	step     mesh.Step
}

// builtinReporters are those that istiod adds to every mesh's (pkg/config/mesh/mesh.go
// DefaultMeshConfig). Stackdriver's is left out: no release that is known makes anything of it.
func builtinReporters() []reporter {
	step := mesh.Step{Rule: ruleProvider, Detail: "istiod defines the provider itself"}
	return []reporter{
		{name: providerPrometheus, metrics: true, step: step},
		{name: providerStackdriver, step: step},
		{name: providerEnvoy, logs: "file", target: "/dev/stdout", step: step},
	}
}

// reporters finds the providers of each revision's mesh, and for no revision those that istiod has anyway.
func (c *compiler) reporters(revisions []*revision) map[*revision][]reporter {
	hosts := c.hostIndex()
	all := map[*revision][]reporter{nil: builtinReporters()}
	for _, r := range revisions {
		list := r.reporters()
		for i := range list {
			if list[i].traces != "" {
				list[i].found = hosts.has(list[i].service)
			}
		}
		all[r] = list
	}
	return all
}

// reporters are those of a revision's mesh: a provider of the configuration replaces a built-in one of
// its name.
func (r *revision) reporters() []reporter {
	all := builtinReporters()
	for i, ep := range r.mesh.pb.GetExtensionProviders() {
		p := readReporter(ep)
		p.step = mesh.Step{
			Rule: ruleProvider, Object: r.mesh.text.o.Ref, Loc: r.mesh.text.at(source.Index("extensionProviders", i)),
			Detail: "the mesh configuration defines provider " + p.name,
		}
		if at := slices.IndexFunc(all, func(q reporter) bool { return q.name == p.name }); at >= 0 {
			all[at] = p
		} else {
			all = append(all, p)
		}
	}
	return all
}

// at is the place of a path inside the text; of the text where it is embedded in an object.
func (e embedded) at(path string) source.Loc {
	if e.field == "" {
		return e.o.At(path)
	}
	return e.o.At(e.field)
}

// findReporter looks a provider up as istiod does, without regard to case.
func findReporter(all []reporter, name string) (reporter, bool) {
	i := slices.IndexFunc(all, func(p reporter) bool { return strings.EqualFold(p.name, name) })
	if i < 0 {
		return reporter{}, false
	}
	return all[i], true
}

type addressed interface {
	GetService() string
	GetPort() uint32
}

// readReporter says what a provider is good for. pilot/pkg/networking/core/tracing.go
// configureFromProviderConfig, pilot/pkg/model/telemetry_logging.go telemetryAccessLog.
func readReporter(ep *meshv1alpha1.MeshConfig_ExtensionProvider) reporter {
	p := reporter{name: ep.GetName()}
	to := func(a addressed) string {
		p.service = a.GetService()
		return hostPort(a.GetService(), a.GetPort())
	}
	switch v := ep.GetProvider().(type) {
	case *meshv1alpha1.MeshConfig_ExtensionProvider_Zipkin:
		p.traces, p.target = "zipkin", to(v.Zipkin)
	case *meshv1alpha1.MeshConfig_ExtensionProvider_Datadog:
		p.traces, p.target = "datadog", to(v.Datadog)
	case *meshv1alpha1.MeshConfig_ExtensionProvider_Skywalking:
		p.traces, p.target = "skywalking", to(v.Skywalking)
	case *meshv1alpha1.MeshConfig_ExtensionProvider_Opentelemetry:
		p.traces, p.target = "otlp/grpc", to(v.Opentelemetry)
		if v.Opentelemetry.GetHttp() != nil {
			p.traces = "otlp/http"
		}
		if v.Opentelemetry.GetDynatraceSampler() != nil {
			p.sampler = "dynatrace"
		}
	case *meshv1alpha1.MeshConfig_ExtensionProvider_Lightstep:
		p.traces, p.endMinor, p.target = "lightstep", 27, to(v.Lightstep) //nolint:staticcheck // configurations still hold it
	case *meshv1alpha1.MeshConfig_ExtensionProvider_Prometheus:
		p.metrics = true
	case *meshv1alpha1.MeshConfig_ExtensionProvider_EnvoyFileAccessLog:
		p.logs, p.target = "file", v.EnvoyFileAccessLog.GetPath()
	case *meshv1alpha1.MeshConfig_ExtensionProvider_EnvoyHttpAls:
		p.logs, p.target = "als/grpc", to(v.EnvoyHttpAls)
	case *meshv1alpha1.MeshConfig_ExtensionProvider_EnvoyTcpAls:
		p.logs, p.target = "als/grpc", to(v.EnvoyTcpAls)
	case *meshv1alpha1.MeshConfig_ExtensionProvider_EnvoyOtelAls:
		p.logs, p.target = "otlp/grpc", to(v.EnvoyOtelAls)
	default: // those that authorize or give out secrets, and those that no known release traces with
	}
	return p
}

func hostPort(host string, port uint32) string {
	if port == 0 {
		return host
	}
	return host + ":" + strconv.FormatUint(uint64(port), 10)
}

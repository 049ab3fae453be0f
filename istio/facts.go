package istio

import (
	"sync"

	"github.com/meshposture/meshposture/internal/replicas"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

var (
	kindTelemetry        = source.Kind{Group: "telemetry.istio.io", Kind: "Telemetry"}
	kindWasmPlugin       = source.Kind{Group: "extensions.istio.io", Kind: "WasmPlugin"}
	kindTrafficExtension = source.Kind{Group: "extensions.istio.io", Kind: "TrafficExtension"}
	kindProxyConfig      = source.Kind{Group: "networking.istio.io", Kind: "ProxyConfig"}
	kindSecret           = source.Kind{Kind: "Secret"}
)

var kindsFacts = append(replicas.Kinds(), kindWasmPlugin, kindTrafficExtension, kindTelemetry, kindProxyConfig)

// facts are what the control plane and its telemetry are set to. What depends on running pods is made
// when it is first asked for: which pods run is settled after compilation.
type facts struct {
	planes      func() map[string]planeFacts // by revision
	components  func() []mesh.Component
	traffic     func() []mesh.TrafficPolicy
	overrides   func() []mesh.Override
	telemetries telemetries
	reporters   map[*revision][]reporter
}

// planeFacts are those of one revision.
type planeFacts struct {
	replicas mesh.Replicas
	ca       mesh.CA
}

func (c *compiler) facts(l *Layer) *facts {
	instances, authorities := c.replicas(l), c.authorities(l)
	return &facts{
		planes: sync.OnceValue(func() map[string]planeFacts {
			asked := l.askedAuthorities()
			planes := map[string]planeFacts{}
			for _, r := range l.revisions {
				planes[r.name] = planeFacts{replicas.Running(instances[r.name], l.cluster, r.workload), authorities[r.name].answer(asked[r])}
			}
			return planes
		}),
		components:  sync.OnceValue(l.findComponents),
		traffic:     sync.OnceValue(l.findTraffic),
		overrides:   sync.OnceValue(l.findOverrides),
		telemetries: c.telemetries(),
		reporters:   c.reporters(l.revisions),
	}
}

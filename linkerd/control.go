package linkerd

import (
	"slices"
	"sync"

	"github.com/meshposture/meshposture/internal/replicas"
	"github.com/meshposture/meshposture/mesh"
)

// controlPlane is what is known of the installations and of the data plane's versions. What depends on
// running pods is made when it is first asked for: which pods run is settled after compilation.
type controlPlane struct {
	installed  []*installation // the one that counts first
	anchors    string          // the text of the trust anchors that proxies get; empty when not known
	planes     func() []mesh.ControlPlane
	components func() []mesh.Component
}

func (c *compiler) controlPlane(l *Layer, installed []*installation) *controlPlane {
	reader := replicas.Read(c.in.Objects, replicas.Rules{
		Replicas: ruleReplicas, Spread: ruleSpread, Autoscaler: ruleAutoscaler, Disruption: ruleDisruptionBudget,
	})
	c.problems = append(c.problems, reader.Problems()...)
	planes := make([]*plane, len(installed))
	for i, in := range installed {
		planes[i] = &plane{installation: in, authority: c.authority(in), declared: in.instances(reader)}
	}
	cp := &controlPlane{installed: installed, anchors: planes[0].authority.text}
	cp.planes = sync.OnceValue(func() []mesh.ControlPlane {
		all := make([]mesh.ControlPlane, len(planes))
		for i, p := range planes {
			all[i] = p.describe(l, installed[0])
		}
		return all
	})
	cp.components = sync.OnceValue(l.findComponents)
	return cp
}

// ControlPlanes describes the control planes, the one that judges the input's pods first and the others
// by namespace.
func (l *Layer) ControlPlanes() []mesh.ControlPlane { return slices.Clone(l.control.planes()) }

// Components lists the proxies, gateways and the CNI plugin by release.
func (l *Layer) Components() []mesh.Component { return slices.Clone(l.control.components()) }

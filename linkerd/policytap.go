package linkerd

import (
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// tapShape is the gate of the port on which a proxy tells of the requests that it sees. No policy governs it:
// without the identity that envTap names (viz/tap/injector/patch.go) nobody gets an answer, and without a name the proxy
// does not listen (linkerd2-proxy linkerd/app/src/env.rs parse_tap_config, linkerd/proxy/tap/src/accept.rs).
func (l *Layer) tapShape(p *mesh.Pod) gateShape {
	shape := gateShape{tap: tapNobody, step: mesh.Step{
		Rule: ruleProxyListener, Object: p.Object(), Loc: p.At("metadata.name"),
		Detail: "the port is a listener of the proxy itself, which policies do not govern",
	}}
	px, ok := proxyOf(p)
	switch {
	case !ok || l.asksInjector(p) || silent(px.container):
		shape.tap = tapUnknown
	default:
		if name, found := px.env(envTap); strings.Contains(name, "$(") || found && name == "" {
			shape.tap = tapUnknown
		} else if found {
			shape.tap = name
		}
	}
	return shape
}

// What tapShape says where it has no identity.
const (
	tapNobody  = "-"
	tapUnknown = "?"
)

// tapped fills in who may ask the proxy for what it sees.
func (g *gate) tapped(shape gateShape) {
	g.step, g.protocol, g.inbound, g.local, g.explicit = shape.step, protocolOpaque, true, false, true
	one := &grant{rule: mesh.Rule{Policy: defaultRef("tap"), Index: -1, Loc: shape.step.Loc}, networks: everywhere(), step: shape.step}
	one.step.Rule, one.step.Detail = ruleAuthorized, "the proxy's environment names the client"
	switch shape.tap {
	case tapNobody:
		return
	case tapUnknown:
		one.gaps = []mesh.Gap{{
			Reason: source.ProblemIncomplete, Object: shape.step.Object, Loc: shape.step.Loc,
			Detail: "whether the proxy's environment has " + envTap + " is not in the input",
		}}
	default:
		one.who.add(shape.tap)
	}
	g.grants = []*grant{one}
}

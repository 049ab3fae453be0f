package istio

import (
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// outbound is what a sidecar's redirection takes of its pod's outbound connections.
type outbound struct {
	all      bool // every connection, whatever its port and address
	capture  capture
	excluded ports
	included ports
	user     truth.Value // the application's containers run as the sidecar's user
	userWhy  mesh.Step
}

type outboundKey struct {
	pod *mesh.Pod
	rev *revision
}

// outboundOf works out a pod's redirection, once.
func (l *Layer) outboundOf(p *mesh.Pod, rev *revision) *outbound {
	return l.clients.outbound.Of(outboundKey{p, rev}, func() *outbound { return l.newOutbound(p, rev) })
}

func (l *Layer) newOutbound(p *mesh.Pod, rev *revision) *outbound {
	c := l.captureOf(p, rev)
	o := &outbound{capture: c, excluded: parsePorts(c.excludeOut.value), included: parsePorts(c.includeOut.value)}
	o.user, o.userWhy = runAsProxy(p)
	o.all = len(c.gaps) == 0 && c.mode.value != interceptionNone && c.excludeOut.value == "" && c.excludeRanges.value == "" &&
		c.includeRanges.value == "*" && c.excludeIfaces.value == "" && o.user == truth.False
	return o
}

// runAsProxy reports whether the application runs as the sidecar's user: True for all containers,
// Unknown for some, because nothing tells which of them connects.
func runAsProxy(p *mesh.Pod) (truth.Value, mesh.Step) {
	found, others := userBypasses(p), 0
	for _, ct := range p.Spec.Containers {
		if ct.Name != proxyContainer {
			others++
		}
	}
	switch len(found) {
	case 0:
		return truth.False, mesh.Step{}
	case others:
		return truth.True, found[0].Why[0]
	default:
		return truth.Unknown, found[0].Why[0]
	}
}

// leaves reports whether a connection to a port goes around the sidecar; port is the one that the
// client addresses. The rules stand in the order of tools/istio-iptables/pkg/capture/run.go Run.
func (o *outbound) leaves(port uint16) (truth.Value, mesh.Step) {
	if o.all {
		return truth.False, mesh.Step{}
	}
	c := &o.capture
	n := strconv.Itoa(int(port))
	switch {
	case len(c.gaps) > 0:
		g := c.gaps[0]
		return truth.Unknown, mesh.Step{Rule: ruleInterception, Object: g.Object, Loc: g.Loc, Detail: g.Detail}
	case c.mode.value == interceptionNone:
		return truth.True, c.mode.step(ruleInterception, "interception mode NONE: the client's connections are not redirected to its sidecar")
	case c.excludeIfaces.value != "":
		return truth.Unknown, c.excludeIfaces.step(ruleBypassInterface, "connections through interfaces "+c.excludeIfaces.value+" are not redirected")
	}
	switch o.excluded.has(port) {
	case truth.True:
		return truth.True, c.excludeOut.step(ruleBypassPorts, "outbound port "+n+" is excluded from redirection: the connection leaves the client around its sidecar")
	case truth.Unknown:
		return truth.Unknown, c.excludeOut.step(ruleBypassPorts, "the excluded outbound ports cannot be read: "+quoted(c.excludeOut.value))
	default:
	}
	if o.user != truth.False {
		return o.user, o.userWhy
	}
	return o.leavesByAddress(port)
}

func (o *outbound) leavesByAddress(port uint16) (truth.Value, mesh.Step) {
	c := &o.capture
	if strings.Trim(c.excludeRanges.value, ", ") != "" {
		return truth.Unknown, c.excludeRanges.step(ruleBypassRanges, "connections to "+c.excludeRanges.value+" leave the client around its sidecar, and the server's address is not judged")
	}
	if c.includeRanges.value == "*" {
		return truth.False, mesh.Step{}
	}
	switch o.included.has(port) {
	case truth.True:
		return truth.False, mesh.Step{}
	case truth.Unknown:
		return truth.Unknown, c.includeOut.step(ruleBypassPorts, "the included outbound ports cannot be read: "+quoted(c.includeOut.value))
	default:
	}
	if strings.Trim(c.includeRanges.value, ", ") == "" {
		return truth.True, c.includeRanges.step(ruleBypassRanges, "no address range is redirected to the client's sidecar")
	}
	return truth.Unknown, c.includeRanges.step(ruleBypassRanges, "only connections to "+c.includeRanges.value+" are redirected to the client's sidecar, and the server's address is not judged")
}

// addressGap says that where a connection goes decides, and is not known.
func addressGap(s mesh.Step) mesh.Gap {
	return mesh.Gap{Reason: source.ProblemIncomplete, Object: s.Object, Loc: s.Loc, Detail: s.Detail}
}

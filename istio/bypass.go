package istio

import (
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// annotationAmbientBypass lets plaintext reach an ambient pod around ztunnel
// (cni/pkg/iptables/iptables.go, ingress mode).
const annotationAmbientBypass = "ambient.istio.io/bypass-inbound-capture"

// Bypasses lists the traffic of an enrolled pod that goes around its proxy.
func (l *Layer) Bypasses(p *mesh.Pod, e mesh.Enrolment) []mesh.Bypass {
	switch e.Mode {
	case mesh.ModeSidecar, mesh.ModeNativeSidecar:
		return l.sidecarBypasses(p, l.captureOf(p, l.named(e.Revision)))
	case mesh.ModeAmbient:
		if on, step := ambientBypass(p); on {
			return []mesh.Bypass{{Direction: mesh.Inwards, Ports: []string{"*"}, Effective: truth.True, Explicit: true, Why: []mesh.Step{step}}}
		}
	default:
	}
	return nil
}

func ambientBypass(p *mesh.Pod) (bool, mesh.Step) {
	v := p.Annotations[annotationAmbientBypass]
	on, _ := strconv.ParseBool(v)
	return on, mesh.Step{
		Rule: ruleAmbientBypass, Object: p.Object(), Loc: p.AnnotationLoc(annotationAmbientBypass),
		Detail: "annotation " + annotationAmbientBypass + "=" + v + ": inbound connections that are not HBONE reach the pod around ztunnel",
	}
}

func (l *Layer) sidecarBypasses(p *mesh.Pod, c capture) []mesh.Bypass {
	if c.mode.value == interceptionNone {
		step := c.mode.step(ruleInterception, "interception mode NONE: only connections that the application itself sends to the sidecar use it")
		return []mesh.Bypass{
			{Direction: mesh.Inwards, Ports: []string{"*"}, Effective: truth.True, Explicit: c.mode.own, Why: []mesh.Step{step}},
			{Direction: mesh.Outwards, Ports: []string{"*"}, Effective: truth.True, Explicit: c.mode.own, Why: []mesh.Step{step}},
		}
	}
	all := inboundBypasses(p, c)
	all = append(all, outboundBypasses(c)...)
	if s := c.excludeIfaces; s.value != "" {
		all = append(all, mesh.Bypass{
			Direction: mesh.Inwards, Ports: []string{"*"}, Effective: truth.Unknown, Explicit: s.own,
			Why: []mesh.Step{s.step(ruleBypassInterface, "connections through interfaces "+s.value+" are not redirected")},
			Unknown: []mesh.Gap{{
				Reason: source.ProblemIncomplete, Object: s.object, Loc: s.loc,
				Detail: "which connections use interfaces " + s.value + " cannot be seen in the input",
			}},
		})
	}
	return append(all, userBypasses(p)...)
}

func (s setting) step(rule, detail string) mesh.Step {
	return mesh.Step{Rule: rule, Object: s.object, Loc: s.loc, Detail: detail}
}

// inboundBypasses compares the inbound lists with the default, which takes every port in.
func inboundBypasses(p *mesh.Pod, c capture) []mesh.Bypass {
	var all []mesh.Bypass
	includesAll := c.includeIn.value == "*"
	if !includesAll {
		all = append(all, mesh.Bypass{
			Direction: mesh.Inwards, Ports: left(p, parsePorts(c.includeIn.value)), Effective: truth.True, Explicit: c.includeIn.own,
			Why: []mesh.Step{c.includeIn.step(ruleBypassPorts, "only inbound ports "+quoted(c.includeIn.value)+" are redirected to the sidecar")},
		})
	}
	if excluded := userPorts(p, c.excludeIn.value); len(excluded) > 0 {
		detail := "inbound ports " + strings.Join(excluded, ",") + " are excluded from redirection"
		if !includesAll {
			detail += ", which changes nothing because a list of included ports is set"
		}
		all = append(all, mesh.Bypass{
			Direction: mesh.Inwards, Ports: excluded, Effective: truth.Of(includesAll), Explicit: c.excludeIn.own,
			Why: []mesh.Step{c.excludeIn.step(ruleBypassPorts, detail)},
		})
	}
	return all
}

// left names the pod's declared ports that are not in the list; "*" when it declares no such port.
func left(p *mesh.Pod, included ports) []string {
	var names []string
	for _, port := range p.Workload.Ports() {
		if port.Protocol == "TCP" && included.has(port.Number) == truth.False {
			names = append(names, strconv.Itoa(int(port.Number)))
		}
	}
	if len(names) == 0 {
		return []string{"*"}
	}
	return names
}

// userPorts are the entries of a list of excluded ports that are not the sidecar's own.
func userPorts(p *mesh.Pod, list string) []string {
	own := ownPorts(p)
	ps := parsePorts(list)
	var names []string
	for _, n := range ps.numbers {
		if !slices.Contains(own, n) {
			names = append(names, strconv.Itoa(int(n)))
		}
	}
	return append(names, ps.bad...)
}

// ownPorts are the sidecar's own ports, which istio-cni writes into the annotation of excluded ports.
func ownPorts(p *mesh.Pod) []uint16 {
	return slices.Concat(parsePorts(p.Annotations[annotationStatusPort]).numbers, parsePorts(defaultStatusPort).numbers, alwaysExcluded)
}

func outboundBypasses(c capture) []mesh.Bypass {
	var all []mesh.Bypass
	add := func(b mesh.Bypass, s setting, rule, detail string) {
		b.Direction, b.Effective, b.Explicit, b.Why = mesh.Outwards, truth.True, s.own, []mesh.Step{s.step(rule, detail)}
		all = append(all, b)
	}
	if ps := list(c.excludeOut.value); len(ps) > 0 {
		add(mesh.Bypass{Ports: ps}, c.excludeOut, ruleBypassPorts, "connections to ports "+strings.Join(ps, ",")+" leave the pod around the sidecar")
	}
	if rs := list(c.excludeRanges.value); len(rs) > 0 {
		add(mesh.Bypass{CIDRs: rs}, c.excludeRanges, ruleBypassRanges, "connections to "+strings.Join(rs, ",")+" leave the pod around the sidecar")
	}
	if v := c.includeRanges.value; v != "*" {
		detail := "only connections to " + quoted(v) + " are redirected to the sidecar; the rest leaves the pod around it"
		if ps := list(c.includeOut.value); len(ps) > 0 {
			detail += ", but for ports " + strings.Join(ps, ",")
		}
		add(mesh.Bypass{CIDRs: []string{"*"}}, c.includeRanges, ruleBypassRanges, detail)
	}
	return all
}

// list splits a comma-separated setting.
func list(value string) []string {
	var entries []string
	for e := range strings.SplitSeq(value, ",") {
		if e = strings.TrimSpace(e); e != "" {
			entries = append(entries, e)
		}
	}
	return entries
}

// proxyUser is the user and group whose own connections redirection leaves alone, so that the
// sidecar does not redirect itself (pkg/config/constants DefaultProxyUID).
const proxyUser = 1337

// userBypasses finds application containers that run as the sidecar's user.
func userBypasses(p *mesh.Pod) []mesh.Bypass {
	var all []mesh.Bypass
	for i := range p.Spec.Containers {
		ct := &p.Spec.Containers[i]
		if ct.Name == proxyContainer {
			continue
		}
		loc, ok := runsAsProxy(p, ct, source.Index("spec.containers", i))
		if !ok {
			continue
		}
		all = append(all, mesh.Bypass{
			Direction: mesh.Outwards, Ports: []string{"*"}, Effective: truth.True, Explicit: true,
			Why: []mesh.Step{{
				Rule: ruleBypassUser, Object: p.Object(), Loc: loc,
				Detail: "container " + ct.Name + " runs as the sidecar's user 1337, whose connections are not redirected",
			}},
		})
	}
	return all
}

func runsAsProxy(p *mesh.Pod, ct *kube.Container, path string) (source.Loc, bool) {
	for _, id := range []struct {
		field     string
		own, pods *int64
	}{
		{"runAsUser", ct.SecurityContext.RunAsUser, p.Spec.SecurityContext.RunAsUser},
		{"runAsGroup", ct.SecurityContext.RunAsGroup, p.Spec.SecurityContext.RunAsGroup},
	} {
		switch {
		case id.own != nil && *id.own == proxyUser:
			return p.At(path + ".securityContext." + id.field), true
		case id.own == nil && id.pods != nil && *id.pods == proxyUser:
			return p.At("spec.securityContext." + id.field), true
		}
	}
	return source.Loc{}, false
}

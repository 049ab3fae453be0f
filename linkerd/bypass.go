package linkerd

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Bypasses lists the traffic of the pod that goes around its proxy. The proxy's own ports are among it and
// have no effect: nothing redirects connections to them, and the proxy answers itself. So are addresses
// outside of clusterNetworks, to which the proxy hands on what it gets as it is.
func (l *Layer) Bypasses(p *mesh.Pod, e mesh.Enrolment) []mesh.Bypass {
	if !meshed(e.Mode) || p.Machine {
		return nil
	}
	c := l.config(p)
	return slices.Concat(
		c.skippedPorts(mesh.Inwards, annotationSkipInbound, c.skipInbound),
		c.skippedSubnets(),
		l.ownPorts(p, e),
		datagrams(p),
		l.unredirected(p),
		c.skippedPorts(mesh.Outwards, annotationSkipOutbound, c.skipOutbound),
		l.outsideNetworks(),
		c.sameUser(),
		l.otherFamily(p),
	)
}

// effective is that of a setting that counts: Unknown where it is not sure that it was there in time.
func (c *podConfig) effective() truth.Value {
	if len(c.redirection.gaps) > 0 {
		return truth.Unknown
	}
	return truth.True
}

// skippedPorts are the ports that redirection leaves out, as the setting or the chart's default names them.
func (c *podConfig) skippedPorts(d mesh.Direction, key string, ports portSet) []mesh.Bypass {
	if len(ports) == 0 {
		return nil
	}
	rule, what := ruleInboundSkipped, " reach the pod around the proxy: "
	if d == mesh.Outwards {
		rule, what = ruleOutboundSkipped, " leave the pod around the proxy: "
	}
	why := c.causes(key)
	why[0].Rule, why[0].Detail = rule, "connections to ports "+ports.String()+what+why[0].Detail
	return []mesh.Bypass{{
		Direction: d, Ports: ports.words(), Effective: c.effective(), Explicit: c.asked(key),
		Why: why, Unknown: c.redirection.gaps,
	}}
}

// skippedSubnets are the ranges from which connections are not redirected; connections to them are
// (linkerd2-proxy-init pkg/iptables/iptables.go addIncomingTrafficRules).
func (c *podConfig) skippedSubnets() []mesh.Bypass {
	if len(c.skipSubnets) == 0 {
		return nil
	}
	var ranges []string
	for _, s := range c.skipSubnets {
		ranges = append(ranges, s.String())
	}
	why := c.causes(annotationSkipSubnets)
	why[0].Rule = ruleSkippedSubnet
	why[0].Detail = "connections from " + strings.Join(ranges, ",") + " reach the pod around the proxy: " + why[0].Detail
	return []mesh.Bypass{{
		Direction: mesh.Inwards, CIDRs: ranges, Effective: c.effective(), Explicit: c.asked(annotationSkipSubnets),
		Why: why, Unknown: c.redirection.gaps,
	}}
}

func (l *Layer) ownPorts(p *mesh.Pod, e mesh.Enrolment) []mesh.Bypass {
	own := l.proxyPorts(mesh.Party{Pod: p, Enrolment: e})
	v := l.settings.values.Proxy.Ports
	ports := []string{strconv.Itoa(int(cmp.Or(own.control, v.Control))), strconv.Itoa(int(cmp.Or(own.admin, v.Admin)))}
	return []mesh.Bypass{{
		Direction: mesh.Inwards, Ports: ports, Effective: truth.False,
		Why: []mesh.Step{{
			Rule: ruleOwnPorts, Object: p.Object(),
			Detail: "ports " + strings.Join(ports, ",") + " are the proxy's own: they are not redirected, and the proxy applies policies to them itself",
		}},
	}}
}

// datagrams are the UDP ports that containers declare: redirection takes TCP only.
func datagrams(p *mesh.Pod) []mesh.Bypass {
	var all []mesh.Bypass
	for i, ct := range p.Spec.Containers {
		for j, port := range ct.Ports {
			if port.Protocol != "UDP" {
				continue
			}
			at := source.Index(source.Index("spec.containers", i)+".ports", j)
			all = append(all, mesh.Bypass{
				Direction: mesh.Inwards, Ports: []string{strconv.Itoa(int(port.ContainerPort)) + "/udp"}, Effective: truth.True, Explicit: true,
				Why: []mesh.Step{{Rule: ruleUDP, Object: p.Object(), Loc: p.At(at), Detail: "proxies handle TCP only: UDP reaches the pod as it is"}},
			})
		}
	}
	return all
}

// unredirected tells of a pod that nothing seems to redirect: it has neither linkerd-init nor the container
// that checks what the CNI plugin did.
func (l *Layer) unredirected(p *mesh.Pod) []mesh.Bypass {
	if l.asksInjector(p) || hasInit(p, containerInit) || hasInit(p, containerValidator) || l.settings.values.CNIEnabled {
		return nil
	}
	step := mesh.Step{
		Rule: ruleNotRedirected, Object: p.Object(), Loc: p.At("spec.initContainers"),
		Detail: "the pod has neither " + containerInit + " nor " + containerValidator + ": nothing in it redirects its traffic to the proxy",
	}
	gap := mesh.Gap{Reason: source.ProblemIncomplete, Object: p.Object(), Loc: step.Loc, Detail: "whether a CNI plugin redirects the pod's traffic is not known"}
	of := func(d mesh.Direction) mesh.Bypass {
		return mesh.Bypass{Direction: d, Ports: []string{"*"}, Effective: truth.Unknown, Explicit: true, Why: []mesh.Step{step}, Unknown: []mesh.Gap{gap}}
	}
	return []mesh.Bypass{of(mesh.Inwards), of(mesh.Outwards)}
}

func (l *Layer) outsideNetworks() []mesh.Bypass {
	if l.settings.networks.all() {
		return nil
	}
	return []mesh.Bypass{{
		Direction: mesh.Outwards, CIDRs: []string{"*"}, Effective: truth.False,
		Why: []mesh.Step{l.settings.at(ruleOutsideNetworks, "the proxy begins no mutual TLS to addresses outside of clusterNetworks, "+l.settings.values.ClusterNetworks)},
	}}
}

// sameUser finds application containers that run as the proxy's user or group: redirection takes their
// connections for the proxy's own (linkerd2-proxy-init pkg/iptables/iptables.go addOutgoingTrafficRules).
func (c *podConfig) sameUser() []mesh.Bypass {
	user, group := c.proxyIDs()
	var all []mesh.Bypass
	for i := range c.pod.Spec.Containers {
		ct := &c.pod.Spec.Containers[i]
		field := runsAs(c.pod, ct, user, group)
		if field == "" || isOwn(*ct) {
			continue
		}
		if strings.HasPrefix(field, "securityContext.") {
			field = source.Index("spec.containers", i) + "." + field
		}
		all = append(all, mesh.Bypass{
			Direction: mesh.Outwards, Ports: []string{"*"}, Effective: truth.True, Explicit: true,
			Why: []mesh.Step{{
				Rule: ruleProxyUser, Object: c.pod.Object(), Loc: c.pod.At(field),
				Detail: "container " + ct.Name + " runs as the proxy's own user or group, whose connections are not redirected",
			}},
		})
	}
	return all
}

// runsAs is the field that gives a container the proxy's user or group; empty when none does.
func runsAs(p *mesh.Pod, ct *kube.Container, user, group int64) string {
	own, pods := ct.SecurityContext, p.Spec.SecurityContext
	switch {
	case own.RunAsUser != nil && *own.RunAsUser == user:
		return "securityContext.runAsUser"
	case own.RunAsUser == nil && pods.RunAsUser != nil && *pods.RunAsUser == user:
		return "spec.securityContext.runAsUser"
	case own.RunAsGroup != nil && group > 0 && *own.RunAsGroup == group:
		return "securityContext.runAsGroup"
	case own.RunAsGroup == nil && group > 0 && pods.RunAsGroup != nil && *pods.RunAsGroup == group:
		return "spec.securityContext.runAsGroup"
	default:
		return ""
	}
}

// proxyIDs are the user and the group of the proxy; a group of 0 or less is none.
func (c *podConfig) proxyIDs() (user, group int64) {
	v := c.layer.settings.values.Proxy
	user, group = *v.UID, *v.GID
	if n, err := strconv.ParseInt(c.annotations[annotationProxyUID], 10, 64); err == nil {
		user = n
	}
	if n, err := strconv.ParseInt(c.annotations[annotationProxyGID], 10, 64); err == nil && c.layer.settings.release.since(16) {
		group = n
	}
	return user, group
}

// otherFamily tells of a pod with an address of IPv6 where only IPv4 is redirected.
func (l *Layer) otherFamily(p *mesh.Pod) []mesh.Bypass {
	step, around := l.ipv6Step(p)
	if around == truth.False || !slices.ContainsFunc(p.Addrs, func(a netip.Addr) bool { return a.Is6() && !a.Is4In6() }) {
		return nil
	}
	var gaps []mesh.Gap
	if around == truth.Unknown {
		gaps = []mesh.Gap{{Reason: source.ProblemIncomplete, Object: p.Object(), Detail: step.Detail}}
	}
	of := func(d mesh.Direction) mesh.Bypass {
		return mesh.Bypass{Direction: d, CIDRs: []string{"::/0"}, Effective: around, Why: []mesh.Step{step}, Unknown: gaps}
	}
	return []mesh.Bypass{of(mesh.Inwards), of(mesh.Outwards)}
}

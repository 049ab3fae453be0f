package istio

import (
	"slices"
	"strings"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// dial is how an Envoy proxy opens connections to a port of a host: the settings of its cluster.
type dial struct {
	rule     *mergedRule // the DestinationRule that counts; nil for none
	tls      clientTLS   // what it says of the port
	auto     truth.Value // Istio begins mutual TLS of its own accord
	autoWhy  mesh.Step
	autoGaps []mesh.Gap
	hbone    truth.Value // the proxy may send HBONE
	unsent   bool        // it may not, and its endpoints are written as if it might
	prefers  bool        // and does so before the older mutual TLS
	sidecar  bool        // the proxy is a sidecar, which gets no credentials by name
	waypoint bool        // the proxy is a waypoint, which knows HBONE and plaintext only
	passes   bool        // connections go to the address that the client chose; endpoints are not told apart
}

// to is what the proxy sends to an endpoint.
// pilot/pkg/networking/core/cluster_tls.go buildUpstreamTLSSettings and applyUpstreamTLSSettings.
func (d dial) to(ep *endpoint) mesh.Sending {
	if d.waypoint {
		return d.fromWaypoint(ep)
	}
	if d.broken() {
		return mesh.Sending{Wire: mesh.WirePlaintext, Why: []mesh.Step{d.tls.why, {
			Rule:   ruleDestinationRule,
			Detail: "mode MUTUAL without a certificate cannot be configured, and istiod then leaves TLS out",
		}}}
	}
	if !ep.tunnel || d.passes || ep.mtls && !d.prefers {
		return d.without(ep)
	}
	switch d.hbone {
	case truth.True:
		return d.tunnelled()
	case truth.False:
		s := d.without(ep)
		if d.unsent {
			s = mesh.Sending{Why: s.Why, Unknown: append(slices.Clone(s.Unknown), mesh.Gap{
				Reason: source.ProblemUnsupported,
				Detail: "the server takes HBONE, and PILOT_ENABLE_SENDING_HBONE=false leaves proxies without the listener that its endpoints name",
			})}
		}
		return s
	default:
		s := d.without(ep)
		return mesh.Sending{Why: s.Why, Unknown: append(slices.Clone(s.Unknown), mesh.Gap{
			Reason: source.ProblemIncomplete,
			Detail: "the server takes HBONE, and it is not known whether istiod lets proxies send it (PILOT_ENABLE_AMBIENT)",
		})}
	}
}

// broken reports whether istiod cannot make the rule's TLS.
func (d dial) broken() bool {
	t := d.tls.cluster
	return t.GetMode() == tlsMutual && t.GetCredentialName() == "" && (t.GetClientCertificate() == "" || t.GetPrivateKey() == "")
}

// withheld reports whether the rule names credentials that istiod does not give to a sidecar, so that
// its TLS is left out: those of a rule for all clients.
// pilot/pkg/networking/core/cluster_tls.go buildUpstreamClusterTLSContext.
func (d dial) withheld() bool {
	t := d.tls.cluster
	name := t.GetCredentialName()
	return d.sidecar && name != "" && !strings.HasPrefix(name, "configmap://") && !d.rule.first.selects &&
		(t.GetMode() == tlsSimple || t.GetMode() == tlsMutual)
}

// tunnelled is what the proxy sends to a pod that takes HBONE: the tunnel stands in for every mode,
// and TLS that the rule asks for travels inside.
func (d dial) tunnelled() mesh.Sending {
	s := mesh.Sending{Wire: mesh.WireTunnel, Port: tunnelPort, Why: []mesh.Step{{
		Rule: ruleHBONE, Detail: "the server takes HBONE, which counts before DestinationRules and PeerAuthentications",
	}}}
	if t := d.tls.cluster; t != nil && !d.withheld() {
		s.Inside = ownTLS(t.GetMode())
	}
	if d.tls.why.Rule != "" {
		s.Why = append(s.Why, d.tls.why)
	}
	return s
}

// ownTLS is the wire of TLS that is not the mesh's; WireUnknown for the modes that are.
func ownTLS(mode tlsMode) mesh.Wire {
	switch mode {
	case tlsSimple:
		return mesh.WireTLS
	case tlsMutual:
		return mesh.WireTLSMutual
	default:
		return mesh.WireUnknown
	}
}

// without is what the proxy sends where it does not use HBONE.
func (d dial) without(ep *endpoint) mesh.Sending {
	t := d.tls.cluster
	if t == nil {
		return ep.vouched(d.automatic(ep))
	}
	why := []mesh.Step{d.tls.why}
	switch t.GetMode() {
	case tlsDisable:
		return mesh.Sending{Wire: mesh.WirePlaintext, Why: why}
	case tlsIstioMutual:
		return d.verified(ep, t, why)
	default:
	}
	if d.withheld() {
		return mesh.Sending{Wire: mesh.WirePlaintext, Why: append(why, mesh.Step{
			Rule: ruleCredential, Object: d.tls.why.Object, Loc: d.tls.why.Loc,
			Detail: "a sidecar gets the credential " + quoted(t.GetCredentialName()) + " only from a rule with a workloadSelector; TLS is silently left out",
		})}
	}
	return mesh.Sending{Wire: ownTLS(t.GetMode()), Why: why}
}

// verified is the mesh's mutual TLS as a rule asks for it. A rule that lists names has the client
// refuse a server whose certificate bears another; insecureSkipVerify, which other modes heed, changes
// nothing about that. pilot/pkg/networking/core/cluster_tls.go buildUpstreamClusterTLSContext.
func (d dial) verified(ep *endpoint, t *networkingv1alpha3.ClientTLSSettings, why []mesh.Step) mesh.Sending {
	names := t.GetSubjectAltNames()
	if len(names) == 0 {
		return ep.vouched(mesh.Sending{Wire: mesh.WireMesh, Why: why})
	}
	if ep.identity == "" || slices.Contains(names, ep.identity) {
		s := mesh.Sending{Wire: mesh.WireMesh, Why: why}
		if len(names) == 1 {
			s.Expects = names[0]
		}
		return s
	}
	return mesh.Sending{Wire: mesh.WireNothing, Why: append(why, mesh.Step{
		Rule: ruleDestinationRule, Object: d.tls.why.Object, Loc: d.tls.why.Loc,
		Detail: "the rule's subjectAltNames do not have the server's identity " + ep.identity + ", so the client ends the handshake",
	})}
}

// vouched leaves out mutual TLS to a server that the client does not take for the one it looks for: it
// expects the names of the Service's accounts in its own trust domain and the aliases of that.
// pilot/pkg/model/push_context.go addServiceAccounts.
func (ep *endpoint) vouched(s mesh.Sending) mesh.Sending {
	if !ep.stranger || s.Wire != mesh.WireMesh {
		return s
	}
	return mesh.Sending{Wire: mesh.WireNothing, Why: append(slices.Clone(s.Why), mesh.Step{
		Rule:   ruleTrustDomain,
		Detail: "the client's control plane knows neither the trust domain of the server's identity " + ep.identity + " nor an alias for it, so the client ends the handshake",
	})}
}

// automatic is what the proxy sends where no rule has a word: mutual TLS to endpoints that take it.
func (d dial) automatic(ep *endpoint) mesh.Sending {
	plain := func(why ...mesh.Step) mesh.Sending {
		if d.tls.why.Rule != "" {
			why = append([]mesh.Step{d.tls.why}, why...)
		}
		return mesh.Sending{Wire: mesh.WirePlaintext, Why: why}
	}
	switch {
	case d.auto == truth.False:
		return plain(d.autoWhy)
	case !d.passes && !ep.mtls:
		return plain(ep.why...)
	case d.auto == truth.Unknown:
		return mesh.Sending{Why: []mesh.Step{d.autoWhy}, Unknown: d.autoGaps}
	case d.passes:
		return mesh.Sending{Wire: mesh.WireMesh, Why: []mesh.Step{d.autoWhy}}
	case d.tls.endpoint != nil: // a port-level entry without tls, over a rule that has it
		if d.tls.endpoint.GetMode() == tlsIstioMutual {
			return mesh.Sending{Wire: mesh.WireMesh, Why: append([]mesh.Step{d.tls.why}, ep.why...)}
		}
		return plain()
	case ep.disabled == truth.True:
		return plain(ep.why...)
	case ep.disabled == truth.Unknown:
		return mesh.Sending{Why: ep.why, Unknown: ep.gaps}
	default:
		return mesh.Sending{Wire: mesh.WireMesh, Why: ep.why}
	}
}

// fromWaypoint is what a waypoint sends: HBONE to pods that take it, else the bytes as they are, with
// the TLS that a rule asks for, if any. The mesh's older mutual TLS is not among its words.
// pilot/pkg/networking/core/cluster_waypoint.go buildWaypointInboundVIPCluster.
func (d dial) fromWaypoint(ep *endpoint) mesh.Sending {
	inside := mesh.WireUnknown
	if t := d.tls.cluster; t != nil && !d.broken() {
		inside = ownTLS(t.GetMode())
	}
	if ep.tunnel {
		return mesh.Sending{Wire: mesh.WireTunnel, Port: tunnelPort, Inside: inside, Why: []mesh.Step{{
			Rule: ruleHBONE, Detail: "the server takes HBONE from the waypoint",
		}}}
	}
	s := mesh.Sending{Wire: mesh.WirePlaintext, Why: []mesh.Step{{
		Rule: ruleHBONE, Detail: "the server does not take HBONE, and a waypoint has no other mutual TLS",
	}}}
	if inside != mesh.WireUnknown {
		s.Wire, s.Why = inside, []mesh.Step{d.tls.why}
	}
	return s
}

package linkerd

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// plane is an installation with what was read of it.
type plane struct {
	*installation
	authority *authority
	declared  instances
}

// describe makes the answer; first is the installation that counts.
func (p *plane) describe(l *Layer, first *installation) mesh.ControlPlane {
	s := p.settings
	cp := mesh.ControlPlane{
		Mesh: Name, Namespace: p.namespace, Version: s.version, TrustDomain: s.trustDomain(), Assumed: p.assumed,
		Replicas: p.declared.weakest(l.cluster), CA: p.authority.ca, Admission: p.authority.webhooks,
		Why: p.why(l.webhook), Unknown: s.notUnderstood(),
	}
	if minor := s.release.minor; minor != 0 && (minor < oldestMinor || minor > newestMinor) {
		cp.Unknown = append(cp.Unknown, mesh.Gap{
			Reason: source.ProblemUnsupported, Object: s.object.Ref, Loc: s.object.At("data.values"),
			Detail: fmt.Sprintf("Linkerd %s is installed; the rules are known for 2.%d to 2.%d", s.version, oldestMinor, newestMinor),
		})
	}
	if p.installation == first {
		cp.Links = l.otherClusters()
	} else {
		const detail = "all pods are judged by the control plane in namespace "
		cp.Why = append([]mesh.Step{s.at(ruleOtherInstallation, detail+first.namespace)}, cp.Why...)
		cp.Unknown = append(cp.Unknown, mesh.Gap{
			Reason: source.ProblemUnsupported, Object: p.object(), Detail: detail + first.namespace + "; what this one does to them is not evaluated",
		})
	}
	return cp
}

// object is what shows the installation.
func (in *installation) object() source.Ref {
	if !in.config.Ref.IsZero() {
		return in.config.Ref
	}
	for _, w := range in.parts {
		if w != nil {
			return w.Object()
		}
	}
	return source.Ref{}
}

// why names what the whole installation is set to, the chart's defaults as well as what it says.
func (p *plane) why(hook *injectorHook) []mesh.Step {
	s := p.settings
	given, v := &s.given, &s.values
	steps := make([]mesh.Step, 0, 16)
	add := func(rule string, isGiven bool, detail string) {
		if !isGiven && s.found() {
			detail += " (the chart's default)"
		}
		steps = append(steps, s.at(rule, detail))
	}
	switch {
	case s.found():
		steps = append(steps, s.at(ruleConfig, "the control plane's configuration"))
	case !p.assumed:
		steps = append(steps, mesh.Step{Rule: ruleControlPlane, Object: p.object(), Detail: "the control plane runs here"})
	}
	add(ruleTrustDomain, given.IdentityTrustDomain != "" || given.ClusterDomain != "", "identityTrustDomain "+s.trustDomain()+": identities end in identity."+s.namespace+"."+s.trustDomain())
	add(ruleClusterNetworks, given.ClusterNetworks != "", "clusterNetworks "+v.ClusterNetworks+": to other addresses proxies send no mutual TLS")
	if ports := *v.ProxyInit.IgnoreInboundPorts; ports != "" {
		add(ruleSkippedByDefault, given.ProxyInit.IgnoreInboundPorts != nil, "proxyInit.ignoreInboundPorts "+ports+": connections to these ports of a pod go around its proxy, unless the pod names others")
	}
	if ports := *v.ProxyInit.IgnoreOutboundPorts; ports != "" {
		add(ruleSkippedByDefault, given.ProxyInit.IgnoreOutboundPorts != nil, "proxyInit.ignoreOutboundPorts "+ports+": connections of a pod to these ports go around its proxy, unless the pod names others")
	}
	add(ruleInboundByDefault, given.Proxy.DefaultInboundPolicy != "", "proxy.defaultInboundPolicy "+v.Proxy.DefaultInboundPolicy+": it holds for ports without a Server, unless the pod names another")
	add(ruleProbeNetworks, given.PolicyController.ProbeNetworks != nil, "policyController.probeNetworks "+list(*v.PolicyController.ProbeNetworks)+": from there probes are let through")
	steps = append(steps, p.failure(hook))
	p.redirection(add)
	available := "highAvailability false: one part that is away may stop certificates, discovery or injection"
	if v.HighAvailability {
		available = "highAvailability true: the parts are meant to run several times each"
	}
	add(ruleHighAvailability, true, available)
	return steps
}

// failure says what becomes of pods while the injector is away: as the webhook has it, and where that is not in
// the input as the chart's values make it (charts/linkerd-control-plane/templates/proxy-injector-rbac.yaml).
func (p *plane) failure(hook *injectorHook) mesh.Step {
	policy := cmp.Or(hook.failure, p.settings.values.WebhookFailurePolicy)
	detail := "webhookFailurePolicy " + policy + ": while the injector is away no pod starts that it is asked about"
	if policy != "Fail" {
		detail = "webhookFailurePolicy " + policy + ": while the injector is away pods start outside the mesh, and nothing on them shows it"
	}
	if hook.failure != "" {
		return mesh.Step{Rule: ruleWebhookFailure, Object: hook.object, Loc: hook.failLoc, Detail: detail}
	}
	if p.settings.found() && p.settings.given.WebhookFailurePolicy == "" {
		detail += " (the chart's default)"
	}
	return p.settings.at(ruleWebhookFailure, detail)
}

// redirection says how traffic comes to the proxies and goes between them.
func (p *plane) redirection(add func(rule string, given bool, detail string)) {
	given, v := &p.settings.given, &p.settings.values
	by := "cniEnabled false: an init container of each pod redirects its traffic"
	if v.CNIEnabled {
		by = "cniEnabled true: the CNI plugin redirects the traffic of pods"
	}
	add(ruleCNI, true, by)
	native := "proxy.nativeSidecar false: proxies are ordinary containers, unless the pod asks for a native sidecar"
	if *v.Proxy.NativeSidecar {
		native = "proxy.nativeSidecar true: proxies are native sidecars, unless the pod asks for an ordinary container"
	}
	add(ruleNativeByDefault, given.Proxy.NativeSidecar != nil, native)
	wire := "proxy.outboundTransportMode " + v.Proxy.OutboundTransportMode + ": connections between proxies go to the pod's inbound port 4143"
	if v.Proxy.OutboundTransportMode != "transport-header" {
		wire = "proxy.outboundTransportMode " + v.Proxy.OutboundTransportMode + ": connections between proxies go to the ports that clients ask for, but for opaque ones"
	}
	add(ruleOutboundTransport, given.Proxy.OutboundTransportMode != "", wire)
}

// list joins words; no word is said as such.
func list(words []string) string {
	if len(words) == 0 {
		return "nowhere"
	}
	return strings.Join(words, ",")
}

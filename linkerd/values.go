package linkerd

import (
	"cmp"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/meshposture/meshposture/internal/yamldoc"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// values are the chart's values that the adapter reads, by the names that the chart gives them. Pointers
// are nil, and words empty, for what the ConfigMap does not say.
type values struct {
	LinkerdVersion          string `json:"linkerdVersion"`
	ClusterDomain           string `json:"clusterDomain"`
	ClusterNetworks         string `json:"clusterNetworks"`
	IdentityTrustDomain     string `json:"identityTrustDomain"`
	IdentityTrustAnchorsPEM string `json:"identityTrustAnchorsPEM"`
	CNIEnabled              bool   `json:"cniEnabled"`
	DisableIPv6             *bool  `json:"disableIPv6"`
	WebhookFailurePolicy    string `json:"webhookFailurePolicy"`
	ControllerReplicas      *int   `json:"controllerReplicas"`
	HighAvailability        bool   `json:"highAvailability"`

	Proxy struct {
		DefaultInboundPolicy          string  `json:"defaultInboundPolicy"`
		OpaquePorts                   *string `json:"opaquePorts"`
		NativeSidecar                 *bool   `json:"nativeSidecar"`
		OutboundTransportMode         string  `json:"outboundTransportMode"`
		RequireIdentityOnInboundPorts string  `json:"requireIdentityOnInboundPorts"`
		EnableShutdownEndpoint        *bool   `json:"enableShutdownEndpoint"`
		Await                         *bool   `json:"await"`
		UID                           *int64  `json:"uid"`
		GID                           *int64  `json:"gid"` // negative for none
		Ports                         struct {
			Admin    uint16 `json:"admin"`
			Control  uint16 `json:"control"`
			Inbound  uint16 `json:"inbound"`
			Outbound uint16 `json:"outbound"`
		} `json:"ports"`
		Image struct {
			Version string `json:"version"`
		} `json:"image"`
	} `json:"proxy"`

	ProxyInit struct {
		IgnoreInboundPorts  *string `json:"ignoreInboundPorts"`
		IgnoreOutboundPorts *string `json:"ignoreOutboundPorts"`
		SkipSubnets         string  `json:"skipSubnets"`
		IPTablesMode        string  `json:"iptablesMode"`
	} `json:"proxyInit"`

	PolicyController struct {
		ProbeNetworks *[]string `json:"probeNetworks"`
	} `json:"policyController"`

	Identity struct {
		ExternalCA                    bool  `json:"externalCA"`
		ServiceAccountTokenProjection *bool `json:"serviceAccountTokenProjection"`
		Issuer                        struct {
			Scheme             string `json:"scheme"`
			ClockSkewAllowance string `json:"clockSkewAllowance"`
			IssuanceLifetime   string `json:"issuanceLifetime"`
			TLS                struct {
				CrtPEM string `json:"crtPEM"`
			} `json:"tls"`
		} `json:"issuer"`
	} `json:"identity"`

	ProxyInjector    webhookValues `json:"proxyInjector"`
	ProfileValidator webhookValues `json:"profileValidator"`
	PolicyValidator  webhookValues `json:"policyValidator"`

	Egress struct {
		GlobalEgressNetworkNamespace string `json:"globalEgressNetworkNamespace"`
	} `json:"egress"`
}

// webhookValues are those of one of the control plane's webhooks.
type webhookValues struct {
	CrtPEM            string              `json:"crtPEM"`
	NamespaceSelector *kube.LabelSelector `json:"namespaceSelector"`
	ObjectSelector    *kube.LabelSelector `json:"objectSelector"` // the injector's only
}

// readValues reads the values; where the text is not understood, what could be read is in them all the same,
// and a gap says so.
func (c *compiler) readValues(o source.Object, text string, gaps []mesh.Gap) (values, []mesh.Gap) {
	var v values
	if text == "" {
		return v, gaps
	}
	data, dups, err := yamldoc.ToJSON([]byte(text), yamldoc.Limits{})
	if err != nil {
		return v, append(gaps, c.report(source.ProblemSyntax, o, "data.values", err.Error()))
	}
	for _, d := range dups {
		c.report(source.ProblemDuplicate, o, "data.values", d.Path+": the key stands twice; the later one counts")
	}
	if err := json.Unmarshal(data, &v, jsontext.AllowDuplicateNames(true)); err != nil {
		gaps = append(gaps, c.report(source.ProblemWrongType, o, "data.values", err.Error()))
	}
	return v, gaps
}

// withDefaults fills in the chart's defaults of a release.
func (v values) withDefaults(r release) values {
	v.ClusterDomain = cmp.Or(v.ClusterDomain, "cluster.local")
	if v.ClusterNetworks == "" {
		v.ClusterNetworks = "10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16"
		if r.since(16) {
			v.ClusterNetworks += ",fd00::/8"
		}
	}
	v.WebhookFailurePolicy = cmp.Or(v.WebhookFailurePolicy, "Ignore")
	p := &v.Proxy
	p.DefaultInboundPolicy = cmp.Or(p.DefaultInboundPolicy, policyAllOpen)
	p.OpaquePorts = cmp.Or(p.OpaquePorts, new("25,587,3306,4444,5432,6379,9300,11211"))
	p.NativeSidecar = cmp.Or(p.NativeSidecar, new(r.since(20)))
	p.EnableShutdownEndpoint = cmp.Or(p.EnableShutdownEndpoint, new(!r.since(16)))
	p.Await = cmp.Or(p.Await, new(true))
	p.UID = cmp.Or(p.UID, new(int64(2102)))
	p.GID = cmp.Or(p.GID, new(int64(-1)))
	p.Ports.Admin = cmp.Or(p.Ports.Admin, 4191)
	p.Ports.Control = cmp.Or(p.Ports.Control, 4190)
	p.Ports.Inbound = cmp.Or(p.Ports.Inbound, 4143)
	p.Ports.Outbound = cmp.Or(p.Ports.Outbound, 4140)
	if p.OutboundTransportMode == "" {
		p.OutboundTransportMode = "transparent"
		if r.since(18) {
			p.OutboundTransportMode = "transport-header"
		}
	}
	v.ProxyInit.IgnoreInboundPorts = cmp.Or(v.ProxyInit.IgnoreInboundPorts, new("4567,4568"))
	v.ProxyInit.IgnoreOutboundPorts = cmp.Or(v.ProxyInit.IgnoreOutboundPorts, new("4567,4568"))
	v.PolicyController.ProbeNetworks = cmp.Or(v.PolicyController.ProbeNetworks, &[]string{"0.0.0.0/0", "::/0"})
	v.Identity.ServiceAccountTokenProjection = cmp.Or(v.Identity.ServiceAccountTokenProjection, new(true))
	v.Identity.Issuer.Scheme = cmp.Or(v.Identity.Issuer.Scheme, schemeLinkerd)
	v.Egress.GlobalEgressNetworkNamespace = cmp.Or(v.Egress.GlobalEgressNetworkNamespace, "linkerd-egress")
	return v
}

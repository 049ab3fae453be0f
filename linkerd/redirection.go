package linkerd

import (
	"cmp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// redirection is what sets up a pod's iptables, with the lists it was given: linkerd-init with arguments of
// its own, or what the CNI plugin and the chart have where a pod says nothing.
type redirection struct {
	inbound  string      // ports
	outbound string      // ports
	subnets  string      // of which connections to the pod are left alone
	fixed    bool        // the lists stand in the pod's own arguments, whatever annotations say
	ipv6     truth.Value // whether connections over IPv6 are redirected too
	step     mesh.Step   // that names where the lists stand; the zero Step for the chart's values
	gaps     []mesh.Gap
}

// initArgs reads the arguments of a pod's linkerd-init, which cannot change while the pod runs: false when
// it has none (linkerd2-proxy-init proxy-init/cmd/root.go NewRootCmd).
func initArgs(p *mesh.Pod) (redirection, bool) {
	i := slices.IndexFunc(p.Spec.InitContainers, func(c kube.Container) bool { return c.Name == containerInit })
	if i < 0 || len(p.Spec.InitContainers[i].Args) == 0 {
		return redirection{}, false
	}
	args := p.Spec.InitContainers[i].Args
	return redirection{
		inbound:  flag(args, "--inbound-ports-to-ignore"),
		outbound: flag(args, "--outbound-ports-to-ignore"),
		subnets:  flag(args, "--subnets-to-ignore"),
		ipv6:     truth.Of(flag(args, "--ipv6") != "false"),
		fixed:    true,
		step:     mesh.Step{Rule: ruleConfig, Object: p.Object(), Loc: p.At(source.Index("spec.initContainers", i) + ".args")},
	}, true
}

// flag joins what all occurrences of a flag say, as "--name value" or "--name=value".
func flag(args []string, name string) string {
	var values []string
	for i, a := range args {
		switch value, ok := strings.CutPrefix(a, name+"="); {
		case ok:
			values = append(values, value)
		case a == name && i+1 < len(args):
			values = append(values, args[i+1])
		}
	}
	return strings.Join(values, ",")
}

const cniConfigName = "linkerd-cni-config"

// cniRedirection reads the configuration of the CNI plugin. Without it, the plugin's chart skips the proxy's
// own ports only (charts/linkerd2-cni/values.yaml and templates/cni-plugin.yaml).
func (c *compiler) cniRedirection() redirection {
	for o := range c.in.Objects.Objects(kube.KindConfigMap) {
		if o.Ref.Name != cniConfigName {
			continue
		}
		cm, problems := kube.Decode[kube.ConfigMap](o)
		c.problems = append(c.problems, problems...)
		const field = "data.cni_network_config"
		var config struct {
			Linkerd struct {
				Inbound  []string `json:"inbound-ports-to-ignore"`
				Outbound []string `json:"outbound-ports-to-ignore"`
				Subnets  []string `json:"subnets-to-ignore"`
				IPv6     bool     `json:"ipv6"`
			} `json:"linkerd"`
		}
		text := cmp.Or(cm.Data["cni_network_config"], "{}")
		if err := json.Unmarshal([]byte(text), &config, jsontext.AllowDuplicateNames(true)); err != nil {
			c.report(source.ProblemSyntax, o, field, "the CNI plugin's configuration is not understood: "+err.Error())
		}
		return redirection{
			inbound:  strings.Join(config.Linkerd.Inbound, ","),
			outbound: strings.Join(config.Linkerd.Outbound, ","),
			subnets:  strings.Join(config.Linkerd.Subnets, ","),
			ipv6:     truth.Of(config.Linkerd.IPv6),
			step:     mesh.Step{Rule: ruleConfig, Object: o.Ref, Loc: o.At(field)},
		}
	}
	return redirection{step: mesh.Step{Rule: ruleConfig}}
}

// byCNI reports whether the CNI plugin, and no init container, redirects the pod's traffic.
func (l *Layer) byCNI(p *mesh.Pod) bool {
	if hasInit(p, containerInit) {
		return false
	}
	return l.settings.values.CNIEnabled || hasInit(p, containerValidator)
}

// redirectionOf is what a pod's iptables are set up by: its own linkerd-init where that tells, else the
// defaults with the pod's annotations, each of which takes the place of a default.
func (l *Layer) redirectionOf(p *mesh.Pod, annotations map[string]string) redirection {
	if r, ok := initArgs(p); ok && !l.asksInjector(p) {
		if !l.settings.release.sinceEdge(16, edition{24, 7, 5}) {
			r.ipv6 = truth.False // releases before knew IPv4 only
		}
		return r
	}
	if l.byCNI(p) {
		return l.cniRedirectionOf(p, annotations)
	}
	v := l.settings.values.ProxyInit
	r := redirection{inbound: *v.IgnoreInboundPorts, outbound: *v.IgnoreOutboundPorts, subnets: v.SkipSubnets}
	r.ipv6 = truth.Of(l.settings.values.DisableIPv6 != nil && !*l.settings.values.DisableIPv6)
	replace := func(list *string, key string) {
		if own, ok := annotations[key]; ok {
			*list = own
		}
	}
	replace(&r.inbound, annotationSkipInbound)
	replace(&r.outbound, annotationSkipOutbound)
	replace(&r.subnets, annotationSkipSubnets)
	return r
}

// cniRedirectionOf is the same where the CNI plugin redirects. It adds inbound ports to its own, passes over
// an empty annotation, and looks for an annotation at the namespace when it makes a pod that has none
// (linkerd2-proxy-init cni-plugin/main.go cmdAdd and getAnnotationOverride).
func (l *Layer) cniRedirectionOf(p *mesh.Pod, annotations map[string]string) redirection {
	r := l.cni
	said := func(key string) string {
		if own := annotations[key]; own != "" {
			return own
		}
		of := p.Namespace.Annotations[key]
		if of == "" || byInjector(p) {
			return "" // the injector would have copied it, had it been there
		}
		if !p.IsTemplate() {
			r.gaps = append(r.gaps, mesh.Gap{
				Reason: source.ProblemIncomplete, Object: p.Namespace.Object(), Loc: p.Namespace.AnnotationLoc(key),
				Detail: "whether the namespace had annotation " + key + " when the pod was made is not known",
			})
		}
		return of
	}
	if in := said(annotationSkipInbound); in != "" {
		r.inbound = strings.Trim(r.inbound+","+in, ",")
	}
	r.outbound = cmp.Or(said(annotationSkipOutbound), r.outbound)
	r.subnets = cmp.Or(said(annotationSkipSubnets), r.subnets)
	return r
}

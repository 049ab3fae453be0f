package linkerd_test

import (
	"slices"
	"strconv"
	"strings"
)

// What the injector does with a pod: pkg/inject/report.go and inject.go of linkerd2.

// oracleEnrolment is what would become of a pod that is made now.
type oracleEnrolment struct {
	injected bool
	reasons  []string // in the words of the cases and in the order of the injector
	mode     string   // enabled or ingress
	as       string   // container or native-sidecar
}

func (w *oracleWorld) namespace(name string) oracleMeta {
	for _, n := range w.namespaces {
		if n.Name == name {
			return n.oracleMeta
		}
	}
	return oracleMeta{Name: name}
}

func (w *oracleWorld) enrol(p *oracleObject[oraclePod]) oracleEnrolment {
	ns := w.namespace(p.Namespace)
	if unasked := w.notCalled(ns, p.oracleMeta); unasked != "" {
		return oracleEnrolment{reasons: []string{unasked}}
	}
	var e oracleEnrolment
	note := func(reason string, holds bool) {
		if holds && reason != "" {
			e.reasons = append(e.reasons, reason)
		}
	}
	note("hostNetwork", p.Spec.HostNetwork)
	note("sidecarExists", w.hasSidecar(p.Spec))
	asked := oracleAsked(ns.Annotations["linkerd.io/inject"], p.Annotations["linkerd.io/inject"])
	note(asked, true)
	if projected := w.config.Identity.Projection; projected != nil && !*projected {
		// The API server has mounted the token when the webhook is asked, but where the pod forbids it.
		note("noServiceAccountToken", p.Spec.Automount != nil && !*p.Spec.Automount)
	}
	if len(e.reasons) > 0 {
		return e
	}
	e.injected, e.mode, e.as = true, "enabled", "container"
	own, has := p.Annotations["linkerd.io/inject"]
	if own == "ingress" || !has && ns.Annotations["linkerd.io/inject"] == "ingress" {
		e.mode = "ingress"
	}
	if w.native(ns.Annotations, p.Annotations) {
		e.as = "native-sidecar"
	}
	return e
}

// notCalled is why the webhook is not asked.
func (w *oracleWorld) notCalled(ns, pod oracleMeta) string {
	if ns.Name == "kube-system" || ns.Name == "cert-manager" || ns.Labels["config.linkerd.io/admission-webhooks"] == "disabled" {
		return "webhook-not-called-namespace"
	}
	for _, key := range []string{"linkerd.io/control-plane-component", "linkerd.io/cni-resource"} {
		if _, has := pod.Labels[key]; has {
			return "webhook-not-called-object"
		}
	}
	return ""
}

// oracleAsked is why the annotations keep the proxy out; empty when they ask for it.
func oracleAsked(ns, pod string) string {
	words := []string{"", "enabled", "disabled", "ingress"}
	switch {
	case !slices.Contains(words, ns):
		return "invalidNamespaceAnnotation"
	case !slices.Contains(words, pod):
		return "invalidWorkloadAnnotation"
	case ns == "enabled" || ns == "ingress":
		if pod == "disabled" {
			return "disabledByWorkload"
		}
	case pod != "enabled" && pod != "ingress":
		return "notEnabled"
	}
	return ""
}

func (w *oracleWorld) hasSidecar(p oraclePod) bool {
	sidecars, inits := p.Containers, p.InitContainers
	if w.since(16) {
		sidecars = slices.Concat(sidecars, inits)
	}
	is := func(list []oracleContainer, images, names []string) bool {
		return slices.ContainsFunc(list, func(c oracleContainer) bool {
			return slices.Contains(names, c.Name) || slices.ContainsFunc(images, func(i string) bool { return strings.HasPrefix(c.Image, i) })
		})
	}
	return is(sidecars, []string{"cr.l5d.io/linkerd/proxy:", "gcr.io/istio-release/proxyv2:"}, []string{"linkerd-proxy", "istio-proxy"}) ||
		is(inits, []string{"cr.l5d.io/linkerd/proxy-init:", "gcr.io/istio-release/proxy_init:"}, []string{"linkerd-init", "istio-init"})
}

// native reports whether the proxy is a native sidecar.
func (w *oracleWorld) native(ns, pod map[string]string) bool {
	const stable, alpha, beta = "config.linkerd.io/proxy-enable-native-sidecar",
		"config.alpha.linkerd.io/proxy-enable-native-sidecar", "config.beta.linkerd.io/proxy-enable-native-sidecar"
	var keys, inherited []string
	byDefault := false
	switch {
	case w.since(20):
		keys, inherited, byDefault = []string{stable, beta, alpha}, []string{stable, alpha}, true
	case w.since(19):
		keys, inherited = []string{beta, alpha}, []string{beta, alpha}
	case w.since(15):
		keys, inherited = []string{alpha}, []string{alpha}
	default:
		return false
	}
	if w.config.Proxy.Native != nil {
		byDefault = *w.config.Proxy.Native
	}
	for _, key := range keys {
		value, has := pod[key]
		if !has && slices.Contains(inherited, key) {
			value, has = ns[key]
		}
		if has {
			if on, err := strconv.ParseBool(value); err == nil {
				return on
			}
			return byDefault
		}
	}
	return byDefault
}

package linkerd

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// staleFirst are the annotations that decide what the mesh lets through, in the order in which they are told;
// other configuration follows by name. Redirection is compared by what it does.
var staleFirst = [...]string{annotationDefaultPolicy, annotationRequireIdentity, annotationOpaquePorts, annotationInject, annotationGateway}

// Stale compares a running pod with what its template would become now; nil when the template would not be
// injected, or when that is not known. A pod that is made anew takes over what the namespace, the template and
// the control plane say now; of the old one nothing changes by itself.
func (l *Layer) Stale(p, template *mesh.Pod) []mesh.Step {
	px, ok := proxyOf(p)
	if !ok || p.Machine || template.Machine {
		return nil
	}
	e := l.Admit(template)
	if e.Mode.Inside() != truth.True {
		return nil
	}
	now, next := l.config(p), l.config(template)
	return slices.Concat(
		staleRedirection(now, next),
		staleAnnotations(now, next),
		l.stalePlacement(p, px, template),
		l.staleTrust(p, template),
		staleVersion(p, px, e),
	)
}

// decides reports whether what a pod would have for an annotation follows from the input: the chart's defaults
// do not where the control plane's configuration is taken for granted.
func (c *podConfig) decides(key string) bool {
	_, own := c.pod.Annotations[key]
	_, inherited := c.pod.Namespace.Annotations[key]
	return own || inherited || c.layer.settings.found() || c.redirection.fixed
}

// staleRedirection compares what goes around the proxy with what would.
func staleRedirection(now, next *podConfig) []mesh.Step {
	var all []mesh.Step
	add := func(key, what, old, made string) {
		if !next.decides(key) {
			return
		}
		step := changed(now, next, key)
		step.Detail = "the pod leaves out " + what + " " + orNone(old) + "; made again it would leave out " + orNone(made)
		all = append(all, step)
	}
	if !now.skipInbound.equal(next.skipInbound) {
		add(annotationSkipInbound, "inbound ports", now.skipInbound.String(), next.skipInbound.String())
	}
	if !now.skipOutbound.equal(next.skipOutbound) {
		add(annotationSkipOutbound, "outbound ports", now.skipOutbound.String(), next.skipOutbound.String())
	}
	if !slices.Equal(now.skipSubnets, next.skipSubnets) {
		add(annotationSkipSubnets, "connections from", now.redirection.subnets, next.redirection.subnets)
	}
	return all
}

func orNone(list string) string {
	if list == "" {
		return "none"
	}
	return list
}

// changed is the step that names where an annotation stands now, else where it stood.
func changed(now, next *podConfig, key string) mesh.Step {
	step := next.loc(key)
	if _, ok := next.annotations[key]; !ok {
		step = now.loc(key)
	}
	step.Rule = ruleStaleConfig
	return step
}

// staleAnnotations compares the configuration that pods have as annotations.
func staleAnnotations(now, next *podConfig) []mesh.Step {
	var all []mesh.Step
	for _, key := range staleKeys(now, next) {
		old, had := now.annotations[key]
		made, has := next.annotations[key]
		same := had == has && old == made || key == annotationInject && (old == injectIngress) == (made == injectIngress)
		if same || key == annotationOpaquePorts && !next.decides(key) {
			continue
		}
		step := changed(now, next, key)
		step.Detail = "the pod has " + annotated(key, old, had) + "; made again it would have " + annotated(key, made, has)
		all = append(all, step)
	}
	return all
}

// staleKeys are the annotations that configure one of two pods in ways that are not compared by what they do:
// those that decide what the mesh lets through first.
func staleKeys(now, next *podConfig) []string {
	keys := map[string]bool{}
	for _, annotations := range []map[string]string{now.annotations, next.annotations} {
		for key := range annotations {
			if isConfig(key) && !isRedirection(key) && !isNative(key) && key != annotationProxyVersion {
				keys[key] = true
			}
		}
	}
	order := func(key string) int {
		if i := slices.Index(staleFirst[:], key); i >= 0 {
			return i
		}
		return len(staleFirst)
	}
	return slices.SortedFunc(maps.Keys(keys), func(a, b string) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), strings.Compare(a, b))
	})
}

func annotated(key, value string, has bool) string {
	if !has {
		return "no annotation " + key
	}
	return key + "=" + value
}

// isConfig reports whether an annotation configures the proxy.
func isConfig(key string) bool {
	return key == annotationInject || strings.HasPrefix(key, prefixConfig) ||
		strings.HasPrefix(key, prefixConfigAlpha) || strings.HasPrefix(key, prefixConfigBeta)
}

func isNative(key string) bool {
	return key == annotationNative || key == annotationNativeBeta || key == annotationNativeAlpha
}

// stalePlacement compares the two places of a proxy.
func (l *Layer) stalePlacement(p *mesh.Pod, px proxy, template *mesh.Pod) []mesh.Step {
	native, known := l.placement(template)
	if !known || px.native == native {
		return nil
	}
	words := map[bool]string{true: "a restartable init container", false: "an ordinary container"}
	return []mesh.Step{{
		Rule: ruleStaleNative, Object: p.Object(), Loc: p.At(px.path),
		Detail: "the proxy is " + words[px.native] + "; made again it would be " + words[native],
	}}
}

// placement reports whether the proxy of pods made now is a restartable init container; false where that does
// not follow from the input.
func (l *Layer) placement(template *mesh.Pod) (native, known bool) {
	if px, ok := proxyOf(template); ok && !l.asksInjector(template) {
		return px.native, true
	}
	c := l.config(template)
	native, _, gaps := l.native(c)
	known = l.settings.found() || slices.ContainsFunc(nativeKeys(l.settings.release), func(key string) bool {
		_, ok := c.annotations[key]
		return ok
	})
	return native, known && len(gaps) == 0
}

// staleVersion compares the versions of the proxy.
func staleVersion(p *mesh.Pod, px proxy, e mesh.Enrolment) []mesh.Step {
	runs := px.version(p)
	if runs == "" || e.Version == "" || runs == e.Version {
		return nil
	}
	return []mesh.Step{{
		Rule: ruleStaleVersion, Object: p.Object(), Loc: p.At(px.path + ".image"),
		Detail: "the proxy is version " + runs + "; made again it would be " + e.Version,
	}}
}

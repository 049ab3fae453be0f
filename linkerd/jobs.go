package linkerd

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Completes says whether a pod ends when its containers do. The kubelet ends a proxy that is a restartable init
// container; one that is an ordinary container runs on until somebody asks it to end, which it does only where
// its endpoint for that is enabled. A call that stands in no command, but perhaps in the image, leaves a gap.
func (l *Layer) Completes(p *mesh.Pod, e mesh.Enrolment) mesh.Completion {
	switch {
	case e.Mode == mesh.ModeNone || p.Machine:
		return mesh.Completion{Completes: truth.True, Why: e.Why}
	case e.Mode == mesh.ModeUnknown:
		return mesh.Completion{Why: e.Why, Unknown: e.Unknown}
	case l.runsNative(p, e):
		return mesh.Completion{Completes: truth.True, Unknown: e.Unknown, Why: []mesh.Step{{
			Rule: ruleCompletion, Object: p.Object(), Detail: "the proxy is a restartable init container, which the kubelet ends after the others",
		}}}
	}
	enabled, step := l.shutdownEnabled(p)
	call := shutdownCall(p)
	switch {
	case !enabled:
		why := mesh.Step{Rule: ruleCompletion, Object: p.Object(), Detail: "the proxy's container keeps the pod running, and its endpoint for ending it is not enabled"}
		return mesh.Completion{Completes: truth.False, Why: []mesh.Step{why, step}, Unknown: l.shutdownGap()}
	case call != "":
		why := mesh.Step{Rule: ruleCompletion, Object: p.Object(), Loc: p.At(call), Detail: "the command ends the proxy when it is done"}
		return mesh.Completion{Completes: truth.True, Why: []mesh.Step{why, step}, Unknown: l.shutdownGap()}
	default:
		why := mesh.Step{Rule: ruleCompletion, Object: p.Object(), Detail: "the proxy's container keeps the pod running, and no command of the pod ends it"}
		return mesh.Completion{Completes: truth.False, Why: []mesh.Step{why}, Unknown: []mesh.Gap{{
			Reason: source.ProblemIncomplete, Object: p.Object(), Loc: p.At("spec.containers"),
			Detail: "whether the containers' images end the proxy of their own accord cannot be seen",
		}}}
	}
}

// runsNative reports whether the proxy is a restartable init container, whatever role it has.
func (l *Layer) runsNative(p *mesh.Pod, e mesh.Enrolment) bool {
	if e.Mode != mesh.ModeGateway {
		return e.Mode == mesh.ModeNativeSidecar
	}
	if px, ok := proxyOf(p); ok && !l.asksInjector(p) {
		return px.native
	}
	native, _, _ := l.native(l.config(p))
	return native
}

// shutdownEnabled reports whether the proxy ends when it is asked to: always before edge-24.6.2, since then where
// the annotation or the chart's value says so (pkg/inject/inject.go ApplyAnnotationOverrides; linkerd2-proxy
// linkerd/app/admin/src/server.rs).
func (l *Layer) shutdownEnabled(p *mesh.Pod) (bool, mesh.Step) {
	if !l.shutdownGuarded() {
		return true, mesh.Step{Rule: ruleCompletion, Detail: "the release's proxies end when they are asked to"}
	}
	c := l.config(p)
	switch word := c.annotations[annotationShutdown]; word {
	case "enabled", "disabled":
		step := c.loc(annotationShutdown)
		step.Rule = ruleCompletion
		return word == "enabled", step
	default:
		on := *l.settings.values.Proxy.EnableShutdownEndpoint
		detail := "proxy.enableShutdownEndpoint is false"
		if on {
			detail = "proxy.enableShutdownEndpoint is true"
		}
		return on, l.settings.at(ruleCompletion, detail)
	}
}

func (l *Layer) shutdownGuarded() bool { return l.settings.release.sinceEdge(16, edition{24, 6, 2}) }

// shutdownGap says that the release is not known, on which it depends whether the endpoint is there, where the
// configuration does not say so itself.
func (l *Layer) shutdownGap() []mesh.Gap {
	if l.settings.given.Proxy.EnableShutdownEndpoint != nil {
		return nil
	}
	return l.settings.vague
}

// shutdownCall finds a container whose command ends the proxy: by linkerd-await, which does so when the command
// that it runs is done, or by a request to the endpoint. It returns the place of the command.
func shutdownCall(p *mesh.Pod) string {
	for i := range p.Spec.Containers {
		ct := &p.Spec.Containers[i]
		if isOwn(*ct) || !awaits(ct) && !requestsShutdown(ct) {
			continue
		}
		if len(ct.Command) > 0 {
			return source.Index("spec.containers", i) + ".command"
		}
		return source.Index("spec.containers", i) + ".args"
	}
	return ""
}

// awaits reports whether the container runs linkerd-await with --shutdown, which a variable can switch off
// (github.com/linkerd/linkerd-await, README).
func awaits(ct *kube.Container) bool {
	off := slices.ContainsFunc(ct.Env, func(e kube.EnvVar) bool {
		return (e.Name == "LINKERD_AWAIT_DISABLED" || e.Name == "LINKERD_DISABLED") && e.Value != ""
	})
	words := strings.Fields(strings.Join(slices.Concat(ct.Command, ct.Args), " "))
	at := slices.IndexFunc(words, func(w string) bool { return w == "linkerd-await" || strings.HasSuffix(w, "/linkerd-await") })
	if off || at < 0 {
		return false
	}
	for _, w := range words[at+1:] {
		if w == "--" {
			return false
		}
		if w == "--shutdown" || w == "-S" {
			return true
		}
	}
	return false
}

// requestsShutdown reports whether a script in the command posts to the endpoint on this pod.
func requestsShutdown(ct *kube.Container) bool {
	script := strings.Join(slices.Concat(ct.Command, ct.Args), " ")
	local := strings.Contains(script, "localhost:") || strings.Contains(script, "127.0.0.1:") || strings.Contains(script, "[::1]:")
	posts := strings.Contains(script, "POST") || strings.Contains(script, "--post") || strings.Contains(script, " -d ")
	return local && posts && strings.Contains(script, "/shutdown")
}

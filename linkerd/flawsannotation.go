package linkerd

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/internal/affected"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// annotationFlaws looks at the annotations of namespaces, workloads and pods. Linkerd tells of those that it
// does not understand at most in a log: a list of ports counts without the bad entries or not at all, and
// other values as if they were not there.
func (f *flawFinder) annotationFlaws() {
	byNamespace := map[*mesh.Namespace][]*mesh.Workload{}
	for w := range f.cluster.Workloads() {
		t := w.Template()
		byNamespace[t.Namespace] = append(byNamespace[t.Namespace], w)
		f.misreadAt(w)
		if !t.Machine {
			f.misplaced(w)
			f.asLabels(t, []*mesh.Workload{w}, t.Object(), t.Labels, t.Annotations, t.LabelLoc)
		}
	}
	for ns := range f.cluster.Namespaces() {
		for _, key := range slices.Sorted(maps.Keys(ns.Annotations)) {
			f.namespaceAnnotation(ns, key, byNamespace[ns])
		}
		f.asLabels(nil, byNamespace[ns], ns.Object(), ns.Labels, ns.Annotations, ns.LabelLoc)
	}
	f.opaqueRanges()
}

// misreadAt reports what is not understood at a workload; its pods where they differ from its template.
func (f *flawFinder) misreadAt(w *mesh.Workload) {
	seen := map[[2]string]bool{}
	look := func(p *mesh.Pod) {
		for _, key := range slices.Sorted(maps.Keys(p.Annotations)) {
			value := p.Annotations[key]
			if !isConfig(key) || seen[[2]string{key, value}] {
				continue
			}
			if wrong := f.settings.misread(key, value, f.settings.namedPort(p)); wrong != "" {
				seen[[2]string{key, value}] = true
				f.annotation(p.Object(), p.AnnotationLoc(key), key, value, wrong, []*mesh.Workload{w})
			}
		}
	}
	look(w.Template())
	for p := range w.Pods() {
		look(p)
	}
}

// annotation reports an annotation that is not understood.
func (f *flawFinder) annotation(object source.Ref, loc source.Loc, key, value, wrong string, who []*mesh.Workload) {
	flaw := mesh.Flaw{
		Kind: mesh.FlawNoEffect, Rule: ruleMisread, Object: object, Loc: loc, Workloads: who,
		Detail: key + "=" + strconv.Quote(value) + ": " + wrong,
	}
	if key == annotationSkipSubnets {
		flaw.Kind = mesh.FlawClosesMore
	}
	f.found = append(f.found, flaw)
}

// notInherited are the annotations that the injector reads of pods and never copies from their namespaces
// (pkg/inject/inject.go ProxyAnnotations has none of them).
var notInherited = [...]string{
	annotationGateway, prefixConfig + "proxy-cpu-ratio-limit", prefixConfig + "close-wait-timeout",
	prefixConfig + "debug-image", prefixConfig + "debug-image-version", prefixConfig + "debug-image-pull-policy",
}

// namespaceAnnotation looks at one annotation of a namespace.
func (f *flawFinder) namespaceAnnotation(ns *mesh.Namespace, key string, all []*mesh.Workload) {
	value := ns.Annotations[key]
	var who []*mesh.Workload
	for _, w := range all {
		if _, own := w.Template().Annotations[key]; !own && !w.Template().Machine {
			who = append(who, w)
		}
	}
	if wrong := f.settings.misread(key, value, nil); wrong != "" {
		f.annotation(ns.Object(), ns.AnnotationLoc(key), key, value, wrong, who)
		return
	}
	lost := slices.Contains(notInherited[:], key) || isNative(key) && !slices.Contains(f.inherits, key)
	who = slices.DeleteFunc(who, func(w *mesh.Workload) bool { return f.Admit(w.Template()).Mode == mesh.ModeNone })
	if !lost || len(who) == 0 {
		return
	}
	f.found = append(f.found, mesh.Flaw{
		Kind: mesh.FlawNoEffect, Rule: ruleNotInherited, Object: ns.Object(), Loc: ns.AnnotationLoc(key), Workloads: who,
		Detail: "the injector does not copy " + key + " from namespaces: it counts at pods only",
	})
}

// misplaced reports annotations of a workload's own object, which count in the template of its pods only.
func (f *flawFinder) misplaced(w *mesh.Workload) {
	t := w.Template()
	if t.Object() == w.Object() && w.ID().Kind == "Pod" || w.TemplateInferred() {
		return
	}
	own := w.ObjectAnnotations()
	for _, key := range slices.Sorted(maps.Keys(own)) {
		if _, there := t.Annotations[key]; there || !f.wouldMatter(t, key, own[key]) {
			continue
		}
		f.found = append(f.found, mesh.Flaw{
			Kind: mesh.FlawNoEffect, Rule: ruleMisplaced, Object: w.Object(), Loc: w.At(source.Key("metadata.annotations", key)), Workloads: []*mesh.Workload{w},
			Detail: key + " counts in the template of the pods, and not at the " + w.ID().Kind + " itself",
		})
	}
}

// decisive are the annotations on which it depends what proxies let in, send and leave alone. Of others, such as
// limits of memory or proxy-await, which Linkerd's own charts put beside the template, nothing is lost that a
// reader takes for a protection.
var decisive = [...]string{
	annotationInject, annotationSkipInbound, annotationSkipOutbound, annotationSkipSubnets, annotationOpaquePorts,
	annotationRequireIdentity, annotationDefaultPolicy, annotationShutdown, annotationProxyVersion, annotationProxyUID,
	annotationProxyGID, annotationInboundPort, annotationAdminPort, annotationControlPort, annotationNative,
	annotationNativeBeta, annotationNativeAlpha, annotationGateway,
}

// wouldMatter reports whether an annotation changed anything for the pods of a template, if they had it.
func (f *flawFinder) wouldMatter(t *mesh.Pod, key, value string) bool {
	if !slices.Contains(decisive[:], key) {
		return false
	}
	inside := f.Admit(t).Mode.Inside()
	if key != annotationInject {
		return inside == truth.True
	}
	return injects(value) && inside == truth.False || value == injectDisabled && inside == truth.True
}

// asLabels reports labels that Linkerd reads as annotations only. pod is nil for a namespace.
func (f *flawFinder) asLabels(pod *mesh.Pod, all []*mesh.Workload, object source.Ref, labels, annotations map[string]string, loc func(string) source.Loc) {
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		if _, there := annotations[key]; there || !isConfig(key) || key == labelWebhooks {
			continue
		}
		var who []*mesh.Workload
		for _, w := range all {
			_, own := w.Template().Annotations[key]
			if (pod != nil || !own) && !w.Template().Machine && f.wouldMatter(w.Template(), key, labels[key]) {
				who = append(who, w)
			}
		}
		if len(who) > 0 {
			f.found = append(f.found, mesh.Flaw{
				Kind: mesh.FlawNoEffect, Rule: ruleLabelForAnnotation, Object: object, Loc: loc(key), Workloads: who,
				Detail: key + " is a label here, and Linkerd reads the annotation of that name",
			})
		}
	}
}

// opaqueRanges reports ranges among the ports that are opaque by default: the injector looks for each port
// that a pod declares as an entry of the list (pkg/inject/inject.go FilterPodOpaquePorts).
func (f *flawFinder) opaqueRanges() {
	s := f.settings
	if !s.found() || s.given.Proxy.OpaquePorts == nil {
		return
	}
	for entry := range strings.SplitSeq(*s.given.Proxy.OpaquePorts, ",") {
		r, ok := lenientRange(strings.TrimSpace(entry))
		if !ok || !strings.Contains(entry, "-") {
			continue
		}
		var who []*mesh.Workload
		for _, at := range f.sites {
			_, set := at.party.Pod.Annotations[annotationOpaquePorts]
			if at.inside == truth.True && !set && declares(at.party.Pod, r) {
				who = append(who, at.workload)
			}
		}
		if len(who) > 0 {
			f.found = append(f.found, mesh.Flaw{
				Kind: mesh.FlawNoEffect, Rule: ruleOpaqueRange, Object: s.object.Ref, Loc: s.object.At("data.values"), Workloads: affected.Once(who),
				Detail: "proxy.opaquePorts has the range " + strings.TrimSpace(entry) + ", in which the injector finds no port that a pod declares: their proxies detect the protocol",
			})
		}
	}
}

// declares reports whether a container of the pod, other than the proxy's, declares a port of a range.
func declares(p *mesh.Pod, r portRange) bool {
	return slices.ContainsFunc(p.Spec.Containers, func(c kube.Container) bool {
		return !isOwn(c) && slices.ContainsFunc(c.Ports, func(cp kube.ContainerPort) bool { return r.from <= cp.ContainerPort && cp.ContainerPort <= r.to })
	})
}

// requiredIdentity reports ports for which a pod requires an identity and which clients without one reach:
// the annotation counts where no Server stands, and for default policies that let everybody in but audit
// (policy-controller/k8s/index/src/inbound/index.rs default_inbound_server).
func (f *flawFinder) requiredIdentity() {
	for _, s := range f.sites {
		if s.inside != truth.True {
			continue
		}
		cfg := f.config(s.party.Pod)
		for _, r := range cfg.requireIdentity {
			if r.from != r.to || len(cfg.gaps) > 0 || cfg.skipInbound.has(r.from) {
				continue
			}
			g := f.gateOf(s.party, r.from)
			mode, _, _ := g.mode()
			if mode != mesh.MTLSPermissive || len(g.gaps)+len(g.rivals) > 0 {
				continue
			}
			step := cfg.loc(annotationRequireIdentity)
			detail := "the default policy is audit, which the annotation leaves as it is"
			if g.server != nil {
				detail = "Server " + g.server.obj.Ref.Name + " governs the port, and the annotation counts where none does"
			}
			f.found = append(f.found, mesh.Flaw{
				Kind: mesh.FlawNoEffect, Rule: ruleRequiredIdentity, Object: step.Object, Loc: step.Loc, Workloads: []*mesh.Workload{s.workload},
				Detail: "clients reach port " + strconv.Itoa(int(r.from)) + " without an identity: " + detail, Why: []mesh.Step{g.step},
			})
		}
	}
}

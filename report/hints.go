package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// hints say what to add to the input so that more of it can be judged.
func (t *text) hints() {
	var all []string
	add := func(hint string) {
		if hint != "" {
			all = append(all, hint)
		}
	}
	gaps := t.in.openGaps(t.perimeter)
	add(namespaceHint(gaps))
	add(t.in.planeHint())
	add(objectHint(gaps))
	for _, hint := range t.in.textHints() {
		add(hint)
	}
	add(t.in.oldKindsHint())
	if len(all) == 0 {
		return
	}
	t.line(2, "To have more judged:")
	for _, hint := range all {
		t.line(4, "- "+hint)
	}
}

// openGaps are what is missing where an answer is open.
func (in Input) openGaps(p perimeter) []mesh.Gap {
	var all []mesh.Gap
	for _, w := range p.unknown {
		all = append(all, unknownBecause(w)...)
	}
	for _, w := range in.workloads() {
		for _, m := range w.Memberships() {
			if m.Declared.Mode.Inside() == truth.Unknown {
				all = append(all, m.Declared.Unknown...)
			}
		}
	}
	for _, cp := range in.controlPlanes() {
		all = append(all, cp.Unknown...)
	}
	return all
}

// missing are the objects of a kind that are not in the input, each once, by name.
func missing(gaps []mesh.Gap, is func(kind string) bool) []source.Ref {
	found := map[source.Ref]bool{}
	for _, g := range gaps {
		if g.Reason == source.ProblemIncomplete && g.Loc.Pos().IsZero() && is(g.Object.Kind.Kind) {
			found[g.Object] = true
		}
	}
	return slices.SortedFunc(maps.Keys(found), source.Ref.Compare)
}

func namespaceHint(gaps []mesh.Gap) string {
	refs := missing(gaps, func(kind string) bool { return kind == "Namespace" })
	if len(refs) == 0 {
		return ""
	}
	noun := "Namespace "
	if len(refs) > 1 {
		noun = "Namespaces "
	}
	return "add the " + noun + refNames(refs) + ": kubectl get namespaces -o yaml"
}

// objectHint names other objects whose absence leaves something open.
func objectHint(gaps []mesh.Gap) string {
	refs := missing(gaps, func(kind string) bool { return kind == "ConfigMap" || kind == "MutatingWebhookConfiguration" })
	var parts []string
	for _, r := range refs {
		parts = append(parts, r.Kind.Kind+" "+r.Name)
	}
	if len(parts) == 0 {
		return ""
	}
	return "add " + strings.Join(parts, ", ")
}

func (in Input) planeHint() string {
	for _, cp := range in.controlPlanes() {
		if cp.Assumed {
			return "add the control plane of " + cp.Mesh + ": kubectl get -A -o yaml " +
				"namespaces,deployments,daemonsets,configmaps,mutatingwebhookconfigurations"
		}
	}
	return ""
}

// textHints are about texts that become objects by a tool.
func (in Input) textHints() []string {
	reasons := map[snapshot.Reason]int{}
	for _, s := range in.Skipped {
		reasons[s.Reason]++
	}
	var all []string
	if n := reasons[snapshot.ReasonKustomization]; n > 0 {
		all = append(all, fmt.Sprintf("build the kustomizations (%d) and judge what comes out: kubectl kustomize DIRECTORY", n))
	}
	if n := reasons[snapshot.ReasonTemplate] + reasons[snapshot.ReasonHelmChart] + reasons[snapshot.ReasonHelmValues]; n > 0 {
		all = append(all, "render the templates and judge what comes out, for a Helm chart with: helm template CHART")
	}
	if n := in.problemCodes()[source.ProblemNoNamespace]; n > 0 {
		all = append(all, fmt.Sprintf("name a namespace in the objects that have none (%d), or judge a dump of the cluster", n))
	}
	return all
}

func (in Input) problemCodes() map[source.ProblemCode]int {
	codes := map[source.ProblemCode]int{}
	for _, p := range in.problems() {
		codes[p.Code]++
	}
	return codes
}

// podMakers are kinds of Kubernetes that make pods. Under the API groups of today they are read.
var podMakers = []string{"CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"}

// oldKindsHint names workloads that nobody read because they are written for an API group that is
// gone: extensions/v1beta1 was last served by Kubernetes 1.15.
func (in Input) oldKindsHint() string {
	var parts []string
	for _, k := range in.unread() {
		if k.kind.Group == "extensions" && slices.Contains(podMakers, k.kind.Kind) {
			parts = append(parts, fmt.Sprintf("%s %d", k.kind, k.n))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "write workloads for an API version that Kubernetes serves: " + strings.Join(parts, ", ") + " are not among those above"
}

func refNames(refs []source.Ref) string {
	var names []string
	for _, r := range refs {
		names = append(names, r.Name)
	}
	if len(names) > most {
		names = append(names[:most], more(len(refs)-most, "other"))
	}
	return strings.Join(names, ", ")
}

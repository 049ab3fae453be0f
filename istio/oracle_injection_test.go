package istio_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
)

// absentWord stands for a label or annotation that is not there.
const absentWord = "-"

// injectionWorld is a pod, its namespace and the installation, in the words by which injection decides.
type injectionWorld struct {
	namespace                       string
	nsInjection, nsRev, nsDataplane string
	podInject, podRev, podDataplane string
	annotation, skip, force         string
	hostNetwork                     bool
	revisions                       []istio.Revision
	ambient                         bool
}

// oracleInjection answers by the table of webhooks and the list of the injector's rules, slowly and
// in the order in which they are written down.
func oracleInjection(w injectionWorld) (mode mesh.Mode, revision string) {
	type hook struct{ config, revision string }
	var hooks []hook
	neither := w.nsInjection == absentWord && w.nsRev == absentWord
	for _, r := range w.revisions {
		name := r.Name
		if name == "" {
			name = "default"
		}
		config := "istio-sidecar-injector"
		if name != "default" {
			config += "-" + name
		}
		for i, known := range append([]string{name}, r.Tags...) {
			if i > 0 {
				config = "istio-revision-tag-" + known
			}
			called := w.nsRev == known && w.nsInjection == absentWord && w.podInject != "false" || // rev.namespace
				neither && w.podInject != "false" && w.podRev == known // rev.object
			if known == "default" {
				called = called ||
					w.nsInjection == "enabled" && w.podInject != "false" || // namespace
					neither && w.podInject == "true" && w.podRev == absentWord || // object
					r.InjectUnlabelled && neither && !slices.Contains(ignoredNamespaces, w.namespace) &&
						w.podInject == absentWord && w.podRev == absentWord // auto
			}
			if called {
				hooks = append(hooks, hook{config, name})
			}
		}
	}
	slices.SortStableFunc(hooks, func(a, b hook) int { return strings.Compare(a.config, b.config) })
	mode = mesh.ModeNone
	for _, h := range hooks {
		i := slices.IndexFunc(w.revisions, func(r istio.Revision) bool { return r.Name == h.revision || r.Name == "" && h.revision == "default" })
		if oracleRequired(w, w.revisions[i].Injector.Policy) {
			mode, revision = mesh.ModeNativeSidecar, h.revision
		}
	}
	if mode == mesh.ModeNone && w.ambient && !w.hostNetwork && w.namespace != "kube-system" &&
		(w.podDataplane == "ambient" || w.nsDataplane == "ambient" && w.podDataplane != "none") {
		mode = mesh.ModeAmbient
	}
	return mode, revision
}

var ignoredNamespaces = []string{"kube-system", "kube-public", "kube-node-lease", "local-path-storage"}

// oracleRequired is the injector's own decision; the installations skip skip=yes and force force=yes.
func oracleRequired(w injectionWorld, policy string) bool {
	if w.hostNetwork || slices.Contains(ignoredNamespaces, w.namespace) {
		return false
	}
	if policy != "" && policy != "enabled" && policy != "disabled" {
		return false
	}
	wish := w.annotation
	if w.podInject != absentWord {
		wish = w.podInject
	}
	switch {
	case wish == "true":
		return true
	case wish == "false", w.skip == "yes":
		return false
	case w.force == "yes":
		return true
	default:
		return policy != "disabled"
	}
}

func pick(r *rand.Rand, words ...string) string { return words[r.IntN(len(words))] }

func randomRevisions(r *rand.Rand) []istio.Revision {
	injector := func() istio.Injector {
		return istio.Injector{
			Policy:       pick(r, "", "", "enabled", "disabled", "bogus"),
			NeverInject:  []kube.LabelSelector{{}, {MatchLabels: map[string]string{"skip": "yes"}}},
			AlwaysInject: []kube.LabelSelector{{MatchLabels: map[string]string{"force": "yes"}}, {}},
		}
	}
	revs := []istio.Revision{}
	for _, name := range []string{"", "canary"} {
		if r.IntN(4) == 0 {
			continue
		}
		rev := istio.Revision{Name: name, InjectUnlabelled: r.IntN(3) == 0, Injector: injector()}
		if r.IntN(2) == 0 && len(revs) == 0 {
			rev.Tags = append(rev.Tags, "prod")
		}
		if name == "canary" && r.IntN(2+4*len(revs)) == 0 { // beside a default revision both are called
			rev.Tags = append(rev.Tags, "default")
		}
		revs = append(revs, rev)
	}
	return revs
}

func (w injectionWorld) docs(i int) []string {
	line := func(pairs ...string) string {
		var entries []string
		for p := range slices.Chunk(pairs, 2) {
			if p[1] != absentWord {
				entries = append(entries, fmt.Sprintf("%s: %q", p[0], p[1]))
			}
		}
		return strings.Join(entries, ", ")
	}
	ns := fmt.Sprintf("{apiVersion: v1, kind: Namespace, metadata: {name: %s, labels: {%s}}}", w.namespace,
		line("istio-injection", w.nsInjection, "istio.io/rev", w.nsRev, "istio.io/dataplane-mode", w.nsDataplane))
	pod := deployment(line("sidecar.istio.io/inject", w.podInject, "istio.io/rev", w.podRev, "istio.io/dataplane-mode", w.podDataplane, "skip", w.skip, "force", w.force),
		line("sidecar.istio.io/inject", w.annotation), fmt.Sprintf("hostNetwork: %v", w.hostNetwork))
	return []string{ns, strings.NewReplacer("name: w,", fmt.Sprintf("name: w%d,", i), "namespace: ns", "namespace: "+w.namespace).Replace(pod)}
}

// TestInjectionOracle compares the adapter with the oracle on random pods, namespaces and installations.
func TestInjectionOracle(t *testing.T) {
	t.Parallel()
	const clusters, pods = 256 / thinner, 44
	for seed := range uint64(clusters) {
		r := rand.New(rand.NewPCG(seed, 1))
		opts := istio.Options{Version: "1.31.0", Env: map[string]string{"ENABLE_NATIVE_SIDECARS": "true"}, Revisions: randomRevisions(r), CNI: &istio.CNI{Ambient: r.IntN(3) > 0}}
		worlds := map[string]injectionWorld{}
		var docs []string
		for i := range pods {
			w := injectionWorld{
				namespace: fmt.Sprintf("ns%d", i), revisions: opts.Revisions, ambient: opts.CNI.Ambient,
				nsInjection:  pick(r, absentWord, absentWord, "enabled", "enabled", "disabled", "true", ""),
				nsRev:        pick(r, absentWord, absentWord, "default", "canary", "prod", "other"),
				nsDataplane:  pick(r, absentWord, "ambient", "none"),
				podInject:    pick(r, absentWord, absentWord, "true", "false", "False", ""),
				podRev:       pick(r, absentWord, absentWord, "default", "canary", "prod"),
				podDataplane: pick(r, absentWord, absentWord, "ambient", "none", "bogus"),
				annotation:   pick(r, absentWord, absentWord, "true", "false", "no"),
				skip:         pick(r, absentWord, absentWord, "yes", "no"), force: pick(r, absentWord, absentWord, "yes"),
				hostNetwork: r.IntN(8) == 0,
			}
			if system := append([]string{"istio-system"}, ignoredNamespaces...); i < len(system) {
				w.namespace = system[i]
			}
			worlds[fmt.Sprintf("w%d", i)] = w
			docs = append(docs, w.docs(i)...)
		}
		g := build(t, opts, docs...)
		for name, w := range worlds {
			wantMode, wantRevision := oracleInjection(w)
			if e := declared(t, g, name); e.Mode != wantMode || e.Revision != wantRevision {
				t.Errorf("seed %d, %+v: got %v of revision %q, want %v of %q", seed, w, e.Mode, e.Revision, wantMode, wantRevision)
			} else if len(e.Why) == 0 || len(e.Unknown) != 0 {
				t.Errorf("seed %d, %+v: %d reasons, gaps %v", seed, w, len(e.Why), e.Unknown)
			}
		}
		if t.Failed() {
			return
		}
	}
}

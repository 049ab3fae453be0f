package istio_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Whether Jobs end beside their sidecars.
func TestCompletion(t *testing.T) {
	t.Parallel()
	const job = `apiVersion: batch/v1
kind: Job
metadata: {name: w, namespace: ns}
spec:
  template:
    metadata: {annotations: {ANNOTATIONS}}
    spec: {restartPolicy: Never, containers: [{name: app, image: x}]}`
	for _, row := range []struct {
		name, namespace, annotations string
		want                         truth.Value
		rule                         string // of the first step
	}{
		{"a native sidecar", "istio-injection: enabled", `sidecar.istio.io/nativeSidecar: "true"`, truth.True, "istio/webhook"},
		{"an ordinary one", "istio-injection: enabled", `sidecar.istio.io/nativeSidecar: "false"`, truth.Unknown, "istio/quit-agent"},
		{"one of which it is not known", "istio-injection: enabled", "", truth.Unknown, "istio/quit-agent"},
		{"in ambient mode", "istio.io/dataplane-mode: ambient", "", truth.True, "istio/ambient-selector"},
		{"outside", "", "", truth.True, "istio/namespace-unlabelled"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := workload(t, build(t, installed, namespace(row.namespace), strings.Replace(job, "ANNOTATIONS", row.annotations, 1)), "w")
			c, ok := w.Completion()
			if !ok || c.Completes != row.want || len(c.Why) == 0 || c.Why[0].Rule != row.rule || c.Completes.Known() != (len(c.Unknown) == 0) {
				t.Errorf("completes %v (a job: %v), want %v by %s: %v %v", c.Completes, ok, row.want, row.rule, c.Why, c.Unknown)
			}
		})
	}
}

// Pods that making again would change.
func TestStale(t *testing.T) {
	t.Parallel()
	pod := func(name, version, annotations string) string {
		owner := "name: " + name + "\n  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: w, uid: x, controller: true}]"
		return strings.NewReplacer("name: p\n", owner+"\n", "1.31.0", version).Replace(sidecarPod(annotations))
	}
	control, err := os.ReadFile("../examples/callers/example/istio.yaml") // of release 1.31.0
	if err != nil {
		t.Fatal(err)
	}
	asked := deployment("", `sidecar.istio.io/nativeSidecar: "false"`, "")
	for _, row := range []struct {
		name string
		docs []string
		want []string
	}{
		{"as it would be made", []string{asked, pod("a", "1.31.0", "")}, nil},
		{
			"older than the injector's",
			[]string{asked, pod("a", "1.30.2", ""), pod("b", "1.30.2", ""), pod("c", "1.31.0", "")},
			[]string{"[a b] istio/stale-sidecar: the sidecar's version is 1.30.2, and a pod made now would get 1.31.0"},
		},
		{
			"of another revision, and native by now",
			[]string{
				deployment("", `sidecar.istio.io/nativeSidecar: "true"`, ""),
				strings.Replace(pod("a", "1.31.0", ""), `"revision":"default"`, `"revision":"old"`, 1),
			},
			[]string{
				"[a] istio/stale-sidecar: the sidecar's placement is sidecar, and a pod made now would get native-sidecar",
				"[a] istio/stale-sidecar: the sidecar's revision is old, and a pod made now would get default",
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := workload(t, build(t, istio.Options{}, append(row.docs, namespace("istio-injection: enabled"), string(control))...), "w")
			if diff := cmp.Diff(row.want, staleLines(w)); diff != "" {
				t.Errorf("stale (-want +got):\n%s", diff)
			}
		})
	}
}

func staleLines(w *mesh.Workload) []string {
	var all []string
	for _, s := range w.Stale() {
		for _, step := range s.Why {
			all = append(all, "["+strings.Join(s.Pods, " ")+"] "+step.Rule+": "+step.Detail)
		}
	}
	return all
}

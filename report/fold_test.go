package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/report"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
)

// unsettled is a cluster with much that cannot be judged: 30 workloads whose Namespace is missing,
// with two questions each that follow from it, four questions alike about a workload inside, 25
// objects without a namespace before a broken document, and texts that are no objects.
func unsettled(t *testing.T) report.Input {
	t.Helper()
	var text strings.Builder
	text.WriteString("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n---\n")
	var in report.Input
	ask := func(code, id, question string) {
		in.Result.Undecided = append(in.Result.Undecided, check.Undecided{Code: code, Subject: id, Message: question})
	}
	for i := range 30 {
		name := fmt.Sprintf("app-%02d", i)
		fmt.Fprintf(&text, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s, namespace: nowhere}\n---\n", name)
		ask("T-01", "nowhere/Deployment/"+name, "whether Deployment nowhere/"+name+" is open: its enrolment is not known")
		ask("T-02", "nowhere/Deployment/"+name+":80", "whether port 80 of Deployment nowhere/"+name+" is open")
	}
	for i := range 4 {
		name := fmt.Sprintf("in-%d", i)
		fmt.Fprintf(&text, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s, namespace: shop}\n---\n", name)
		ask("T-03", "shop/Deployment/"+name, "whether Deployment shop/"+name+" runs as declared: shop is not known")
	}
	for i := range 25 {
		fmt.Fprintf(&text, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c%02d}\n---\n", i)
		in.Skipped = append(in.Skipped, snapshot.Skipped{
			Pos: source.Pos{File: fmt.Sprintf("k%02d/kustomization.yaml", i)}, Reason: snapshot.ReasonKustomization,
		})
	}
	text.WriteString("apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: old, namespace: shop}\n---\n")
	text.WriteString("a: [\n")
	in.Graph = fromManifests(t, text.String())
	return in
}

// A cause is named once, with what follows from it as a number, and hides nothing graver.
func TestTextFoldsCauses(t *testing.T) {
	t.Parallel()
	got := text(t, unsettled(t), report.TextOptions{Unfold: "-v shows all"})
	for _, want := range []string{
		"  Workloads that may be inside or outside: 30\n" +
			"    Namespace/nowhere: the Namespace object is not in the input, so its labels are not known\n" +
			"      30 workloads: Deployment nowhere/app-00,",
		"  Questions that checks could not answer: 64\n" +
			"    60 about the workloads above, for the reasons given there (-v shows all)\n" +
			"      by code: T-01 30, T-02 30\n" +
			"    T-03: whether … runs as declared: shop is not known\n" +
			"      … being 4 workloads: Deployment shop/in-0, Deployment shop/in-1,",
		"  Problems with the input: 26\n    cluster.yaml:246: syntax: ",
		"… and 22 more: no-namespace (-v shows all)\n",
		"… and 22 more: kustomization (-v shows all)\n",
		"  To have more judged:\n" +
			"    - add the Namespace nowhere: kubectl get namespaces -o yaml\n" +
			"    - add the control plane of istio: kubectl get -A -o yaml\n" +
			"      namespaces,deployments,daemonsets,configmaps,mutatingwebhookconfigurations\n" +
			"    - build the kustomizations (25) and judge what comes out: kubectl kustomize DIRECTORY\n" +
			"    - name a namespace in the objects that have none (25), or judge a dump of the cluster\n" +
			"    - write workloads for an API version that Kubernetes serves: Deployment.extensions 1 are not\n" +
			"      among those above\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
	if n := strings.Count(got, "its labels are not known"); n != 1 {
		t.Errorf("the cause stands there %d times:\n%s", n, got)
	}
}

// Verbose writes every workload, question, problem and text.
func TestTextVerboseFoldsNothing(t *testing.T) {
	t.Parallel()
	in := unsettled(t)
	got := text(t, in, report.TextOptions{Verbose: true, Width: 1000})
	for _, w := range report.New(in).Workloads {
		if w.Inside.Known() {
			continue
		}
		if want := fmt.Sprintf("      - %s %s/%s (", w.Kind, w.Namespace, w.Name); !strings.Contains(got, want) {
			t.Errorf("want %q", want)
		}
	}
	for _, u := range in.Result.Undecided {
		if want := "    " + u.Code + ": " + u.Message + "\n"; !strings.Contains(got, want) {
			t.Errorf("want %q", want)
		}
	}
	for _, p := range in.Graph.Problems() {
		if want := "    " + p.String() + "\n"; !strings.Contains(got, want) {
			t.Errorf("want %q", want)
		}
	}
	for _, s := range in.Skipped {
		if want := "    " + s.Pos.String() + ": "; !strings.Contains(got, want) {
			t.Errorf("want %q", want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

// What is not known of workloads inside leaves their ports open, and the questions that follow too.
func TestTextFoldsPorts(t *testing.T) {
	t.Parallel()
	in := report.Input{Graph: build(t, openPort)}
	id := mesh.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: "cart"}
	in.Result.Undecided = []check.Undecided{{Code: "T-01", Subject: id.String() + ":8080", Message: "whether port 8080 is open"}}
	got := text(t, in, report.TextOptions{})
	if want := "    1 about the workloads above, for the reasons given there (the JSON form has them)\n"; !strings.Contains(got, want) {
		t.Errorf("want %q in\n%s", want, got)
	}
}

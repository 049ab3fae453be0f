package mesh_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
)

func graph(t *testing.T, text string) *mesh.Graph {
	t.Helper()
	g, err := meshfake.Build("in.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// pod writes a running pod of namespace ns.
func pod(name, labels, owner string) string {
	if owner != "" {
		owner = ", ownerReferences: [{controller: true, apiVersion: v1, uid: u, " + owner + "}]"
	}
	return fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: ns, labels: {%s}%s}, spec: {containers: [{name: app, image: x}]}}", name, labels, owner)
}

func controller(apiVersion, kind, name, owner string) string {
	if owner != "" {
		owner = ", ownerReferences: [{controller: true, apiVersion: v1, uid: u, " + owner + "}]"
	}
	spec := "{selector: {}, template: {metadata: {labels: {app: " + name + "}}, spec: {containers: [{name: app, image: x}]}}}"
	if kind == "CronJob" {
		spec = "{schedule: '* * * * *', jobTemplate: {spec: {template: {metadata: {labels: {app: " + name + "}}, spec: {containers: [{name: app, image: x}]}}}}}"
	}
	return fmt.Sprintf("{apiVersion: %s, kind: %s, metadata: {name: %s, namespace: ns%s}, spec: %s}", apiVersion, kind, name, owner, spec)
}

func TestFold(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		docs []string
		want []string // workload: pods, and whether the template was inferred
	}{
		{
			"pods of a Deployment, through its ReplicaSet",
			[]string{
				controller("apps/v1", "Deployment", "cart", ""), controller("apps/v1", "ReplicaSet", "cart-1", "kind: Deployment, name: cart"),
				pod("cart-1-b", "", "kind: ReplicaSet, name: cart-1"), pod("cart-1-a", "", "kind: ReplicaSet, name: cart-1"),
			},
			[]string{"ns/Deployment/cart: cart-1-a cart-1-b"},
		},
		{
			"the ReplicaSet is not in the input: its name and the pod's hash tell",
			[]string{controller("apps/v1", "Deployment", "cart", ""), pod("p", "pod-template-hash: abc", "kind: ReplicaSet, name: cart-abc")},
			[]string{"ns/Deployment/cart: p"},
		},
		{
			"nor is the Deployment",
			[]string{pod("p", "pod-template-hash: abc", "kind: ReplicaSet, name: cart-abc")},
			[]string{"ns/Deployment/cart: p (inferred)"},
		},
		{
			"a ReplicaSet of nobody",
			[]string{controller("apps/v1", "ReplicaSet", "cart", ""), pod("p", "", "kind: ReplicaSet, name: cart")},
			[]string{"ns/ReplicaSet/cart: p"},
		},
		{
			"a Job of a CronJob",
			[]string{controller("batch/v1", "CronJob", "report", ""), controller("batch/v1", "Job", "report-1", "kind: CronJob, name: report"), pod("p", "", "kind: Job, name: report-1")},
			[]string{"ns/CronJob/report: p"},
		},
		{
			"the Job is not in the input: its name tells the minute",
			[]string{controller("batch/v1", "CronJob", "report", ""), pod("p", "", "kind: Job, name: report-29384710")},
			[]string{"ns/CronJob/report: p"},
		},
		{
			"a Job of its own",
			[]string{controller("batch/v1", "Job", "once", ""), pod("p", "", "kind: Job, name: once")},
			[]string{"ns/Job/once: p"},
		},
		{
			"an operator's Deployment stays a Deployment",
			[]string{controller("apps/v1", "Deployment", "db", "kind: Database, name: db")},
			[]string{"ns/Deployment/db:"},
		},
		{
			"a controller of a kind that nobody knows",
			[]string{pod("p", "", "kind: Rollout, name: cart")},
			[]string{"ns/Rollout/cart: p (inferred)"},
		},
		{
			"a static pod belongs to its node, and is a workload of its own",
			[]string{pod("etcd-node", "", "kind: Node, name: node")},
			[]string{"ns/Pod/etcd-node: etcd-node"},
		},
		{"a pod that nobody controls", []string{pod("lone", "", "")}, []string{"ns/Pod/lone: lone"}},
		{
			"a pod that has ended is not running",
			[]string{controller("batch/v1", "Job", "once", ""), strings.Replace(pod("p", "", "kind: Job, name: once"), "]}}", "]}, status: {phase: Succeeded}}", 1)},
			[]string{"ns/Job/once:"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			forward := shape(graph(t, strings.Join(c.docs, "\n---\n")))
			if diff := cmp.Diff(c.want, forward); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			var reversed []string
			for _, d := range c.docs {
				reversed = append([]string{d}, reversed...)
			}
			if diff := cmp.Diff(forward, shape(graph(t, strings.Join(reversed, "\n---\n")))); diff != "" {
				t.Errorf("the order of the documents matters (-forward +reversed):\n%s", diff)
			}
		})
	}
}

func shape(g *mesh.Graph) []string {
	var lines []string
	for w := range g.Workloads() {
		line := w.ID().String() + ":"
		for p := range w.Pods() {
			line += " " + p.Name
		}
		if w.TemplateInferred() {
			line += " (inferred)"
		}
		lines = append(lines, line)
	}
	return lines
}

const shop = `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: ns}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart, tier: back}, annotations: {toy/mode: sidecar}}
    spec:
      serviceAccountName: cart
      containers:
      - {name: app, image: x, ports: [{name: web, containerPort: 8080}, {containerPort: 53, protocol: UDP}]}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: ns}
spec:
  selector: {app: cart}
  ports: [{name: http, port: 80, targetPort: web}, {name: admin, port: 9000}, {name: gone, port: 1, targetPort: nosuch}]
---
{apiVersion: v1, kind: Service, metadata: {name: other, namespace: ns}, spec: {selector: {app: cart, tier: front}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: none, namespace: ns}, spec: {ports: [{port: 80}]}}
`

func TestPortsAndServices(t *testing.T) {
	t.Parallel()
	g := graph(t, shop)
	w, ok := g.Workload(mesh.WorkloadID{Namespace: "ns", Kind: "Deployment", Name: "cart"})
	if !ok {
		t.Fatal("no workload cart")
	}
	want := []mesh.Port{
		{Number: 53, Protocol: "UDP", Declared: true},
		{Number: 8080, Name: "web", Protocol: "TCP", Service: true, Declared: true},
		{Number: 9000, Protocol: "TCP", Service: true},
	}
	if diff := cmp.Diff(want, w.Ports()); diff != "" {
		t.Errorf("ports (-want +got):\n%s", diff)
	}
	if s := w.Services(); len(s) != 1 || s[0].Name != "cart" {
		t.Errorf("services %v, want cart alone: a selector needs all its labels, and an empty one selects nothing", s)
	}
	if w.Account() != "cart" {
		t.Errorf("account %q, want cart", w.Account())
	}
}

// Running pods that differ are kept apart, and the workload is inside only when all of them are.
func TestMixedPods(t *testing.T) {
	t.Parallel()
	running := func(name, observed, enforced string) string {
		return fmt.Sprintf(`{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: ns, labels: {app: cart, pod-template-hash: h}, annotations: {toy/mode: sidecar, toy/observed: %s, toy/enforced: %s}, ownerReferences: [{controller: true, apiVersion: apps/v1, kind: ReplicaSet, name: cart-h, uid: u}]}, spec: {containers: [{name: app, image: x}]}}`, name, observed, enforced)
	}
	g := graph(t, shop+"---\n"+running("a", "none", "none")+"\n---\n"+running("b", "sidecar", "strict")+"\n---\n"+running("c", "sidecar", "strict"))
	w, _ := g.Workload(mesh.WorkloadID{Namespace: "ns", Kind: "Deployment", Name: "cart"})
	m := w.Memberships()[0]
	var got []string
	for _, o := range m.Observed {
		got = append(got, fmt.Sprint(o.Mode, o.Pods))
	}
	if diff := cmp.Diff([]string{"sidecar [b c]", "none [a]"}, got); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
	if e := w.Enrolment(); e.Mode != mesh.ModeMixed {
		t.Errorf("effective mode %v, want mixed", e.Mode)
	}
	if w.Inside().String() != "false" || m.Drifted().String() != "true" {
		t.Errorf("inside %v and drifted %v, want false and true", w.Inside(), m.Drifted())
	}
	if in := w.Inbounds(8080); len(in) != 2 || in[0].Pods[0] != "a" || in[0].Enforced != mesh.MTLSNone {
		t.Errorf("ports: the weakest pods come first: %+v", in)
	}
}

// An object that was not understood leaves the answers about it undecided, and no others.
func TestNotUnderstood(t *testing.T) {
	t.Parallel()
	g := graph(t, strings.Replace(shop, "serviceAccountName: cart", "serviceAccuntName: cart", 1)+"---\n"+strings.NewReplacer("cart", "till", "tier: back, ", "").Replace(shop))
	w, _ := g.Workload(mesh.WorkloadID{Namespace: "ns", Kind: "Deployment", Name: "cart"})
	e := w.Enrolment()
	if e.Mode != mesh.ModeUnknown || w.Inside().String() != "unknown" || len(e.Unknown) == 0 {
		t.Fatalf("got %v with gaps %v, want unknown with a gap", e.Mode, e.Unknown)
	}
	if p := e.Unknown[0].Pos(); p.String() != "in.yaml:9:7" {
		t.Errorf("the gap is at %v, want in.yaml:9:7", p)
	}
	if in := w.Inbound(8080); in.Enforced != mesh.MTLSUnknown || in.Why[0].Rule != mesh.RuleNotUnderstood {
		t.Errorf("port: %v because of %v", in.Enforced, in.Why[0])
	}
	till, _ := g.Workload(mesh.WorkloadID{Namespace: "ns", Kind: "Deployment", Name: "till"})
	if till.Enrolment().Mode != mesh.ModeSidecar {
		t.Errorf("the neighbour is %v, want sidecar", till.Enrolment().Mode)
	}
}

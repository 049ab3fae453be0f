package plaintext_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/check/plaintext"
	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
)

const cart = `apiVersion: toy.example/v1
kind: Policy
metadata: {name: default, namespace: shop}
spec: {mtls: strict}
---
apiVersion: v1
kind: Pod
metadata:
  name: cart
  namespace: shop
  annotations:
    toy/mode: sidecar
    toy/enforced-8080: permissive
    toy/enforced-9090: permissive
    toy/enforced-7070: riddle
spec:
  containers:
    - name: app
      ports: [{containerPort: 9090}, {containerPort: 53, protocol: UDP}, {containerPort: 8443}, {containerPort: 7070}, {containerPort: 8080}]
`

func Example() {
	g, err := meshfake.Build("cart.yaml", cart)
	if err != nil {
		fmt.Println(err)
		return
	}
	for w := range g.Workloads() {
		for _, p := range plaintext.Ports(w) {
			fmt.Println(p.Name(), p.Accepts)
		}
	}
	// Output:
	// 7070 unknown
	// 8080 true
	// 8443 false
	// 9090 true
	// other false
}

func TestGroups(t *testing.T) {
	t.Parallel()
	g, err := meshfake.Build("cart.yaml", cart)
	if err != nil {
		t.Fatal(err)
	}
	var ports []plaintext.Port
	for w := range g.Workloads() {
		ports = append(ports, plaintext.Ports(w)...)
	}
	var got []string
	for _, group := range plaintext.Groups(ports) {
		got = append(got, group.Subject()+": "+group.String()+" "+group.Verb("is", "are")+" "+group[0].Inbound.Enforced.String())
	}
	want := []string{
		"shop/Pod/cart:7070: port 7070 of Pod shop/cart is unknown",
		"shop/Pod/cart:8080: port 8080 of Pod shop/cart is permissive",
		"shop/Pod/cart: ports 8443 and undeclared ones of Pod shop/cart are strict",
		"shop/Pod/cart:9090: port 9090 of Pod shop/cart is permissive", // by another annotation than 8080
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}

// One pod that accepts plaintext counts, though another pod could not be judged.
func TestPodsDiffer(t *testing.T) {
	t.Parallel()
	pod := func(name, enforced string) string {
		return `---
apiVersion: v1
kind: Pod
metadata:
  name: ` + name + `
  namespace: shop
  ownerReferences: [{kind: StatefulSet, name: db, controller: true}]
  annotations: {toy/mode: sidecar, toy/enforced: ` + enforced + `}
`
	}
	tests := []struct{ name, text, want string }{
		{"strict and permissive", pod("db-0", "strict") + pod("db-1", "permissive"), "true [db-1]"},
		{"unknown and permissive", pod("db-0", "riddle") + pod("db-1", "permissive"), "true [db-1]"},
		{"unknown and strict", pod("db-0", "strict") + pod("db-1", "riddle"), "unknown [db-1]"},
		{"strict", pod("db-0", "strict") + pod("db-1", "closed"), "false [db-0]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g, err := meshfake.Build("db.yaml", test.text)
			if err != nil {
				t.Fatal(err)
			}
			db, ok := g.Workload(mesh.WorkloadID{Namespace: "shop", Kind: "StatefulSet", Name: "db"})
			if !ok {
				t.Fatal("no workload")
			}
			p := plaintext.Ports(db)[0]
			if diff := cmp.Diff(test.want, fmt.Sprint(p.Accepts, " ", p.Pods)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// The mesh's own proxies answer for their ports themselves.
func TestGatewayLeftOut(t *testing.T) {
	t.Parallel()
	g, err := meshfake.Build("g.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: g, namespace: shop, annotations: {toy/mode: gateway}}\n")
	if err != nil {
		t.Fatal(err)
	}
	for w := range g.Workloads() {
		if got := plaintext.Ports(w); len(got) > 0 {
			t.Errorf("ports %v, want none", got)
		}
	}
}

package mesh_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A number that is no port is not taken for another one, and port 0 is none.
func TestPortsThatAreNone(t *testing.T) {
	t.Parallel()
	service := func(name, port string) string {
		return fmt.Sprintf("{apiVersion: v1, kind: Service, metadata: {name: %s, namespace: ns}, spec: {selector: {app: w}, ports: [{%s}]}}", name, port)
	}
	g := graph(t, strings.Join([]string{
		"{apiVersion: apps/v1, kind: Deployment, metadata: {name: w, namespace: ns}, spec: {selector: {}, template: {metadata: {labels: {app: w}}, spec: {containers: [{name: app, image: x, ports: [{name: zero, containerPort: 0}]}]}}}}",
		service("huge", "port: 80, targetPort: 65616"), service("negative", "port: 81, targetPort: -5"),
		service("zero", "port: 0"), service("named", "port: 82, targetPort: zero"), service("good", "port: 83"),
	}, "\n---\n"))
	for w := range g.Workloads() {
		var got []uint16
		for _, p := range w.Ports() {
			got = append(got, p.Number)
		}
		if diff := cmp.Diff([]uint16{83}, got); diff != "" {
			t.Errorf("ports (-want +got):\n%s", diff)
		}
	}
}

// A workload of which only a ReplicaSet is in the input is not lost; one that was scaled down to
// nothing, as Deployments leave them behind, is none.
func TestPartsWithoutOwner(t *testing.T) {
	t.Parallel()
	g := graph(t, strings.Join([]string{
		controller("apps/v1", "ReplicaSet", "canary-1", "kind: Rollout, name: canary"),
		controller("apps/v1", "ReplicaSet", "canary-2", "kind: Rollout, name: canary"),
		strings.Replace(controller("apps/v1", "ReplicaSet", "old-1", "kind: Deployment, name: old"), "spec: {selector", "spec: {replicas: 0, selector", 1),
		controller("batch/v1", "Job", "nightly-29000000", "kind: CronJob, name: nightly"),
		controller("apps/v1", "Deployment", "cart", ""),
		controller("apps/v1", "ReplicaSet", "cart-1", "kind: Deployment, name: cart"),
	}, "\n---\n"))
	var got []string
	for w := range g.Workloads() {
		got = append(got, fmt.Sprint(w.ID(), " ", w.TemplateInferred(), " ", w.Labels()["app"], " ", w.Template().Workload == w))
	}
	want := []string{"ns/CronJob/nightly true nightly-29000000 true", "ns/Deployment/cart false cart true", "ns/Rollout/canary true canary-1 true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

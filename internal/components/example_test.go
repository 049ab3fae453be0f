package components_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/meshposture/meshposture/internal/components"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
)

func Example() {
	const pods = `
{apiVersion: v1, kind: Pod, metadata: {name: cart, namespace: shop}, spec: {containers: [{name: app, image: app}, {name: proxy, image: "toy:2"}]}, status: {phase: Running}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, spec: {containers: [{name: proxy, image: "toy:2"}]}, status: {phase: Running}}
---
{apiVersion: v1, kind: Pod, metadata: {name: report, namespace: batch}, spec: {containers: [{name: app, image: app}]}, status: {phase: Running}}
`
	snap, err := snapshot.Read(context.Background(), "pods.yaml", strings.NewReader(pods), snapshot.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	g, err := mesh.Build(context.Background(), snap)
	if err != nil {
		fmt.Println(err)
		return
	}
	found := components.Group(g.Cluster, func(_ *mesh.Workload, p *mesh.Pod) (string, func() *mesh.Component) {
		for i := range p.Spec.Containers {
			if c := &p.Spec.Containers[i]; c.Name == "proxy" {
				part := components.Part{Kind: mesh.ComponentProxy, Container: c, Path: fmt.Sprintf("spec.containers[%d]", i)}
				return c.Image, func() *mesh.Component { return part.Of(p, "toy/image") }
			}
		}
		return "", nil
	})
	for _, c := range found {
		fmt.Println(c.Kind, c.Pods, c.Workloads, c.Why)
	}
	// Output:
	// proxy 2 [shop/Pod/cart shop/Pod/web] [pods.yaml:2:129: toy/image: the proxy runs image toy:2]
}

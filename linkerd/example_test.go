package linkerd_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
)

func Example() {
	const text = `
apiVersion: v1
kind: ConfigMap
metadata: {name: linkerd-config, namespace: linkerd}
data:
  values: |
    linkerdVersion: edge-25.4.4
    clusterDomain: corp.example
`
	snap, err := snapshot.Read(context.Background(), "linkerd.yaml", strings.NewReader(text), snapshot.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	g, err := mesh.Build(context.Background(), snap, linkerd.New(linkerd.Options{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, cp := range g.ControlPlanes() {
		fmt.Println(cp.Mesh, cp.Version, cp.TrustDomain)
		for _, s := range cp.Why[:2] {
			fmt.Println(s)
		}
	}
	// Output:
	// linkerd edge-25.4.4 corp.example
	// linkerd.yaml:6:3: linkerd/config: the control plane's configuration
	// linkerd.yaml:6:3: linkerd/trust-domain: identityTrustDomain corp.example: identities end in identity.linkerd.corp.example
}

package istio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
)

// build makes a graph of YAML documents, which are read as one file named in.yaml.
func build(t testing.TB, opts istio.Options, docs ...string) *mesh.Graph {
	t.Helper()
	snap, err := snapshot.Read(t.Context(), "in.yaml", strings.NewReader(strings.Join(docs, "\n---\n")), snapshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := mesh.Build(t.Context(), snap, istio.New(opts))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// installed are options under which one default control plane of 1.31 runs.
var installed = istio.Options{Version: "1.31.0", Revisions: []istio.Revision{{}}, CNI: &istio.CNI{Ambient: true}}

// workload finds a workload of namespace ns by name.
func workload(t testing.TB, g *mesh.Graph, name string) *mesh.Workload {
	t.Helper()
	for w := range g.Workloads() {
		if w.ID().Name == name {
			return w
		}
	}
	t.Fatalf("no workload %s", name)
	return nil
}

func declared(t testing.TB, g *mesh.Graph, name string) mesh.Enrolment {
	t.Helper()
	m, ok := workload(t, g, name).Membership(istio.Name)
	if !ok {
		t.Fatalf("%s: the adapter did not judge enrolment", name)
	}
	return m.Declared
}

// namespace writes a Namespace ns with labels in flow style.
func namespace(labels string) string {
	return fmt.Sprintf("{apiVersion: v1, kind: Namespace, metadata: {name: ns, labels: {%s}}}", labels)
}

// deployment writes Deployment ns/w; the arguments are flow-style contents.
func deployment(labels, annotations, spec string) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata: {name: w, namespace: ns}
spec:
  selector: {matchLabels: {app: w}}
  template:
    metadata:
      labels: {app: w, %s}
      annotations: {%s}
    spec: {containers: [{name: app, image: x, ports: [{containerPort: 8080}]}], %s}`, labels, annotations, spec)
}

// sidecarPod writes a running pod ns/p with a sidecar.
func sidecarPod(annotations string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Pod
metadata:
  name: p
  namespace: ns
  labels: {app: w, security.istio.io/tlsMode: istio}
  annotations: {sidecar.istio.io/status: '{"revision":"default"}', %s}
spec:
  containers:
  - {name: app, image: x, ports: [{containerPort: 8080}]}
  - {name: istio-proxy, image: "docker.io/istio/proxyv2:1.31.0", args: [proxy, sidecar]}`, annotations)
}

// ambientPod writes a running pod ns/p whose traffic goes through ztunnel.
func ambientPod(annotations string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Pod
metadata:
  name: p
  namespace: ns
  labels: {app: w}
  annotations: {ambient.istio.io/redirection: enabled, %s}
spec: {containers: [{name: app, image: x, ports: [{containerPort: 8080}]}]}`, annotations)
}

// peerAuth writes a PeerAuthentication; rest is the flow-style content of its spec.
func peerAuth(ns, name, rest string) string {
	return fmt.Sprintf(`apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: %s, namespace: %s, creationTimestamp: "2026-01-01T00:00:00Z"}
spec: {%s}`, name, ns, rest)
}

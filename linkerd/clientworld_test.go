package linkerd_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/mesh"
)

// world is a graph of one text, with the layer that made it.
type world struct {
	*mesh.Graph
	layer *linkerd.Layer
}

// kept is an adapter that keeps its layer.
type kept struct {
	linkerd.Adapter
	layer *linkerd.Layer
}

func (k *kept) Compile(ctx context.Context, in mesh.Input) (mesh.Layer, error) {
	l, err := k.Adapter.Compile(ctx, in)
	k.layer, _ = l.(*linkerd.Layer)
	return l, err
}

func build(t testing.TB, version string, documents ...string) world {
	t.Helper()
	objs, err := meshfake.Objects("in.yaml", strings.Join(documents, "\n---\n"))
	if err != nil {
		t.Fatal(err)
	}
	k := &kept{Adapter: linkerd.New(linkerd.Options{Version: version})}
	g, err := mesh.Build(t.Context(), objs, k)
	if err != nil {
		t.Fatal(err)
	}
	return world{g, k.layer}
}

// workload is the workload of namespace m by its name, whatever its kind.
func (w world) workload(t testing.TB, name string) *mesh.Workload {
	t.Helper()
	for x := range w.Workloads() {
		if x.ID().Namespace == "m" && x.ID().Name == name {
			return x
		}
	}
	t.Fatalf("no workload %s", name)
	return nil
}

func (w world) service(t testing.TB, name string) *mesh.Service {
	t.Helper()
	s := w.Service("m", name)
	if s == nil {
		t.Fatalf("no Service %s", name)
	}
	return s
}

// config is the ConfigMap of the control plane with these values, each "key: value" in YAML's flow form.
func config(values string) string {
	return "{apiVersion: v1, kind: ConfigMap, metadata: {name: linkerd-config, namespace: linkerd}, data: {values: '{" + values + "}'}}"
}

// namespaceM is the namespace in which the pods are.
const namespaceM = "{apiVersion: v1, kind: Namespace, metadata: {name: m}}"

// pod describes a pod of namespace m that runs.
type pod struct {
	name, ip    string
	labels      string // beside app: name, in flow form
	annotations string // in flow form
	ports       string // of the application's container, in flow form
	spec        string // more fields of the spec, in flow form, each with ", " before
	phase       string // empty means Running
	bare        bool   // it has no proxy
	noEnv       bool   // its proxy has an environment without addresses
	set         string // the StatefulSet that it is of; empty for none
}

const proxyEnv = "{name: _pod_ns}, {name: _pod_sa}, {name: LINKERD2_PROXY_INBOUND_LISTEN_ADDR, value: '0.0.0.0:4143'}, {name: LINKERD2_PROXY_ADMIN_LISTEN_ADDR, value: '0.0.0.0:4191'}, " +
	"{name: LINKERD2_PROXY_CONTROL_LISTEN_ADDR, value: '0.0.0.0:4190'}, " +
	"{name: LINKERD2_PROXY_IDENTITY_LOCAL_NAME, value: $(_pod_sa).$(_pod_ns).serviceaccount.identity.linkerd.cluster.local}"

func (p pod) String() string {
	labels := []string{"app: " + p.name}
	containers := "{name: app, image: x, ports: [" + p.ports + "]}"
	if !p.bare {
		env := proxyEnv
		if p.noEnv {
			env = "{name: LINKERD2_PROXY_LOG, value: info}"
		}
		containers += ", {name: linkerd-proxy, image: 'cr.l5d.io/linkerd/proxy:x', env: [" + env + "]}"
		if !strings.Contains(p.labels, "control-plane-ns") {
			labels = append(labels, "linkerd.io/control-plane-ns: linkerd")
		}
	}
	labels = slices.DeleteFunc(append(labels, p.labels), func(s string) bool { return s == "" })
	status := "phase: Running"
	if p.phase != "" {
		status = "phase: " + p.phase
	}
	if p.ip != "" {
		status += ", podIP: '" + p.ip + "'"
	}
	owner := ""
	if p.set != "" {
		owner = ", ownerReferences: [{controller: true, apiVersion: apps/v1, uid: u, kind: StatefulSet, name: " + p.set + "}]"
	}
	return fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: m, uid: u-%s, labels: {%s}, annotations: {%s}%s}, "+
		"spec: {serviceAccountName: %s, containers: [%s]%s}, status: {%s}}",
		p.name, p.name, strings.Join(labels, ", "), p.annotations, owner, p.name, containers, p.spec, status)
}

// serviceTo is a Service of namespace m that sends port 80 to a port of the pods named name.
func serviceTo(name, port, more string) string {
	return fmt.Sprintf("{apiVersion: v1, kind: Service, metadata: {name: %s, namespace: m}, spec: {selector: {app: %s}, ports: [{port: 80, targetPort: %s}]%s}}", name, name, port, more)
}

package mesh_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
)

// docs joins documents to one text.
func docs(all ...string) string { return strings.Join(all, "\n---\n") }

func unjudged(t *testing.T, text string) mesh.Objects {
	t.Helper()
	objs, err := meshfake.Objects("in.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	return objs
}

// toyPod writes a pod without controller in namespace ns, which declares port 8080; annotations are those
// of the toy mesh, such as "toy/mode: sidecar".
func toyPod(name, annotations string) string {
	return fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: ns, labels: {app: %s}, annotations: {%s}}, "+
		"spec: {containers: [{name: app, image: x, ports: [{containerPort: 8080}]}]}}", name, name, annotations)
}

// replica is toyPod for one pod of a StatefulSet.
func replica(set, name, annotations string) string {
	owner := "labels: {app: " + set + "}, ownerReferences: [{controller: true, apiVersion: apps/v1, uid: u, kind: StatefulSet, name: " + set + "}]"
	return strings.Replace(toyPod(name, annotations), "labels: {app: "+name+"}", owner, 1)
}

// service writes a Service that sends port 80 to port 8080 of an app.
func service(name, selects, annotations string) string {
	return fmt.Sprintf("{apiVersion: v1, kind: Service, metadata: {name: %s, namespace: ns, annotations: {%s}}, "+
		"spec: {selector: {app: %s}, ports: [{port: 80, targetPort: 8080}]}}", name, annotations, selects)
}

func policy(name, spec string) string {
	return fmt.Sprintf("{apiVersion: toy.example/v1, kind: Policy, metadata: {name: %s, namespace: ns}, spec: {%s}}", name, spec)
}

// find returns a workload of namespace ns by its name, whatever its kind.
func find(t *testing.T, g *mesh.Graph, name string) *mesh.Workload {
	t.Helper()
	for w := range g.Workloads() {
		if w.ID().Name == name {
			return w
		}
	}
	t.Fatalf("no workload is named %s", name)
	return nil
}

// via is the way by port 80 of a Service; by the pods' own address for the empty name.
func via(t *testing.T, g *mesh.Graph, name string) mesh.Way {
	t.Helper()
	if name == "" {
		return mesh.Way{}
	}
	for s := range g.Services() {
		if s.Name == name {
			return mesh.Way{Service: s, Port: 80}
		}
	}
	t.Fatalf("no Service is named %s", name)
	return mesh.Way{}
}

func names(s mesh.Set) string {
	var all []string
	for w := range s.All() {
		all = append(all, w.ID().Name)
	}
	return strings.Join(all, " ")
}

func rules(why []mesh.Step) []string {
	var all []string
	for _, s := range why {
		all = append(all, s.Rule)
	}
	return all
}

func gapDetails(gaps []mesh.Gap) []string {
	var all []string
	for _, g := range gaps {
		all = append(all, g.Detail)
	}
	return all
}

// wayName tells the ways to a port apart.
func wayName(w mesh.Way) string {
	if w.Service == nil {
		return "by address"
	}
	return fmt.Sprintf("by %s:%d", w.Service.Name, w.Port)
}

// randomWorld writes a small world at random: workloads of all modes, one of them with pods that differ,
// Services with and without proxies, and policies that list callers.
func randomWorld(r *rand.Rand) string {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	apps := []string{"a", "b", "c", "d", "e", "f"}
	var all []string
	annotations := func() string {
		text := "toy/mode: " + pick("sidecar", "sidecar", "ambient", "ambient", "none", "riddle")
		if r.IntN(4) == 0 {
			text += ", toy/sends: " + pick("plaintext", "tls", "nothing", "riddle")
		}
		if r.IntN(4) == 0 {
			text += ", toy/sends-" + pick(apps...) + ": plaintext"
		}
		return text
	}
	for _, name := range apps {
		if name == "f" {
			all = append(all, replica(name, "f-0", annotations()), replica(name, "f-1", annotations()))
			continue
		}
		all = append(all, toyPod(name, annotations()))
	}
	for _, name := range apps {
		if r.IntN(2) == 0 {
			all = append(all, service("s"+name, name, pick("", "toy/proxy: ns/front", "toy/proxy: '?'")))
		}
		if r.IntN(2) == 0 {
			all = append(all, service("t"+name, name, ""))
		}
		if r.IntN(2) == 0 {
			callers := pick(apps...) + ", '" + pick(apps...) + "?', '" + pick(apps...) + "??'"
			all = append(all, policy("callers-"+name, "workload: "+name+", callers: ["+callers+"]"))
		}
		if r.IntN(2) == 0 {
			all = append(all, policy("mode-"+name, "workload: "+name+", mtls: "+pick("strict", "permissive", "disabled", "riddle")))
		}
	}
	if r.IntN(2) == 0 {
		all = append(all, policy("front", "proxy: ns/front, callers: ["+pick(apps...)+", '"+pick(apps...)+"?', '"+pick(apps...)+"??']"))
	}
	return docs(all...)
}

// eachRandomWorld runs a test on worlds that are the same in every run.
func eachRandomWorld(t *testing.T, n int, test func(t *testing.T, g *mesh.Graph)) {
	t.Helper()
	for seed := range n {
		text := randomWorld(rand.New(rand.NewPCG(uint64(seed), 1)))
		test(t, graph(t, text))
		if t.Failed() {
			t.Fatalf("world of seed %d:\n%s", seed, text)
		}
	}
}

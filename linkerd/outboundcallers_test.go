package linkerd_test

import (
	"testing"

	"github.com/meshposture/meshposture/mesh"
)

// Where routes on the client's side may send requests elsewhere, the port's callers are left open for
// clients whose proxies see the routes, and for no others.
func TestCallersBehindRoutes(t *testing.T) {
	t.Parallel()
	docs := []string{
		namespaceM, pod{name: "s", ip: "10.0.1.1"}.String(), pod{name: "v2", ip: "10.0.1.2"}.String(), serviceTo("s", "8080", ""), serviceTo("v2", "8080", ""),
		pod{name: "c", ip: "10.0.0.1"}.String(), pod{name: "u", ip: "10.0.0.2", bare: true}.String(),
		pod{name: "skips", ip: "10.0.0.3", annotations: "config.linkerd.io/skip-outbound-ports: '80'"}.String(),
	}
	route := func(rules string) string {
		return "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r, namespace: m}, spec: {parentRefs: [{group: '', kind: Service, name: s}], rules: [" + rules + "]}}"
	}
	check := func(name, route string, want mesh.Access) {
		w := build(t, "2.20", append(docs[:len(docs):len(docs)], route)...)
		by := w.CallersVia(mesh.Way{Service: w.service(t, "s"), Port: 80}, w.workload(t, "s"), 8080)
		for client, want := range map[string]mesh.Access{"c": want, "u": mesh.AccessAlways, "skips": mesh.AccessAlways} {
			if got := by.Of(w.workload(t, client)); got.Access != want {
				t.Errorf("%s: %s is let in %s, want %s", name, client, got.Access, want)
			}
		}
		if got := w.CallersVia(mesh.Way{}, w.workload(t, "s"), 8080).Of(w.workload(t, "c")); got.Access != mesh.AccessAlways {
			t.Errorf("%s: by the pod's address c is let in %s", name, got.Access)
		}
	}
	check("everything stays", route("{backendRefs: [{name: s, port: 80}]}, {matches: [{path: {value: /x}}]}"), mesh.AccessAlways)
	check("a part goes elsewhere", route("{}, {matches: [{path: {value: /x}}], backendRefs: [{name: v2, port: 80}]}"), mesh.AccessUndecided)
	check("a part is not taken", route("{matches: [{path: {value: /x}}]}"), mesh.AccessUndecided)
}

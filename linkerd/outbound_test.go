package linkerd

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
)

const outboundDocs = `
{apiVersion: v1, kind: Namespace, metadata: {name: m}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: far}}
---
{apiVersion: v1, kind: Pod, metadata: {name: near, namespace: m, uid: a, labels: {linkerd.io/control-plane-ns: linkerd}}, spec: {containers: [{name: app}, {name: linkerd-proxy}]}, status: {phase: Running}}
---
{apiVersion: v1, kind: Pod, metadata: {name: away, namespace: far, uid: b, labels: {linkerd.io/control-plane-ns: linkerd}}, spec: {containers: [{name: app}, {name: linkerd-proxy}]}, status: {phase: Running}}
---
{apiVersion: v1, kind: Pod, metadata: {name: old, namespace: m, uid: c, labels: {app: s, v: old}}, spec: {containers: [{name: app}]}, status: {phase: Running}}
---
{apiVersion: v1, kind: Pod, metadata: {name: new, namespace: m, uid: d, labels: {app: s, v: new}}, spec: {containers: [{name: app}]}, status: {phase: Running}}
---
{apiVersion: v1, kind: Service, metadata: {name: s, namespace: m}, spec: {selector: {app: s}, ports: [{port: 80, targetPort: 8080}, {port: 3306, targetPort: 3306}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: old, namespace: m}, spec: {selector: {v: old}, ports: [{port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: new, namespace: m}, spec: {selector: {v: new}, ports: [{port: 80, targetPort: 8080}]}}
`

func parentOf(name string) string {
	return "parentRefs: [{group: '', kind: Service, name: " + name + "}]"
}

func httpRoute(name, namespace, spec string) string {
	return "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: " + name + ", namespace: " + namespace + "}, spec: {" + spec + "}}"
}

// outboundLayer compiles the objects, and gives every pod with a proxy the enrolment of one.
func outboundLayer(t *testing.T, documents ...string) (*mesh.Graph, *Layer) {
	t.Helper()
	text := outboundDocs
	for _, d := range documents {
		text += "\n---\n" + d
	}
	objs, err := meshfake.Objects("in.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	g, err := mesh.Build(t.Context(), objs, New(Options{Version: "2.20"}))
	if err != nil {
		t.Fatal(err)
	}
	l, err := New(Options{Version: "2.20"}).Compile(t.Context(), mesh.Input{Objects: objs, Cluster: g.Cluster})
	if err != nil {
		t.Fatal(err)
	}
	layer, ok := l.(*Layer)
	if !ok {
		t.Fatalf("a %T", l)
	}
	return g, layer
}

func partyOf(t *testing.T, g *mesh.Graph, namespace, name string) mesh.Party {
	t.Helper()
	w, ok := g.Workload(mesh.WorkloadID{Namespace: namespace, Kind: "Pod", Name: name})
	if !ok {
		t.Fatalf("no pod %s", name)
	}
	p := w.Variants()[0]
	if proxyContainer(p.Pod) != nil {
		p.Enrolment = mesh.Enrolment{Mesh: Name, Mode: mesh.ModeSidecar}
	}
	return p
}

func TestOutboundPoint(t *testing.T) {
	t.Parallel()
	const match = "rules: [{matches: [{path: {type: PathPrefix, value: /a}}], "
	backends := func(more string) string { return match + "backendRefs: [" + more + "]}]" }
	const toOld, toNew = "{name: old, port: 80}", "{name: new, port: 80}"
	const allowed, elsewhere, notFound, open = "true", "false", "false 404", "unknown"
	type want struct{ near, away, other, tcp string } // /a of both clients, /b and TCP of the near one
	for name, c := range map[string]struct {
		docs []string
		want want
	}{
		"nothing":            {nil, want{}},
		"to the Service":     {[]string{httpRoute("r", "m", parentOf("s")+", "+match+"}]")}, want{allowed, allowed, notFound, ""}},
		"all here":           {[]string{httpRoute("r", "m", parentOf("s")+", "+backends(toOld))}, want{allowed, allowed, notFound, ""}},
		"elsewhere":          {[]string{httpRoute("r", "m", parentOf("s")+", "+backends(toNew))}, want{elsewhere, elsewhere, notFound, ""}},
		"shared":             {[]string{httpRoute("r", "m", parentOf("s")+", "+backends(toOld+", "+toNew))}, want{open, open, notFound, ""}},
		"share of nothing":   {[]string{httpRoute("r", "m", parentOf("s")+", "+backends(toOld+", {name: new, port: 80, weight: 0}"))}, want{allowed, allowed, notFound, ""}},
		"alone with nothing": {[]string{httpRoute("r", "m", parentOf("s")+", "+backends("{name: old, port: 80, weight: 0}"))}, want{allowed, allowed, notFound, ""}},
		"no such Service":    {[]string{httpRoute("r", "m", parentOf("s")+", "+backends("{name: gone, port: 80}"))}, want{elsewhere, elsewhere, notFound, ""}},
		"of the client":      {[]string{httpRoute("r", "far", "parentRefs: [{group: '', kind: Service, name: s, namespace: m}], "+backends(toNew))}, want{"", elsewhere, "", ""}},
		"other port":         {[]string{httpRoute("r", "m", "parentRefs: [{group: '', kind: Service, name: s, port: 81}], "+backends(toNew))}, want{}},
		"this port":          {[]string{httpRoute("r", "m", "parentRefs: [{group: '', kind: Service, name: s, port: 80}], "+backends(toNew))}, want{elsewhere, elsewhere, notFound, ""}},
		"redirect": {
			[]string{httpRoute("r", "m", parentOf("s")+", "+match+"filters: [{type: RequestRedirect, requestRedirect: {hostname: other.example}}]}]")},
			want{"false 302", "false 302", notFound, ""},
		},
		"not accepted": {[]string{"{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r, namespace: m}, spec: {" + parentOf("s") + ", " + backends(toNew) + "}, " +
			"status: {parents: [{controllerName: linkerd.io/policy-controller, parentRef: {group: '', kind: Service, name: s}, conditions: [{type: Accepted, status: 'False'}]}]}}"}, want{}},
		"GRPCRoutes hide HTTPRoutes": {[]string{
			httpRoute("r", "m", parentOf("s")+", "+backends(toOld)),
			"{apiVersion: gateway.networking.k8s.io/v1, kind: GRPCRoute, metadata: {name: g, namespace: m}, spec: {" + parentOf("s") + ", rules: [{backendRefs: [" + toNew + "]}]}}",
		}, want{elsewhere, elsewhere, elsewhere, ""}},
		"TCPRoute": {
			[]string{"{apiVersion: gateway.networking.k8s.io/v1alpha2, kind: TCPRoute, metadata: {name: t, namespace: m}, spec: {" + parentOf("s") + ", rules: [{backendRefs: [" + toNew + "]}]}}"},
			want{"", "", "", elsewhere},
		},
		"overrides": {
			[]string{"{apiVersion: linkerd.io/v1alpha2, kind: ServiceProfile, metadata: {name: s.m.svc.cluster.local, namespace: m}, spec: {dstOverrides: [{authority: 'new.m.svc.cluster.local:80', weight: 1}]}}"},
			want{elsewhere, elsewhere, elsewhere, elsewhere},
		},
		"the client's overrides go first": {[]string{
			"{apiVersion: linkerd.io/v1alpha2, kind: ServiceProfile, metadata: {name: s.m.svc.cluster.local, namespace: m}, spec: {dstOverrides: [{authority: new.m.svc.cluster.local, weight: 1}]}}",
			"{apiVersion: linkerd.io/v1alpha2, kind: ServiceProfile, metadata: {name: s.m.svc.cluster.local, namespace: far}, spec: {dstOverrides: [{authority: old.m.svc.cluster.local, weight: 500m}]}}",
		}, want{elsewhere, allowed, elsewhere, elsewhere}},
		"a profile's routes hide the Service's": {[]string{
			httpRoute("r", "m", parentOf("s")+", "+backends(toNew)),
			"{apiVersion: linkerd.io/v1alpha2, kind: ServiceProfile, metadata: {name: s.m.svc.cluster.local, namespace: m}, spec: {routes: [{name: x, condition: {method: GET}}]}}",
		}, want{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, l := outboundLayer(t, c.docs...)
			ask := func(ns, client string, h *mesh.HTTP) string {
				e := mesh.Edge{Client: partyOf(t, g, ns, client), Server: partyOf(t, g, "m", "old"), Port: 8080, Way: mesh.Way{Service: g.Service("m", "s"), Port: 80}}
				p, ok := l.outboundPoint(e, mesh.Request{HTTP: h})
				if !ok {
					return ""
				}
				if (len(p.Unknown) > 0) != (p.Allowed.String() == open) || len(p.Why) == 0 {
					t.Errorf("%s: unknown %v, why %v", p.Allowed, p.Unknown, p.Why)
				}
				if p.Status != 0 {
					return p.Allowed.String() + map[int]string{404: " 404", 302: " 302"}[p.Status]
				}
				return p.Allowed.String()
			}
			get := func(path string) *mesh.HTTP { return &mesh.HTTP{Method: "GET", Path: path, Host: "s"} }
			got := want{ask("m", "near", get("/a/x")), ask("far", "away", get("/a/x")), ask("m", "near", get("/b")), ask("m", "near", nil)}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestServiceOf(t *testing.T) {
	t.Parallel()
	for host, want := range map[string][2]string{
		"s.m.svc.cluster.local": {"m", "s"}, "s.m.svc.cluster.local.": {"m", "s"}, "s.m": {}, "example.com": {},
		"p.s.m.svc.cluster.local": {}, ".svc.cluster.local": {}, "": {},
	} {
		ns, name := serviceOf(host, "cluster.local")
		if got := [2]string{ns, name}; got != want {
			t.Errorf("%q: %q, want %q", host, got, want)
		}
	}
}

package linkerd_test

import (
	"strings"
	"testing"

	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/truth"
)

// Whatever stands in policies, requests are judged: an answer that is open has a gap that says why, and what
// is said of all requests of a client is not contradicted by one of them.
func FuzzPolicies(f *testing.F) {
	f.Add(serverOn("web", "http", ", accessPolicy: audit"), grantTo("p", "Server/web", "ServiceAccount/a"), "GET /x")
	f.Add(serverOn("web", "80", ""), routeTo("r", "web", "{matches: [{path: {type: RegularExpression, value: '/[a-z]+'}, method: GET}]}"), "GET /x?q=%zz")
	f.Add(serverOn("web", "80", ", proxyProtocol: gRPC"), grantTo("q", "Namespace/m"), "POST /s/m")
	f.Add(nets("ten", "{cidr: 10.0.0.0/8, except: [10.0.0.0/33]}"), grantTo("q", "Namespace/m", "NetworkAuthentication/ten"), "tcp")
	f.Fuzz(func(t *testing.T, one, two, line string) {
		docs := []string{one, two, serverOn("last", "80", ""), namespaceM, pod{name: "web", ip: "10.0.0.9", ports: webPorts}.String(), pod{name: "a", ip: "10.0.0.1"}.String()}
		snap, err := snapshot.Read(t.Context(), "in.yaml", strings.NewReader(strings.Join(docs, "\n---\n")), snapshot.Options{})
		if err != nil {
			return
		}
		g, err := mesh.Build(t.Context(), snap, linkerd.New(linkerd.Options{Version: "2.20"}))
		if err != nil {
			t.Fatal(err)
		}
		web, ok := g.Workload(mesh.WorkloadID{Namespace: "m", Kind: "Pod", Name: "web"})
		a, ok2 := g.Workload(mesh.WorkloadID{Namespace: "m", Kind: "Pod", Name: "a"})
		if !ok || !ok2 {
			return // the text gave them away
		}
		r := mesh.Request{From: mesh.Client{Workload: a}, To: web, Port: 80, Way: &mesh.Way{}}
		if method, path, ok := strings.Cut(line, " "); ok {
			r.HTTP = &mesh.HTTP{Method: method, Path: path, Host: path}
		}
		v := g.Authorize(r)
		for _, p := range v.Points {
			if p.Allowed == truth.Unknown && len(p.Unknown) == 0 || len(p.Why) == 0 {
				t.Errorf("no reason is given: %+v", p)
			}
		}
		in := web.Inbound(80)
		if in.Enforced == mesh.MTLSUnknown && len(in.Unknown) == 0 {
			t.Errorf("no reason is given: %+v", in)
		}
		http := in.Protocol == mesh.ProtocolHTTP
		of := g.CallersVia(mesh.Way{}, web, 80).Of(a)
		if of.Access == mesh.AccessNever && v.Allowed == truth.True || of.Access == mesh.AccessAlways && v.Allowed == truth.False && (r.HTTP != nil || !http) {
			t.Errorf("%v, and one request: %v", of.Admission, v.Allowed)
		}
		g.Conflicts()
		g.Flaws()
	})
}

package istio_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// FuzzBoundary feeds any documents to the graph: nothing may panic, an entry that is served has nothing
// unknown about it, what demands a certificate ends TLS, and the order of the documents is all the same.
func FuzzBoundary(f *testing.F) {
	http := gateway("{port: {number: 80, name: h, protocol: HTTP}, hosts: ['*']}, {port: {number: 443, name: s, protocol: HTTPS}, hosts: [./a.b, '*.b'], tls: {mode: MUTUAL}}")
	f.Add(edge+"\n---\n"+http+"\n---\n"+virtualService("hosts: ['*'], http: [{delegate: {name: d}}, {route: [{destination: {host: cart}}]}]"), uint64(1))
	f.Add(edge+"\n---\n"+apiGateway("", "{name: l, port: 443, protocol: TLS, tls: {mode: Passthrough}}")+"\n---\n"+httpRoute("TLSRoute", "{backendRefs: [{name: cart, port: 80}]}"), uint64(2))
	f.Add(fmt.Sprintf(caller, "")+"\n---\n"+serviceEntry(httpPort)+"\n---\n"+egressGateway, uint64(3))
	f.Add("{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i, namespace: n}, spec: {tls: [{}], rules: [{}, {http: {}}, {http: {paths: [{}]}}], defaultBackend: {}}}", uint64(4))
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		docs := strings.Split(text, "\n---\n")
		if len(docs) > 30 || len(text) > 1<<16 {
			return
		}
		first := boundaryOf(t, docs)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
		if second := boundaryOf(t, docs); first != "" && second != "" && first != second {
			t.Errorf("the order of the documents changes the answers:\n%s\n--- and\n%s", first, second)
		}
	})
}

// boundaryOf renders entries and exits without positions. It is empty when a text could not be read, or
// an object stands twice.
func boundaryOf(t *testing.T, docs []string) string {
	t.Helper()
	snap, err := snapshot.Read(t.Context(), "in.yaml", strings.NewReader(strings.Join(docs, "\n---\n")), snapshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := mesh.Build(t.Context(), snap, istio.New(istio.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("entries\n")
	for _, e := range g.Entries() {
		fmt.Fprintln(&b, e.Mesh, e.Kind, e.Object, e.Port, e.TLS, e.Served, e.ClientCertificate, e.RedirectsToTLS, e.Hosts, len(e.Proxies), len(e.Why))
		if e.Served == truth.True && len(e.Unknown) > 0 && e.Mesh != "" {
			t.Errorf("%s is served, and this is not known: %v", e.Object, e.Unknown)
		}
		if ends := e.TLS == mesh.EdgeTerminated || e.TLS == mesh.EdgeMeshMutual; e.ClientCertificate == truth.True && !ends {
			t.Errorf("%s demands a certificate, and TLS is %s", e.Object, e.TLS)
		}
		for _, bk := range e.Backends {
			fmt.Fprintln(&b, "  ", backendOf(bk), len(g.Hops(e, bk)), len(g.Detours(e, bk)))
		}
	}
	for _, e := range g.Exits() {
		fmt.Fprintln(&b, e.Host, e.Port, e.Clients)
		for w := range g.Workloads() {
			d := g.Depart(w, e)
			fmt.Fprintln(&b, "  ", w.ID(), d.Sends, d.Beyond, g.Outlet(w).Passes)
		}
	}
	if len(snap.Skipped()) > 0 {
		return ""
	}
	for _, p := range snap.Problems() {
		if p.Code != source.ProblemNoNamespace {
			return ""
		}
	}
	return b.String()
}

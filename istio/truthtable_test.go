package istio_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
)

// world is one setting of a truth table: the same policies for every kind of client and server.
type world struct {
	ambient, auto bool
	level         string // where the PeerAuthentication stands: namespace or workload
	mode, tls     string // of the PeerAuthentication and of the DestinationRule
}

// graph makes the cluster of a world: a client of each kind in ns-a, and a server of each in ns-b.
func (w world) graph(t testing.TB) *mesh.Graph {
	t.Helper()
	docs := []string{
		"{apiVersion: v1, kind: Namespace, metadata: {name: ns-a}}", "{apiVersion: v1, kind: Namespace, metadata: {name: ns-b}}",
	}
	for _, kind := range []string{"none", "sidecar", "hbonesidecar", "ambient"} {
		docs = append(docs, tablePod("ns-a", "client-"+kind, kind), tablePod("ns-b", kind, kind), tableService(kind), w.destinationRule(kind))
		if w.level == "workload" {
			docs = append(docs, w.peerAuthentication("pa-"+kind, "selector: {matchLabels: {app: "+kind+"}}, "))
		}
	}
	if w.level == "namespace" {
		docs = append(docs, w.peerAuthentication("pa", ""))
	}
	return build(t, istio.Options{
		Version: "1.31.0", Revisions: []istio.Revision{{}}, CNI: &istio.CNI{Ambient: w.ambient},
		Env:        map[string]string{"PILOT_ENABLE_AMBIENT": strconv.FormatBool(w.ambient)},
		MeshConfig: istio.File{Name: "mesh.yaml", Data: fmt.Appendf(nil, "enableAutoMtls: %t", w.auto)},
	}, docs...)
}

func (w world) peerAuthentication(name, selector string) string {
	if w.mode == "unset" && selector == "" {
		return peerAuth("ns-b", name, "mtls: {mode: UNSET}")
	}
	return peerAuth("ns-b", name, selector+"mtls: {mode: "+strings.ToUpper(w.mode)+"}")
}

func (w world) destinationRule(server string) string {
	tls := map[string]string{
		"disable": "mode: DISABLE", "istiomutual": "mode: ISTIO_MUTUAL", "simple": "mode: SIMPLE",
		"mutual": "mode: MUTUAL, clientCertificate: /c.pem, privateKey: /k.pem, caCertificates: /ca.pem",
	}[w.tls]
	if tls == "" {
		return "{apiVersion: v1, kind: Namespace, metadata: {name: unused-" + server + "}}"
	}
	return destinationRule("ns-b", "dr-"+server, "host: "+server+", trafficPolicy: {tls: {"+tls+"}}")
}

// destinationRule writes a DestinationRule; rest is the flow-style content of its spec.
func destinationRule(ns, name, rest string) string {
	return fmt.Sprintf(`{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: %s, namespace: %s, creationTimestamp: "2026-01-01T00:00:00Z"}, spec: {%s}}`, name, ns, rest)
}

func tableService(name string) string {
	return fmt.Sprintf(`{apiVersion: v1, kind: Service, metadata: {name: %[1]s, namespace: ns-b}, spec: {clusterIP: 10.0.0.1, selector: {app: %[1]s}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 9000}]}}`, name)
}

// tablePod writes a running pod of a kind of the tables.
func tablePod(ns, name, kind string) string {
	labels, annotations, proxy := "app: "+name, "", ""
	switch kind {
	case "sidecar", "hbonesidecar":
		labels += ", security.istio.io/tlsMode: istio"
		annotations = `sidecar.istio.io/status: '{"revision":"default"}'`
		proxy = `, {name: istio-proxy, image: "istio/proxyv2:1.31.0", args: [proxy, sidecar]}`
		if kind == "hbonesidecar" {
			labels += ", networking.istio.io/tunnel: http"
		}
	case "ambient":
		annotations = "ambient.istio.io/redirection: enabled"
	default:
	}
	return fmt.Sprintf(`{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: %s, labels: {%s}, annotations: {%s}}, spec: {containers: [{name: app, image: x, ports: [{containerPort: 8080}, {containerPort: 9000}]}%s]}, status: {phase: Running}}`, name, ns, labels, annotations, proxy)
}

// cell is the answer for a client and a server, in the words of the tables.
func cell(t testing.TB, g *mesh.Graph, client, server string, way, port uint16) string {
	t.Helper()
	for s := range g.Services() {
		if s.Name == server {
			got := g.TransportVia(mesh.Way{Service: s, Port: way}, workload(t, g, "client-"+client), workload(t, g, server), port)
			return wireWord(got) + "→" + resultWord(got)
		}
	}
	t.Fatalf("no Service %s", server)
	return ""
}

// TestTruthTables holds every row of the tables in ../shared/semantics, which Istio's own code filled,
// against the adapter.
func TestTruthTables(t *testing.T) {
	t.Parallel()
	rows := 0
	for _, name := range []string{"istio-truth-sidecar.md", "istio-truth-ambient.md"} {
		data, err := os.ReadFile("../../shared/semantics/" + name)
		if err != nil {
			t.Skipf("the truth tables are not beside the repository: %v", err)
		}
		var head world
		graphs := map[world]*mesh.Graph{}
		for line := range strings.Lines(string(data)) {
			if title, ok := strings.CutPrefix(line, "## "); ok {
				head = world{
					ambient: strings.Contains(title, "PILOT_ENABLE_AMBIENT=true"), auto: strings.Contains(title, "enableAutoMtls=true"),
					level: map[bool]string{true: "namespace", false: "workload"}[strings.Contains(title, "namespace level")],
				}
			}
			col := strings.Split(line, "|")
			if len(col) < 8 || !strings.Contains(line, "→") {
				continue
			}
			for i := range col {
				col[i] = strings.TrimSpace(col[i])
			}
			w := head
			w.tls, w.mode = col[2], col[4]
			if graphs[w] == nil {
				graphs[w] = w.graph(t)
			}
			for i, port := range []uint16{8080, 9000} {
				want, _, _ := strings.Cut(col[5+i], " ")
				if got := cell(t, graphs[w], col[1], col[3], []uint16{80, 9000}[i], port); got != want {
					t.Errorf("%+v: %s to %s, port %d: want %s, got %s", w, col[1], col[3], port, want, got)
				}
				rows++
			}
		}
	}
	if rows < 2000 {
		t.Errorf("only %d cells were compared", rows)
	}
}

// The tables in short: what a client sends to a server's HTTP and TCP port, and what becomes of it, for
// the modes UNSET, PERMISSIVE, STRICT and DISABLE of the server's namespace.
// source: pilot/pkg/networking/core/cluster_tls.go and listener_inbound.go of Istio 1.31.
func TestTransport(t *testing.T) {
	t.Parallel()
	const mutual = "istio_mtls→mtls"
	for _, c := range []struct {
		client, tls, server    string
		unset, strict, disable string // on the HTTP port
		unsetTCP, disableTCP   string // on the TCP port, where it differs
	}{
		{"none", "auto", "none", "plaintext→plaintext", "plaintext→plaintext", "plaintext→plaintext", "", ""},
		{"none", "auto", "sidecar", "plaintext→plaintext", "plaintext→fail", "plaintext→plaintext", "", ""},
		{"none", "auto", "ambient", "plaintext→plaintext", "plaintext→fail", "plaintext→plaintext", "", ""},
		{"sidecar", "auto", "none", "plaintext→plaintext", "plaintext→plaintext", "plaintext→plaintext", "", ""},
		{"sidecar", "auto", "sidecar", mutual, mutual, "plaintext→plaintext", "", ""},
		{"sidecar", "disable", "sidecar", "plaintext→plaintext", "plaintext→fail", "plaintext→plaintext", "", ""},
		{"sidecar", "istiomutual", "none", "istio_mtls→fail", "istio_mtls→fail", "istio_mtls→fail", "", ""},
		{"sidecar", "istiomutual", "sidecar", mutual, mutual, "istio_mtls→fail", "", ""},
		{"sidecar", "simple", "none", "tls_simple→app-tls", "tls_simple→app-tls", "tls_simple→app-tls", "", ""},
		{"sidecar", "simple", "sidecar", "tls_simple→fail", "tls_simple→fail", "tls_simple→fail", "tls_simple→app-tls", "tls_simple→app-tls"},
		{"sidecar", "mutual", "sidecar", "tls_mutual→fail", "tls_mutual→fail", "tls_mutual→fail", "tls_mutual→app-tls", "tls_mutual→app-tls"},
		{"sidecar", "auto", "ambient", "hbone→mtls", "hbone→mtls", "hbone→mtls", "", ""},
		{"sidecar", "disable", "ambient", "hbone→mtls", "hbone→mtls", "hbone→mtls", "", ""},
		{"sidecar", "simple", "ambient", "hbone+tls_simple→mtls", "hbone+tls_simple→mtls", "hbone+tls_simple→mtls", "", ""},
		{"ambient", "auto", "ambient", "hbone→mtls", "hbone→mtls", "hbone→mtls", "", ""},
		{"ambient", "istiomutual", "hbonesidecar", "hbone→mtls", "hbone→mtls", "hbone→mtls", "", ""},
		{"ambient", "istiomutual", "sidecar", "plaintext→plaintext", "plaintext→fail", "plaintext→plaintext", "", ""},
		{"ambient", "auto", "none", "plaintext→plaintext", "plaintext→plaintext", "plaintext→plaintext", "", ""},
	} {
		t.Run(c.client+" to "+c.server+" "+c.tls, func(t *testing.T) {
			t.Parallel()
			for mode, want := range map[string][2]string{
				"unset": {c.unset, c.unsetTCP}, "permissive": {c.unset, c.unsetTCP}, "strict": {c.strict, ""}, "disable": {c.disable, c.disableTCP},
			} {
				g := world{ambient: true, auto: true, level: "namespace", mode: mode, tls: c.tls}.graph(t)
				if want[1] == "" {
					want[1] = want[0]
				}
				if got := cell(t, g, c.client, c.server, 80, 8080); got != want[0] {
					t.Errorf("%s, http: want %s, got %s", mode, want[0], got)
				}
				if got := cell(t, g, c.client, c.server, 9000, 9000); got != want[1] {
					t.Errorf("%s, tcp: want %s, got %s", mode, want[1], got)
				}
			}
		})
	}
}

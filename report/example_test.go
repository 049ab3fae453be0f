package report_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/suite"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/drift"
	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/report"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/truth"
)

// audit compares a directory of manifests, or a cluster dump, with a decision record.
func audit(ctx context.Context, manifests, record string, now time.Time) (report.Input, error) {
	snap, err := snapshot.Load(ctx, snapshot.Options{}, manifests)
	if err != nil {
		return report.Input{}, err
	}
	set, issues, err := decision.Load(ctx, record)
	if err != nil {
		return report.Input{}, err
	}
	issues = append(issues, decision.Validate(set, decision.ValidateOptions{Now: decision.DateOf(now)})...)
	graph, err := mesh.Build(ctx, snap, istio.New(istio.Options{}))
	if err != nil {
		return report.Input{}, err
	}
	checks := append(suite.All(), drift.Checks(set)...)
	result, err := check.Run(ctx, graph, check.Options{Now: now}, checks...)
	return report.Input{
		Graph: graph, Skipped: snap.Skipped(), Record: set, RecordIssues: issues, Result: result, Now: now,
	}, err
}

func Example() {
	now := time.Date(2023, 10, 2, 0, 0, 0, 0, time.UTC)
	in, err := audit(context.Background(), "../examples/audit/example/cluster", "../examples/audit/example/decision", now)
	if err != nil {
		fmt.Println(err)
		return
	}
	// report.Text and report.JSON write all of it; New gives it as data.
	doc := report.New(in)
	fmt.Printf("%d of %d workloads are inside\n", doc.Summary.Inside, doc.Summary.Workloads)
	for _, w := range doc.Workloads {
		if w.Documented != nil {
			fmt.Printf("outside: %s %s/%s by %s, documented: %t\n", w.Kind, w.Namespace, w.Name, w.Meshes[0].Declared.Cause, *w.Documented)
		}
	}
	fmt.Println("exit status", report.ExitStatus(in, report.Threshold{}))
	// Output:
	// 9 of 15 workloads are inside
	// outside: CronJob batch/invoice-run by pod-annotation, documented: true
	// outside: CronJob batch/report-export by pod-label, documented: true
	// outside: CronJob batch/stock-sync by pod-annotation, documented: true
	// outside: Deployment istio-system/istiod by pod-label, documented: true
	// outside: DaemonSet monitoring/datadog-agent by host-network, documented: true
	// outside: Deployment returns/returns-api by namespace-unlabelled, documented: false
	// exit status 1
}

// plaintextIn lists the ports of a namespace that take plaintext, or may: a workload accepts what
// the weakest of its pods accepts, on the ports that it declares and on all others.
func plaintextIn(graph *mesh.Graph, namespace string) []string {
	var open []string
	for w := range graph.Workloads() {
		if w.ID().Namespace != namespace {
			continue
		}
		// Containers may listen on ports that nobody declares; one number stands for all of those.
		ports := w.Ports()
		ports = append(ports, mesh.Port{Number: mesh.UnlistedPort(ports), Name: "or any other", Protocol: "TCP"})
		for _, p := range ports {
			if in := w.Inbound(p.Number); p.Protocol == "TCP" && in.Enforced.AcceptsPlaintext() != truth.False {
				open = append(open, fmt.Sprintf("%s port %d (%s): %s", w.ID(), p.Number, p.Name, in.Enforced))
			}
		}
	}
	return open
}

// A question of one's own: does a namespace take plaintext?
func Example_plaintext() {
	now := time.Date(2023, 10, 2, 0, 0, 0, 0, time.UTC)
	in, err := audit(context.Background(), "../examples/audit/example/cluster", "../examples/audit/example/decision", now)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, port := range plaintextIn(in.Graph, "payments") {
		fmt.Println(port)
	}
	// Output:
	// payments/Deployment/ledger port 9000 (grpc): permissive
	// payments/Deployment/ledger port 9090 (http-metrics): none
	// payments/Deployment/ledger port 64991 (or any other): permissive
	// payments/Deployment/payments port 8080 (http): permissive
	// payments/Deployment/payments port 64991 (or any other): permissive
}

// answers asks a graph who may call a port, whether one request gets through and why, what the client
// reaches, and how traffic comes into the cluster.
func answers(graph *mesh.Graph, client, server *mesh.Workload, port uint16) []string {
	var lines []string
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for c := range graph.Callers(server, port).All() {
		say("%s", c) // always, sometimes with the terms, never, or undecided; c.Why and c.Unknown say why
	}
	get := &mesh.HTTP{Method: "GET", Path: "/admin"}
	verdict := graph.Authorize(mesh.Request{From: mesh.Client{Workload: client}, To: server, Port: port, HTTP: get})
	say("GET /admin: %s", verdict)
	if point, ok := verdict.Decisive(); ok {
		for _, step := range slices.Concat(verdict.Transport.Why, point.Why) {
			say("  %s", step) // file:line:column: rule: what it saw
		}
	}
	for _, r := range graph.Reach(client).Beyond {
		say("%s reaches %s port %d by way of %s", client.ID(), r.Server.ID(), r.Port, r.From.ID())
	}
	for _, e := range graph.Entries() {
		say("port %d of %s takes %s, client certificate demanded: %s", e.Port, e.Object, e.TLS, e.ClientCertificate)
	}
	return lines
}

// Questions of one's own: who may call, does this request pass, what is reached, what comes in?
func Example_answers() {
	ctx := context.Background()
	snap, err := snapshot.Load(ctx, snapshot.Options{}, "../examples/callers/example")
	if err != nil {
		fmt.Println(err)
		return
	}
	graph, err := mesh.Build(ctx, snap, istio.New(istio.Options{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	web, found := graph.Workload(mesh.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: "web"})
	cart, known := graph.Workload(mesh.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: "cart"})
	if !found || !known {
		fmt.Println("the example has changed")
		return
	}
	for _, line := range answers(graph, web, cart, 8080) {
		fmt.Println(line)
	}
	// Output:
	// batch/CronJob/report: never
	// istio-system/Deployment/istiod: never
	// pay/Deployment/ledger: never
	// pay/Deployment/till: sometimes: anything, unless path is /admin*
	// shop/Deployment/cart: never
	// shop/Deployment/stock: never
	// shop/Deployment/web: sometimes: method is GET or POST and path is /cart/*, unless path is /admin*
	// GET /admin: refused by AuthorizationPolicy/shop/no-admin spec.rules[0]
	//   ../examples/callers/example/shop.yaml:28:5: istio/auto-mtls: injection labels the server's pod security.istio.io/tlsMode=istio, so clients begin mutual TLS
	//   ../examples/callers/example/policies.yaml:4:15: istio/peer-authentication: PeerAuthentication istio-system/default sets STRICT
	//   ../examples/callers/example/shop.yaml:28:5: istio/received: the server's sidecar ends the mutual TLS
	//   ../examples/callers/example/policies.yaml:4:15: istio/peer-authentication: PeerAuthentication istio-system/default sets STRICT
	//   ../examples/callers/example/policies.yaml:25:7: istio/deny-rule: rule 0 of AuthorizationPolicy shop/no-admin denies the request
	// shop/Deployment/web reaches shop/Deployment/stock port 5432 by way of shop/Deployment/cart
	// port 80 of Service/shop/web takes opaque, client certificate demanded: unknown
}

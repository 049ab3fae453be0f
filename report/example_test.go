package report_test

import (
	"context"
	"fmt"
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

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

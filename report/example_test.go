package report_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/drift"
	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/report"
	"github.com/meshposture/meshposture/snapshot"
)

const manifests = `
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {istio-injection: enabled}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  template:
    spec:
      containers: [{name: cart, ports: [{containerPort: 8080}]}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: invoices, namespace: shop}
spec:
  jobTemplate:
    spec:
      template:
        metadata:
          annotations: {sidecar.istio.io/inject: "false"}
`

const record = `
apiVersion: meshposture.dev/v1alpha1
kind: ExclusionRegister
id: register
exclusions:
  - id: jobs
    kind: workload
    selector: {namespaces: [shop], kinds: [CronJob], expectMin: 1, expectMax: 1}
    mechanisms: [pod-annotation]
    reasonClass: job-never-completes
    reason: the proxy outlives the work, so the pod never ends
    implication:
      effects: [plaintext, no-authorization]
      text: its traffic to the database is plaintext
    owner: {team: data}
    reviewBy: 2024-02-14
`

// The whole way from manifests and a record to a report.
func Example() {
	ctx, now := context.Background(), time.Date(2023, 10, 2, 0, 0, 0, 0, time.UTC)
	snap, err := snapshot.Read(ctx, "shop.yaml", strings.NewReader(manifests), snapshot.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	graph, err := mesh.Build(ctx, snap, istio.New(istio.Options{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	set, issues := decision.Parse("shop.mesh.yaml", []byte(record))
	result, err := check.Run(ctx, graph, check.Options{Now: now}, drift.Checks(set)...)
	if err != nil {
		fmt.Println(err)
		return
	}
	in := report.Input{
		Graph: graph, Skipped: snap.Skipped(), Record: set, RecordIssues: issues, Result: result, Now: now,
	}
	// report.Text and report.JSON write all of it; New gives it as data.
	doc := report.New(in)
	fmt.Printf("%d of %d workloads inside, complete: %t\n", doc.Summary.Inside, doc.Summary.Workloads, doc.Complete)
	for _, w := range doc.Workloads {
		if w.Documented != nil {
			declared := w.Meshes[0].Declared
			fmt.Printf("outside: %s %s/%s by %s at %s, documented: %t\n",
				w.Kind, w.Namespace, w.Name, declared.Cause, declared.Why[0].Pos, *w.Documented)
		}
	}
	fmt.Println("exit status", report.ExitStatus(in, report.Threshold{}))
	// Output:
	// 1 of 2 workloads inside, complete: false
	// outside: CronJob shop/invoices by pod-annotation at shop.yaml:24:25, documented: true
	// exit status 0
}

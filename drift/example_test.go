package drift_test

import (
	"context"
	"fmt"
	"time"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/drift"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("batch.yaml", `apiVersion: v1
kind: Namespace
metadata:
  name: batch
  annotations: {toy/mode: sidecar}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, namespace: batch}
spec:
  jobTemplate:
    spec:
      template:
        metadata:
          annotations: {toy/mode: none}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: invoice, namespace: batch}
spec:
  jobTemplate:
    spec:
      template:
        metadata:
          annotations: {toy/mode: none}
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	record, issues := decision.Parse("register.mesh.yaml", []byte(`apiVersion: meshposture.dev/v1alpha1
kind: ExclusionRegister
id: exclusions
exclusions:
  - id: report
    kind: workload
    selector: {namespaces: [batch], names: [report]}
    reasonClass: job-never-completes
    owner: {team: data}
    reviewBy: 2026-03-31
`))
	for _, i := range issues {
		fmt.Println(i)
	}
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	res, err := check.Run(context.Background(), g, check.Options{Now: now}, drift.Checks(record)...)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s\n", f.Pos, f.Code, f.Message)
	}
	// Output:
	// batch.yaml:25:25: DRF-EXC-01: CronJob batch/invoice is outside the mesh (pod-annotation, CronJob/batch/invoice) and no exclusion explains it
	// register.mesh.yaml:10:5: DRF-EXC-07: exclusion report was due for review on 2026-03-31 (62 days ago), owner data
	// register.mesh.yaml:5:5: DRF-EXC-16: exclusion report (job-never-completes) keeps out of the mesh: CronJob batch/report
}

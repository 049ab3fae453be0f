package report_test

import (
	"errors"
	"testing"
	"time"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/report"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
)

// today is the date of all reports in these tests.
var today = time.Date(2023, 10, 2, 0, 0, 0, 0, time.UTC)

// build is a graph of the toy mesh (see meshfake).
func build(t *testing.T, text string) *mesh.Graph {
	t.Helper()
	g, err := meshfake.Build("cluster.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// full is a report with something in every section.
func full(t *testing.T) report.Input {
	t.Helper()
	g := build(t, cluster)
	set, issues := decision.Parse("record.mesh.yaml", []byte(exclusions))
	ledger, _ := g.Workload(mesh.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: "ledger"})
	return report.Input{
		Graph: g,
		Skipped: []snapshot.Skipped{
			{Pos: source.Pos{File: "charts/app/templates/x.yaml"}, Reason: snapshot.ReasonTemplate, Detail: "in the templates of a Helm chart"},
		},
		Record:       set,
		RecordIssues: issues,
		Result: check.Result{
			Findings: []check.Finding{
				{
					Code: "T-02", Name: "bypassed", Severity: check.High, Subject: "shop/Deployment/ledger:9090",
					Pos: source.Pos{File: "cluster.yaml", Line: 20, Col: 9}, Message: "port 9090 of Deployment shop/ledger skips the proxy",
					Why:     ledger.Bypasses()[0].Why,
					Related: []check.Related{{Pos: source.Pos{File: "record.mesh.yaml", Line: 4, Col: 1}, Message: "the record's exclusions"}},
				},
				{Code: "T-03", Name: "documented", Severity: check.Info, Subject: "jobs", Message: "an exclusion is in force"},
			},
			Undecided: []check.Undecided{{Code: "T-04", Name: "open", Subject: "shop", Message: "whether shop is open: the reason is not known"}},
			Failed:    []check.Failure{{Code: "T-05", Err: errors.New("out of patience")}},
		},
		Now: today,
	}
}

const cluster = `apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations: {toy/mode: sidecar}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  template:
    spec:
      containers: [{name: cart, ports: [{name: http, containerPort: 8080}, {containerPort: 53, protocol: UDP}]}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ledger, namespace: shop}
spec:
  template:
    metadata:
      annotations:
        toy/bypass: inbound 9090
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec:
  template:
    spec: {hostNetwork: true}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: invoices, namespace: shop}
spec:
  jobTemplate:
    spec:
      template:
        metadata:
          annotations: {toy/mode: none}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: orphan, namespace: nowhere}
`

const exclusions = `apiVersion: meshposture.dev/v1alpha1
kind: ExclusionRegister
id: register
exclusions:
  - id: jobs
    kind: workload
    selector: {namespaces: [shop], kinds: [CronJob], expectMin: 1, expectMax: 1}
    mechanisms: [pod-annotation]
    reasonClass: job-never-completes
    reason: the proxy outlives the work
    implication: {effects: [plaintext], text: traffic to the database is plaintext}
    compensating: [{kind: credentials, text: a password for each job}]
    owner: {team: data}
    reviewBy: 2023-09-01
    expires: 2023-12-31
    # No such field:
    colour: blue
  - id: gone
    kind: namespace
    selector: {namespaces: [gone]}
`

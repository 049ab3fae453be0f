package report_test

import (
	"errors"
	"testing"
	"testing/fstest"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/report"
	"github.com/meshposture/meshposture/snapshot"
)

// fromManifests is a graph of Istio, made from text that may be broken.
func fromManifests(t *testing.T, text string) *mesh.Graph {
	t.Helper()
	files := fstest.MapFS{"cluster.yaml": {Data: []byte(text)}}
	snap, err := snapshot.LoadFS(t.Context(), files, snapshot.Options{}, ".")
	if err != nil {
		t.Fatal(err)
	}
	g, err := mesh.Build(t.Context(), snap, istio.New(istio.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

const enrolled = `apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec: {template: {spec: {containers: [{name: cart}]}}}
`

func TestExitStatus(t *testing.T) {
	t.Parallel()
	found := func(s check.Severity) report.Input {
		return report.Input{Result: check.Result{Findings: []check.Finding{{Severity: s}}}}
	}
	issue := func(s decision.Severity) report.Input {
		return report.Input{RecordIssues: []decision.Issue{{Severity: s}}}
	}
	open := report.Input{Result: check.Result{Undecided: []check.Undecided{{}}}}
	unknown := report.Input{Graph: build(t, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: b}\n")}
	unread := report.Input{Graph: fromManifests(t, enrolled+"---\na: [\n")}
	ports := report.Input{Graph: build(t, openPort)}
	failed := report.Input{Result: check.Result{Failed: []check.Failure{{Err: errors.New("no")}}}}
	failedAndFound := found(check.Critical)
	failedAndFound.Result.Failed = failed.Result.Failed

	strict := report.Threshold{FailUndecided: true}
	for _, tt := range []struct {
		name string
		in   report.Input
		at   report.Threshold
		want int
	}{
		{"nothing", report.Input{}, report.Threshold{}, report.ExitOK},
		{"medium is below the default", found(check.Medium), report.Threshold{}, report.ExitOK},
		{"high is the default", found(check.High), report.Threshold{}, report.ExitFindings},
		{"info when asked", found(check.Info), report.Threshold{FailOn: check.Info}, report.ExitFindings},
		{"an error in the record is high", issue(decision.Error), report.Threshold{}, report.ExitFindings},
		{"a warning is low", issue(decision.Warning), report.Threshold{FailOn: check.Medium}, report.ExitOK},
		{"a warning is not less", issue(decision.Warning), report.Threshold{FailOn: check.Low}, report.ExitFindings},
		{"undecided passes", open, report.Threshold{}, report.ExitOK},
		{"undecided fails when asked", open, strict, report.ExitFindings},
		{"an undecided workload fails when asked", unknown, strict, report.ExitFindings},
		{"an undecided port fails when asked", ports, strict, report.ExitFindings},
		{"broken input passes", unread, report.Threshold{}, report.ExitOK},
		{"broken input fails when asked", unread, strict, report.ExitFindings},
		{"no workloads fail when asked", report.Input{}, strict, report.ExitFindings},
		{"what is wholly judged passes", report.Input{Graph: fromManifests(t, enrolled)}, strict, report.ExitOK},
		{"a failed check", failed, report.Threshold{}, report.ExitFailed},
		{"findings before failures", failedAndFound, report.Threshold{}, report.ExitFindings},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := report.ExitStatus(tt.in, tt.at); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

package decision_test

import (
	"fmt"

	"github.com/meshposture/meshposture/decision"
)

// The record of a small shop: CronJobs are left out, everything else states STRICT.
const shop = `apiVersion: meshposture.dev/v1alpha1
kind: MeshDecision
id: MESH-0007
status: accepted
exclusions:
  - id: batch-jobs
    kind: workload
    selector: {kinds: [CronJob], expectMin: 3, expectMax: 3}
    mechanisms: [pod-annotation]
    reasonClass: job-never-completes
    reason: Envoy stays alive after the job has ended, and blocks the next run
    owner: {team: data}
    reviewBy: 2026-03-31
mtls:
  stated:
    - mode: STRICT
    - {mode: permissive, scope: {workloads: [Deployment/cart], ports: [8443]}}
`

func Example() {
	set, issues := decision.Parse("shop.mesh.yaml", []byte(shop))
	for _, issue := range issues {
		fmt.Println(issue)
	}
	now, err := decision.ParseDate("2026-06-30")
	if err != nil {
		fmt.Println(err)
		return
	}
	report := decision.Workload{Namespace: "batch", Kind: "CronJob", Name: "report"}
	for e := range set.ExclusionsInForce() {
		if e.Matches(report) {
			fmt.Printf("%s is outside the mesh: %s (%s)\n", report.Name, e.Reason, e.Pos(""))
		}
		if e.ReviewOverdue(now) {
			fmt.Printf("%s: review is overdue by %d days, owner %s\n", e.Pos("reviewBy"), e.ReviewBy.DaysUntil(now), e.Owner)
		}
	}
	// Output:
	// report is outside the mesh: Envoy stays alive after the job has ended, and blocks the next run (shop.mesh.yaml:6:5)
	// shop.mesh.yaml:13:5: review is overdue by 91 days, owner data
}

func ExampleDecision_StatedFor() {
	set, _ := decision.Parse("shop.mesh.yaml", []byte(shop))
	cart := decision.Workload{Namespace: "shop", Kind: "Deployment", Name: "cart"}
	for d := range set.Accepted() {
		for _, port := range []decision.Port{8080, 8443} {
			a := d.StatedFor(cart, port)
			fmt.Printf("%d: %s, stated at %s\n", port, a.Mode, a.Place.Pos("mode"))
		}
	}
	// Output:
	// 8080: strict, stated at shop.mesh.yaml:16:7
	// 8443: permissive, stated at shop.mesh.yaml:17:8
}

func ExampleValidate() {
	set, issues := decision.Parse("register.mesh.yaml", []byte(`apiVersion: meshposture.dev/v1alpha1
kind: ExclusionRegister
id: outside
exclusions:
  - id: agent
    kind: workload
    selector: {kinds: [DaemonSet], expectMin: 1, expectMax: 1}
    mechanisms: [host-network]
    reasonClass: host-network
    reason: known issue
    implication: {effects: [application-tls, no-authorization, no-telemetry]}
    owner: {team: platform}
    since: 2024-01-15
    reviewBy: 2025-06-30
`))
	issues = append(issues, decision.Validate(set, decision.ValidateOptions{})...)
	for _, issue := range issues {
		fmt.Println(issue)
	}
	// Output:
	// register.mesh.yaml:10:5: warning: V-12: reason of exclusion agent says no more than its class: "known issue"
	// register.mesh.yaml:14:5: error: V-10: reviewBy of exclusion agent is 2025-06-30, more than 12 months after since, 2024-01-15
}

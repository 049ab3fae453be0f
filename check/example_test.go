package check_test

import (
	"context"
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
)

// A check is a value with a function; here one of a user's own.
func Example() {
	noHostNetwork := &check.Check{
		Code:     "ACME1",
		Name:     "hostNetwork",
		Severity: check.High,
		Doc:      "a workload is on the host's network",
		Run: func(p *check.Pass) error {
			for w := range p.Graph.Workloads() {
				e := w.Enrolment()
				if e.Cause == mesh.CauseHostNetwork {
					p.Report(check.Finding{Subject: w.ID().String(), Pos: e.Why[0].Pos(), Message: "pods share their node's network", Why: e.Why})
				}
			}
			return nil
		},
	}
	g, err := meshfake.Build("agent.yaml", `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: monitoring}
spec:
  template:
    spec:
      hostNetwork: true
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := check.Run(context.Background(), g, check.Options{}, noHostNetwork)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s: %s\n", f.Pos, f.Code, f.Subject, f.Message)
	}
	fmt.Println("everything decided:", res.Complete())
	// Output:
	// agent.yaml:7:7: ACME1: monitoring/DaemonSet/agent: pods share their node's network
	// everything decided: true
}

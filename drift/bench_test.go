package drift_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/drift"
	"github.com/meshposture/meshposture/internal/meshfake"
)

// The cost of all rules together is linear in workloads times exclusions.
func BenchmarkChecks(b *testing.B) {
	for _, n := range []int{250, 500, 1000} {
		var cluster, record strings.Builder
		record.WriteString(states("strict") + "exclusions:\n")
		for i := range n {
			cluster.WriteString(pod("shop", fmt.Sprintf("w%d", i), []string{"sidecar", "none"}[i%2]))
			if i%10 == 1 {
				fmt.Fprintf(&record, "  - {id: e%d, kind: workload, selector: {namespaces: [shop], names: [w%d]}}\n", i, i)
			}
		}
		g, err := meshfake.Build("c.yaml", cluster.String())
		if err != nil {
			b.Fatal(err)
		}
		set, _ := decision.Parse("r.yaml", []byte(record.String()))
		b.Run(fmt.Sprintf("workloads=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got := run(b, g, now, drift.Checks(set)); len(got) < n/2 {
					b.Fatalf("%d lines", len(got))
				}
			}
		})
	}
}

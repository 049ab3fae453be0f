package decision_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/decision"
)

// BenchmarkRegister reads and judges a register of a thousand exclusions, each with three issues.
func BenchmarkRegister(b *testing.B) {
	var text strings.Builder
	text.WriteString(registerHead + "id: r\nexclusions:\n")
	for i := range 1000 {
		fmt.Fprintf(&text, `  - id: e%d
    kind: workload
    selector: {names: [n%d]}
    reasonClass: no-mesh-traffic
    reason: talks to the mail relay of the office only
    owner: {team: office}
    since: 2024-01-01
    reviewBy: 2024-06-01
`, i, i)
	}
	data := []byte(text.String())
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		set, _ := decision.Parse("r", data)
		if issues := decision.Validate(set, decision.ValidateOptions{Now: judgedOn}); len(issues) != 3000 {
			b.Fatalf("%d issues", len(issues))
		}
	}
}

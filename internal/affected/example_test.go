package affected_test

import (
	"fmt"

	"github.com/meshposture/meshposture/internal/affected"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

func Example() {
	unread := mesh.Gap{Reason: source.ProblemIncomplete, Detail: "the Namespace is not in the input"}
	w := affected.Workloads{Gaps: []mesh.Gap{unread, unread}}
	fmt.Println(w.Of(mesh.Flaw{}).Unknown)
	// Output: [incomplete: the Namespace is not in the input]
}

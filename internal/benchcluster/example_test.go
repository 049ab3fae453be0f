package benchcluster_test

import (
	"fmt"
	"log"

	"github.com/meshposture/meshposture/internal/benchcluster"
)

func Example() {
	var kept []byte
	cost, err := benchcluster.Measure(func() error {
		kept = make([]byte, 64<<20)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cost.Allocated >= uint64(len(kept)))
	// Output:
	// true
}

package certificateexpiry_test

import (
	"context"
	"fmt"
	"time"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/certificateexpiry"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", policy("main", "root: 2026-04-01"))
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := check.Run(context.Background(), g, check.Options{Now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}, certificateexpiry.Check)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s\n", f.Pos, f.Code, f.Message)
	}
	// Output:
	// shop.yaml:4:8: MP6001: the root certificate CN=main of toy revision main expires on 2026-04-01, in 31 days
}

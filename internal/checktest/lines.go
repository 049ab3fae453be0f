package checktest

import (
	"context"
	"fmt"
	"time"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/mesh"
)

// Lines runs checks over a graph: first come the findings, then what could not be decided, in the order
// of check.Result; nil when there is neither.
//
//	shop.yaml:9:5: high MP2001 shop/Deployment/cart:8443: port 8443 of …
//	-: unknown MP2001 shop/Deployment/cart: whether …
//
// A check that fails is an error here.
func Lines(g *mesh.Graph, now time.Time, checks ...*check.Check) ([]string, error) {
	res, err := check.Run(context.Background(), g, check.Options{Now: now}, checks...)
	if err != nil {
		return nil, err
	}
	for _, f := range res.Failed {
		return nil, fmt.Errorf("%s: %w", f.Code, f.Err)
	}
	var lines []string
	for _, f := range res.Findings {
		lines = append(lines, fmt.Sprintf("%s: %s %s %s: %s", f.Pos, f.Severity, f.Code, f.Subject, f.Message))
	}
	for _, u := range res.Undecided {
		lines = append(lines, fmt.Sprintf("%s: unknown %s %s: %s", u.Pos, u.Code, u.Subject, u.Message))
	}
	return lines, nil
}

package linkerd_test

import (
	"fmt"
	"testing"

	"github.com/meshposture/meshposture/mesh"
)

// TestOracleConnections holds the groups of clients whose connections turn out alike against the answers
// about each client.
func TestOracleConnections(t *testing.T) {
	t.Parallel()
	groups := 0
	for seed := range uint64(80) {
		c := newOracleComparison(t, 400_000+seed)
		for _, end := range c.ends() {
			for _, port := range []int{8080, 9090, 4567, 4191} {
				for _, way := range c.ways(end, port) {
					groups += c.connections(end, port, way)
				}
			}
		}
		if t.Failed() {
			return
		}
	}
	if groups < 1000 {
		t.Errorf("only %d groups", groups)
	}
}

// connections compares each workload's answer in the groups with its answer alone, and returns the number
// of groups.
func (c *oracleComparison) connections(t oracleTarget, port int, way oracleWay) int {
	c.t.Helper()
	text := func(t mesh.Transport) string {
		return fmt.Sprint(t.Sends, t.Port, t.Expects, t.Connects, t.Encrypted, t.Authenticated, len(t.Unknown))
	}
	seen, why := map[*mesh.Workload]string{}, map[*mesh.Workload][]mesh.Step{}
	all := c.g.Connections(way.Way, c.end(t), uint16(port))
	for _, g := range all {
		for w := range g.Clients.All() {
			if _, twice := seen[w]; twice {
				c.fail("%s is in two groups of %s:%d", w.ID(), t.Name, port)
			}
			seen[w], why[w] = text(g.Transport), g.Transport.Why
		}
	}
	for w := range c.g.Workloads() {
		alone := c.g.TransportVia(way.Way, w, c.end(t), uint16(port))
		c.same(fmt.Sprintf("connection of %s to %s:%d among those alike", w.ID(), t.Name, port), text(alone), seen[w], alone.Why, "\n", why[w])
	}
	return len(all)
}

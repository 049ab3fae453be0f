package istio_test

import (
	"testing"

	"github.com/meshposture/meshposture/internal/oracletest"
	"github.com/meshposture/meshposture/mesh"
)

// callersOf compares what the graph says of all clients of a port with samples of requests.
func (c *comparison) callersOf(server *oracleObject[oraclePod], s *oracleObject[oracleService], sp oracleServicePort, target, samples int, stats *oracletest.Callers) {
	c.t.Helper()
	way := mesh.Way{}
	if s != nil {
		way = *c.way(s, sp.Port)
	}
	callers := c.g.CallersVia(way, c.workload(server), uint16(target))
	for _, client := range c.w.pods {
		if oracleEnrolment(&client) == oracleWaypoint {
			continue
		}
		var seen oracletest.Sampled
		for range samples {
			req := c.d.openRequest(c.w.inboundProtocol(server, target), target)
			seen.Add(c.w.allowedAlong(c.w.path(&client, s, sp, server, target), *req))
		}
		access := callers.Of(c.workload(&client)).Access
		if s := seen.Contradicts(access); s != "" {
			c.fail("%s/%s calls %s/%s:%d (by a service: %v): access %s, but %s: %+v; %s", client.Namespace, client.Name, server.Namespace, server.Name, target, way.Service != nil, access, s, seen,
				reasons(nil, callers.Of(c.workload(&client)).Unknown))
		}
		stats.Count(access, seen)
	}
	var seen oracletest.Sampled
	for range samples {
		req := c.d.openRequest(c.w.inboundProtocol(server, target), target)
		result := c.w.arrives("plaintext", "", server, target)
		made := connects(result)
		if v, ok := c.w.judge(server, target, result, req); ok {
			made = made.And(v.value())
		}
		seen.Add(made)
	}
	if s := seen.Contradicts(callers.Stranger().Access); s != "" {
		c.fail("a stranger calls %s/%s:%d: access %s, but %s: %+v", server.Namespace, server.Name, target, callers.Stranger().Access, s, seen)
	}
}

// openRequest draws a request with every attribute left open that the port's protocol has.
func (d *oracleDice) openRequest(protocol string, port int) *oracleRequest {
	req := d.request(port)
	switch protocol {
	case "http":
		req.http = true
	case "tcp":
		req.http = false
	}
	return req
}

// allCallers asks for the callers of a random port by each way.
func (c *comparison) allCallers(samples int) (stats oracletest.Callers) {
	c.t.Helper()
	s := c.w.services[c.d.IntN(len(c.w.services))]
	sp := s.Spec.Ports[c.d.IntN(len(s.Spec.Ports))]
	server := c.w.pod(s.Namespace + "/" + s.Spec.Selector["app"])
	c.callersOf(server, &s, sp, sp.target(), samples, &stats)
	// The address of a headless service is that of its pods; a waypoint before pods is another matter.
	if s.Spec.IP != "None" && c.w.podWaypoint(server) == nil {
		c.callersOf(server, nil, oracleServicePort{}, sp.target(), samples, &stats)
	}
	return stats
}

// TestOracleCallers holds the answers for all clients against requests of each.
func TestOracleCallers(t *testing.T) {
	t.Parallel()
	var sum oracletest.Callers
	for seed := range uint64(1400 / thinner) {
		stats := newComparison(t, 200_000+seed).allCallers(50)
		sum.Add(stats)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d answers, %d of them sometimes; both outcomes seen for %d; %d too entangled", sum.Asked, sum.Sometimes, sum.Both, sum.Undecided)
	if sum.Undecided*100 > sum.Asked {
		t.Errorf("%d of %d answers were left undecided without need", sum.Undecided, sum.Asked)
	}
	if sum.Both*10 < sum.Sometimes*7 {
		t.Errorf("both outcomes were seen for %d of %d answers of sometimes only", sum.Both, sum.Sometimes)
	}
}

package linkerd_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/meshposture/meshposture/internal/oracletest"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// note records an answer, for comparing those of two graphs.
func (c *oracleComparison) note(words ...any) { c.answers = append(c.answers, fmt.Sprintln(words...)) }

// oracleCallerStats counts answers, and requests that were held against their terms.
type oracleCallerStats struct {
	oracletest.Callers
	oracletest.Terms
}

// outcome is what the oracle makes of a request; false when it has no say.
func (c *oracleComparison) outcome(q *oracleQuestion) (truth.Value, bool) {
	all, ok := c.judged(q)
	if !ok {
		return truth.Unknown, false
	}
	first := all[0].allowed()
	if slices.ContainsFunc(all, func(v oracleVerdict) bool { return v.allowed() != first }) {
		return truth.Unknown, true
	}
	return first, true
}

// callersOf compares what the graph says of all clients of a port with samples of requests.
func (c *oracleComparison) callersOf(t oracleTarget, port int, way oracleWay, samples int, stats *oracleCallerStats) {
	c.t.Helper()
	callers := c.g.CallersVia(way.Way, c.end(t), uint16(port))
	for i := range c.w.pods {
		client := &c.w.pods[i]
		if c.w.podTarget(client).foreign() || client.Name == t.Name {
			continue
		}
		q := oracleQuestion{client: client, server: t, port: port, way: way}
		c.caller(q, callers.Of(c.workload(client.oracleMeta, "Pod")).Admission, samples, stats)
	}
	stranger := oracleQuestion{server: t, port: port, way: way}
	c.stranger(stranger, callers.Stranger(), samples, stats)
}

// caller samples the requests of one client.
func (c *oracleComparison) caller(q oracleQuestion, a mesh.Admission, samples int, stats *oracleCallerStats) {
	c.t.Helper()
	c.sample(q, a, samples, stats, func(q *oracleQuestion) { q.req = c.d.sent() })
}

// stranger samples clients without an identity from everywhere but loopback.
func (c *oracleComparison) stranger(q oracleQuestion, a mesh.Admission, samples int, stats *oracleCallerStats) {
	c.t.Helper()
	c.sample(q, a, samples, stats, func(q *oracleQuestion) { q.req, q.peer = c.d.sent(), oraclePeer{addr: c.d.addr()} })
}

// sample holds an answer, and its terms, against requests that are drawn.
func (c *oracleComparison) sample(q oracleQuestion, a mesh.Admission, samples int, stats *oracleCallerStats, draw func(*oracleQuestion)) {
	c.t.Helper()
	var seen oracletest.Sampled
	for range samples {
		draw(&q)
		v, ok := c.outcome(&q)
		if !ok {
			continue
		}
		seen.Add(v)
		met, right := stats.Hold(a, v, func(t mesh.Terms) (bool, string) { return oracleMeets(t, q) })
		if !right {
			c.fail("%s meets the terms: %v; passes: %s\n%v\n%v", q, met, v, a.Terms, a.Why)
		}
	}
	if s := seen.Contradicts(a.Access); s != "" {
		c.fail("access %s, but %s: %+v of requests like %s\n%v\n%v %v", a.Access, s, seen, q, a.Terms, a.Why, a.Unknown)
	}
	stats.Count(a.Access, seen)
}

// TestOracleCallers holds the answers for all clients against requests of each.
func TestOracleCallers(t *testing.T) {
	t.Parallel()
	var stats oracleCallerStats
	for seed := range uint64(150) {
		c := newOracleComparison(t, 200_000+seed)
		places := c.places()
		for range 3 {
			at := places[c.d.IntN(len(places))]
			ways := c.ways(at.target, at.port)
			c.callersOf(at.target, at.port, ways[c.d.IntN(len(ways))], 60, &stats)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%+v", stats)
	if stats.Undecided*50 > stats.Asked {
		t.Errorf("%d of %d answers were left undecided without need", stats.Undecided, stats.Asked)
	}
	if stats.Both*10 < stats.Sometimes*7 {
		t.Errorf("both outcomes were seen for %d of %d answers of sometimes only", stats.Both, stats.Sometimes)
	}
	if stats.Met < 1000 || stats.Unmet < 1000 {
		t.Errorf("too few requests were held against terms: %+v", stats)
	}
}

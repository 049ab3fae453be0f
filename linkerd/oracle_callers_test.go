package linkerd_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// note records an answer, for comparing those of two graphs.
func (c *oracleComparison) note(words ...any) { c.answers = append(c.answers, fmt.Sprintln(words...)) }

// oracleSampled counts what became of requests.
type oracleSampled struct{ passed, refused, open int }

func (s *oracleSampled) add(v truth.Value) {
	switch v {
	case truth.True:
		s.passed++
	case truth.False:
		s.refused++
	default:
		s.open++
	}
}

// contradicts reports how samples disprove an access. Samples cannot prove one.
func (s oracleSampled) contradicts(a mesh.Access) string {
	switch {
	case a == mesh.AccessAlways && s.refused+s.open > 0:
		return "not all pass"
	case a == mesh.AccessNever && s.passed+s.open > 0:
		return "not all are refused"
	case a == mesh.AccessSometimes && s.open > 0 && s.passed+s.refused == 0:
		return "all are undecided"
	default:
		return ""
	}
}

// oracleCallerStats counts how often "sometimes" was seen to be so, and what was left undecided although every
// sample is decided.
type oracleCallerStats struct {
	asked, sometimes, both, undecided int
	met, unmet                        int            // requests held against terms
	words                             map[string]int // of terms that could not be evaluated
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

func (c *oracleComparison) caller(q oracleQuestion, a mesh.Admission, samples int, stats *oracleCallerStats) {
	c.t.Helper()
	var seen oracleSampled
	for range samples {
		q.req = c.d.sent()
		v, ok := c.outcome(&q)
		if !ok {
			continue
		}
		seen.add(v)
		c.terms(q, a, v, stats)
	}
	c.conclude(q, a, seen, stats)
}

// stranger samples clients without an identity from everywhere but loopback.
func (c *oracleComparison) stranger(q oracleQuestion, a mesh.Admission, samples int, stats *oracleCallerStats) {
	c.t.Helper()
	var seen oracleSampled
	for range samples {
		q.req, q.peer = c.d.sent(), oraclePeer{addr: c.d.addr()}
		v, ok := c.outcome(&q)
		if !ok {
			continue
		}
		seen.add(v)
		c.terms(q, a, v, stats)
	}
	c.conclude(q, a, seen, stats)
}

func (c *oracleComparison) conclude(q oracleQuestion, a mesh.Admission, seen oracleSampled, stats *oracleCallerStats) {
	c.t.Helper()
	if s := seen.contradicts(a.Access); s != "" {
		c.fail("access %s, but %s: %+v of requests like %s\n%v\n%v %v", a.Access, s, seen, q, a.Terms, a.Why, a.Unknown)
	}
	stats.asked++
	switch {
	case a.Access == mesh.AccessSometimes:
		stats.sometimes++
		if seen.passed > 0 && seen.refused > 0 {
			stats.both++
		}
	case a.Access == mesh.AccessUndecided && seen.open == 0:
		stats.undecided++
	}
}

// terms holds the terms of an answer against a request: one that meets them must pass, and one that does
// not must be refused.
func (c *oracleComparison) terms(q oracleQuestion, a mesh.Admission, v truth.Value, stats *oracleCallerStats) {
	c.t.Helper()
	if a.Access != mesh.AccessSometimes || len(a.Terms) == 0 || len(a.Unknown) > 0 || v == truth.Unknown {
		return
	}
	met := true
	for _, t := range a.Terms {
		here, word := oracleMeets(t, q)
		if word != "" {
			stats.words[word]++
			return
		}
		met = met && here
	}
	if met {
		stats.met++
	} else {
		stats.unmet++
	}
	if met != (v == truth.True) {
		c.fail("%s meets the terms: %v; passes: %s\n%v\n%v", q, met, v, a.Terms, a.Why)
	}
}

// TestOracleCallers holds the answers for all clients against requests of each.
func TestOracleCallers(t *testing.T) {
	t.Parallel()
	stats := oracleCallerStats{words: map[string]int{}}
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
	if stats.undecided*50 > stats.asked {
		t.Errorf("%d of %d answers were left undecided without need", stats.undecided, stats.asked)
	}
	if stats.both*10 < stats.sometimes*7 {
		t.Errorf("both outcomes were seen for %d of %d answers of sometimes only", stats.both, stats.sometimes)
	}
	if stats.met < 1000 || stats.unmet < 1000 {
		t.Errorf("too few requests were held against terms: %+v", stats)
	}
}

package linkerd_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOracleOrder shuffles the objects of a world: no answer may change.
func TestOracleOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		seed += 100_000
		first := oracleAnswers(t, seed, nil)
		second := oracleAnswers(t, seed, rand.New(rand.NewPCG(seed, 1)))
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("seed %d: the order of objects changes answers (-first +shuffled):\n%s", seed, diff)
		}
		if t.Failed() {
			return
		}
	}
}

// oracleAnswers are all the adapter's answers about a world, whose objects are shuffled unless by is nil.
func oracleAnswers(t *testing.T, seed uint64, by *rand.Rand) []string {
	t.Helper()
	w, d := oracleRandomWorld(seed)
	docs := w.documents(t)
	if by != nil {
		by.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
	}
	c := &oracleComparison{t: t, seed: seed, w: w, d: d, g: oracleGraph(t, docs), asked: map[string]int{}, record: true}
	c.edges()
	c.requests(60)
	c.waysOut(20)
	c.facts()
	slices.Sort(c.answers) // problems, for one, are ordered by position
	return c.answers
}

// facts notes what the adapter says of the configuration as a whole.
func (c *oracleComparison) facts() {
	for _, x := range c.g.Conflicts() {
		c.note(x.Mesh, x.Rule, x.Objects, x.Settled, x.Detail)
	}
	for _, f := range c.g.Flaws() {
		c.note(f.Mesh, f.Kind, f.Rule, f.Object, f.Detail)
	}
	for _, p := range c.g.Problems() {
		c.note(p.Code, p.Object, p.Field, p.Message)
	}
	for _, e := range c.g.Exits() {
		c.note(e.Object, e.Host, e.Networks, e.Port, e.Clients, e.Outside)
	}
	for _, t := range c.ends() {
		w := c.end(t)
		for _, port := range []uint16{8080, 9090, 5432} {
			for _, in := range w.Inbounds(port) {
				c.note(t.Name, port, in.Declared, in.Enforced, in.Protocol, in.Captured, in.Explicit, len(in.Why))
			}
			callers := c.g.Callers(w, port)
			for caller := range callers.All() {
				c.note(t.Name, port, caller.Workload.ID(), caller.Access, caller.Terms)
			}
			c.note(t.Name, port, callers.Stranger().Access, callers.Newcomer().Access, callers.Accepts())
		}
	}
}

package linkerd_test

import (
	"maps"
	"slices"
	"testing"
)

// TestOracleAgrees holds the adapter's answers about random worlds against those of an evaluator that
// shares no code with it.
func TestOracleAgrees(t *testing.T) {
	t.Parallel()
	sum := map[string]int{}
	for seed := range uint64(320) {
		c := newOracleComparison(t, seed)
		c.edges()
		c.requests(60)
		for word, n := range c.asked {
			sum[word] += n
		}
		if t.Failed() {
			return
		}
	}
	for _, word := range slices.Sorted(maps.Keys(sum)) {
		t.Logf("%6d %s", sum[word], word)
	}
	for _, word := range []string{"edge mutual", "edge broken", "request allow", "request deny", "request no-route", "request unenforced", "request open"} {
		if sum[word] < 40 {
			t.Errorf("only %d questions have the answer %q", sum[word], word)
		}
	}
}

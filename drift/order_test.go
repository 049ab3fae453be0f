package drift_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everything is a cluster on which every rule has something to say.
func everything() []string {
	return []string{
		"apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n",
		meshStrict,
		cart(`toy/mode: sidecar, toy/bypass: "inbound 9090"`),
		portPermissive,
		pod("batch", "report", "none"),
		pod("batch", "invoice", "none"),
		pod("batch", "lost", "none"),
		pod("pay", "till", "sidecar"),
		pod("pay", "ledger", "riddle"),
		policy("pay", "", "permissive"),
	}
}

const everyRule = decided + `mtls:
  fullEnrolment: true
  stated:
    - mode: strict
    - mode: disabled
      scope: {namespaces: [pay]}
exclusions:
  - id: jobs
    kind: workload
    selector: {names: [report, invoice], expectMax: 1}
    mechanisms: [host-network]
    reviewBy: 2026-01-31
    expires: 2026-02-28
  - id: till
    kind: workload
    selector: {names: [till]}
  - id: gone
    kind: workload
    selector: {names: [gone]}
`

// Neither the order of the objects nor that of the exclusions changes what is found.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	strip := func(got []string) []string { // positions follow the text
		for i, line := range got {
			_, got[i], _ = strings.Cut(line, ": ")
		}
		slices.Sort(got)
		return got
	}
	docs := everything()
	want := strip(lines(t, strings.Join(docs, ""), everyRule, now, ""))
	head, exclusions, _ := strings.Cut(everyRule, "exclusions:\n")
	entries := strings.Split(exclusions, "  - id: ")[1:]
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		rng.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
		rng.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		record := head + "exclusions:\n  - id: " + strings.Join(entries, "  - id: ")
		if diff := cmp.Diff(want, strip(lines(t, strings.Join(docs, ""), record, now, ""))); diff != "" {
			t.Fatalf("another order (-want +got):\n%s", diff)
		}
	}
}

// No two findings share a key, or a later run could not tell them apart.
func TestKeysDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, line := range lines(t, strings.Join(everything(), ""), everyRule, now, "") {
		_, rest, _ := strings.Cut(line, ": ")
		key, _, _ := strings.Cut(rest, ": ")
		if seen[key] {
			t.Errorf("key %q twice", key)
		}
		seen[key] = true
	}
	if len(seen) < 14 {
		t.Errorf("%d findings: the cluster no longer shows what it is for:\n%s", len(seen), fmt.Sprint(seen))
	}
}

package flaw_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/internal/flaw"
	"github.com/meshposture/meshposture/internal/checktest"
	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
)

var idle = &check.Check{
	Code: "A1", Severity: check.High, Run: flaw.Run(mesh.FlawNoEffect, flaw.Phrase{Does: "has no effect", At: "on"}),
}

func policy(flaws string) string {
	return `apiVersion: toy.example/v1
kind: Policy
metadata: {name: cart, namespace: shop}
spec:
  workload: cart
  flaws: [` + flaws + `]
---
`
}

// named is a policy of another name with an unsure flaw.
func named(name string) string {
	return strings.Replace(policy(`"no-effect? another"`), "{name: cart,", "{name: "+name+",", 1)
}

func pods(namespaces string) string {
	var text strings.Builder
	for ns := range strings.SplitSeq(namespaces, " ") {
		fmt.Fprintf(&text, "{apiVersion: v1, kind: Pod, metadata: {name: cart, namespace: %s}}\n---\n", ns)
	}
	return text.String()
}

func TestRun(t *testing.T) {
	t.Parallel()
	const subject = "A1 Policy/shop/cart toy/no-effect: "
	checktest.Run(t, idle, []checktest.Case{
		{Name: "two of one rule are one finding", Text: policy(`"no-effect first", "no-effect second", "no-effect first"`), Want: []string{
			"in.yaml:6:11: high " + subject + "Policy/shop/cart has no effect: first (and 1 other reason)",
		}},
		{Name: "sure and unsure are kept apart", Text: policy(`"no-effect first", "no-effect? second"`), Want: []string{
			"in.yaml:6:11: high " + subject + "Policy/shop/cart has no effect: first",
			"in.yaml:6:30: unknown " + subject + "whether Policy/shop/cart has no effect (second): Policy/shop/cart: the toy does not evaluate it",
		}},
		{Name: "what one gap leaves open is one question", Text: strings.Join([]string{policy(`"no-effect? first"`), named("till"), named("web")}, ""), Want: []string{
			"in.yaml:6:11: unknown " + subject + "whether Policy/shop/cart has no effect (first), and the like of 2 other objects: Policy/shop/cart: the toy does not evaluate it (and 2 other reasons)",
		}},
		{Name: "few workloads are named, each once", Text: policy(`"no-effect first", "no-effect second"`) + pods("a b c d e"), Want: []string{
			"in.yaml:6:11: high " + subject + "Policy/shop/cart has no effect on Pod a/cart, Pod b/cart, Pod c/cart and 2 more: first (and 1 other reason)",
		}},
	})
}

// The finding carries each flaw as a step, and points at the places beside the first.
func TestReasons(t *testing.T) {
	t.Parallel()
	g, err := meshfake.Build("in.yaml", policy(`"no-effect first", "no-effect second"`))
	if err != nil {
		t.Fatal(err)
	}
	res, err := check.Run(t.Context(), g, check.Options{}, idle)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range res.Findings {
		for _, s := range f.Why {
			got = append(got, s.String())
		}
		for _, r := range f.Related {
			got = append(got, r.Pos.String()+" "+r.Message)
		}
	}
	want := []string{"in.yaml:6:11: toy/no-effect: first", "in.yaml:6:30: toy/no-effect: second", "in.yaml:6:30 second"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}

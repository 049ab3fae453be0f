package drift_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/drift"
	"github.com/meshposture/meshposture/internal/checktest"
	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
)

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// decided is the head of a decision in force; the text of a case goes on below it, from line 7.
const decided = `apiVersion: meshposture.dev/v1alpha1
kind: MeshDecision
id: mesh-1
status: accepted
date: 2026-01-15
title: Service mesh
`

// testcase is a cluster and a record, and what one rule says of them.
type testcase struct {
	name    string
	cluster string
	record  string
	noClock bool
	want    []string
}

func runRule(t *testing.T, code string, tests []testcase) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			clock := now
			if test.noClock {
				clock = time.Time{}
			}
			if diff := cmp.Diff(test.want, lines(t, test.cluster, test.record, clock, code)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", code, diff)
			}
		})
	}
}

// lines runs the rules with that code, or all when it is empty.
func lines(t *testing.T, cluster, record string, clock time.Time, code string) []string {
	t.Helper()
	g, err := meshfake.Build("c.yaml", cluster)
	if err != nil {
		t.Fatal(err)
	}
	set, _ := decision.Parse("r.yaml", []byte(record))
	checks := slices.DeleteFunc(drift.Checks(set), func(c *check.Check) bool { return code != "" && c.Code != code })
	return run(t, g, clock, checks)
}

// run writes what the rules say, a line each: the findings, then what could not be decided.
func run(t testing.TB, g *mesh.Graph, clock time.Time, checks []*check.Check) []string {
	t.Helper()
	got, err := checktest.Lines(g, clock, checks...)
	if err != nil {
		t.Error(err) // not Fatal: also called beside the test's goroutine
	}
	return got
}

// pod is a workload of one pod, four lines with the separator; its annotations stand on the third.
func pod(namespace, name, mode string, annotations ...string) string {
	all := strings.Join(append([]string{"toy/mode: " + mode}, annotations...), ", ")
	return "apiVersion: v1\nkind: Pod\nmetadata: {namespace: " + namespace + ", name: " + name + ", annotations: {" + all + "}}\n---\n"
}

// policy is a policy of the toy mesh, seven lines with the separator; the mode stands on the sixth.
func policy(namespace, workload, mode string) string {
	return "apiVersion: toy.example/v1\nkind: Policy\nmetadata: {namespace: " + namespace + ", name: p-" + workload + "}\nspec:\n" +
		"  workload: \"" + workload + "\"\n  mtls: " + mode + "\n---\n"
}

// Every rule has a page, and the index a row with its severity and its line.
func TestDocumented(t *testing.T) {
	t.Parallel()
	docs := filepath.Join("..", "docs", "checks")
	index, err := os.ReadFile(filepath.Join(docs, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range drift.Checks(nil) {
		if _, err := os.Stat(filepath.Join(docs, c.Code+".md")); err != nil {
			t.Error(err)
		}
		row := "| [" + c.Code + "](" + c.Code + ".md) | " + c.Severity.String() + " | " + c.Doc + " |"
		if !strings.Contains(string(index), row) {
			t.Errorf("index lacks the row %q", row)
		}
	}
}

func TestOrderedByCode(t *testing.T) {
	t.Parallel()
	if !slices.IsSortedFunc(drift.Checks(nil), func(a, b *check.Check) int { return strings.Compare(a.Code, b.Code) }) {
		t.Error("rules are not ordered by code")
	}
}

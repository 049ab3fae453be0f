package report_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/report"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
)

var update = flag.Bool("update", false, "rewrite testdata; read the diff before committing it")

// golden compares got with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func text(t *testing.T, in report.Input, opts report.TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Text(&b, in, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	t.Parallel()
	golden(t, "full.txt", []byte(text(t, full(t), report.TextOptions{})))
	golden(t, "verbose.txt", []byte(text(t, full(t), report.TextOptions{Verbose: true, Width: 70})))
}

// Nothing is said of a cluster that was not read, and nothing clean of one that was read in part.
func TestTextNoFindings(t *testing.T) {
	t.Parallel()
	clean := report.Input{Graph: build(t, meshed)}
	skipped := clean
	skipped.Skipped = []snapshot.Skipped{{Pos: source.Pos{File: "x.yaml"}, Reason: snapshot.ReasonTemplate}}
	undecided := clean
	undecided.Result.Undecided = []check.Undecided{{Code: "T-01", Message: "whether it rains"}}
	failed := clean
	failed.Result.Failed = []check.Failure{{Code: "T-01", Err: errors.New("broken")}}
	unknown := clean
	unknown.Graph = build(t, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orphan, namespace: nowhere}\n")
	for _, tt := range []struct {
		name string
		in   report.Input
		want string
	}{
		{"all judged", clean, "  No findings.\n"},
		{"a skipped text", skipped, "  No findings among what could be judged; 1 thing was not judged.\n"},
		{"an open question", undecided, "  No findings among what could be judged; 1 thing was not judged.\n"},
		{"a failed check", failed, "  No findings among what could be judged; 1 thing was not judged.\n"},
		{"an undecided workload", unknown, "  No findings among what could be judged; 1 thing was not judged.\n"},
		{"no input", report.Input{}, "There are no workloads in the input.\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := text(t, tt.in, report.TextOptions{}); !strings.Contains(got, tt.want) {
				t.Errorf("want the line %q in\n%s", tt.want, got)
			}
		})
	}
}

// What is folded is counted, and the reader is told how to unfold it.
func TestTextFolds(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 30 {
		fmt.Fprintf(&many, "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d%02d, namespace: ns%d}\nspec: {template: {metadata: {annotations: {toy/mode: none}}}}\n", i, i%2)
	}
	in := report.Input{Graph: build(t, strings.TrimPrefix(many.String(), "---\n"))}
	for range 25 {
		in.Result.Findings = append(in.Result.Findings, check.Finding{Code: "T-01", Severity: check.Low, Message: "low"})
	}
	folded := text(t, in, report.TextOptions{Unfold: "-v shows all"})
	for _, want := range []string{
		"      … and 10 more workloads (-v shows all)\n        by namespace: ns1 10\n",
		"… and 5 more findings (-v shows all)\n    by code: T-01 5\n",
	} {
		if !strings.Contains(folded, want) {
			t.Errorf("want %q in\n%s", want, folded)
		}
	}
	all := text(t, in, report.TextOptions{Verbose: true})
	if got := strings.Count(all, "Deployment ns"); got != 30 {
		t.Errorf("verbose names %d of 30 workloads:\n%s", got, all)
	}
	if strings.Contains(all, "…") {
		t.Errorf("verbose folds:\n%s", all)
	}
}

// Text from files must not reach the terminal as commands, nor break the lines.
func TestTextIsPlain(t *testing.T) {
	t.Parallel()
	in := report.Input{Result: check.Result{Findings: []check.Finding{{
		Code: "T-01", Severity: check.High, Message: "name \x1b[31mred\n\n\tand \u202eturned " + strings.Repeat("long ", 60),
	}}}}
	got := text(t, in, report.TextOptions{Width: 80})
	for i, line := range strings.Split(got, "\n") {
		if strings.ContainsAny(line, "\x1b\u202e\t") || line != strings.TrimRight(line, " ") {
			t.Errorf("line %d is not plain: %q", i+1, line)
		}
		if n := utf8.RuneCountInString(line); n > 80 {
			t.Errorf("line %d has %d columns: %q", i+1, n, line)
		}
	}
}

const meshed = `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec: {template: {metadata: {annotations: {toy/mode: sidecar}}}}
---
apiVersion: toy.example/v1
kind: Policy
metadata: {name: all, namespace: toy-system}
spec: {mtls: strict}
`

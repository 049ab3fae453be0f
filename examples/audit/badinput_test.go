package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/report"
)

// neighbour is what stands beside each bad input, in the same file and in a file of its own: it must
// be judged all the same.
func neighbour(n int) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Namespace\nmetadata: {name: ns%d, labels: {istio-injection: enabled}}\n---\n"+
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: good, namespace: ns%d}\n---\n", n, n)
}

// neighbourLines is how many lines come before the bad input of a file.
var neighbourLines = strings.Count(neighbour(1), "\n")

// aliasBomb is 10 levels of ten aliases each.
func aliasBomb() string {
	var b strings.Builder
	b.WriteString("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb, namespace: ns1}\ndata:\n  a0: &a0 x\n")
	for i := range 10 {
		fmt.Fprintf(&b, "  a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	return b.String()
}

const policy = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: p, namespace: ns1}\n"

// Bad manifests give a problem with its place and leave their neighbours alone. What they may have
// said stays open.
func TestBadManifests(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       []string // parts of the report; <1> stands for the number of the first line of the text
	}{
		{"truncated", "kind: Service\nmetadata: {name: x, namespace: [a", []string{"bad.yaml:<2>: syntax: did not find expected ',' or ']'"}},
		{"tab", "kind: Service\nmetadata:\n\tname: x\n", []string{"bad.yaml:<3>:1: syntax: a tab cannot indent YAML"}},
		{"300 levels", "a: " + strings.Repeat("[", 300) + strings.Repeat("]", 300) + "\n", []string{"bad.yaml:<1>:203: limit: nested deeper than 200 levels"}},
		{"alias bomb", aliasBomb(), []string{"bad.yaml:<1>:1: limit: more than 2000000 values after alias expansion"}},
		{"unknown mode", policy + "spec: {mtls: {mode: MAYBE}}\n", []string{
			`bad.yaml:<4>:15: bad-value: PeerAuthentication/ns1/p spec.mtls.mode: mode "MAYBE"`,
			"Workloads inside with a port that could not be judged: 1\n",
		}},
		{"unknown field", policy + "spec:\n  mtls: {mode: STRICT}\n  colour: red\n", []string{
			`bad.yaml:<6>:3: unknown-field: PeerAuthentication/ns1/p spec.colour: unknown field "colour"`,
			"Workloads inside with a port that could not be judged: 1\n",
		}},
		{"numbers and booleans", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: odd, namespace: ns1}\nspec:\n" +
			"  template:\n    metadata:\n      labels: {version: 1.30}\n      annotations: {sidecar.istio.io/inject: off, x: 1e3}\n", []string{
			"bad.yaml:<7>:16: wrong-type: Deployment/ns1/odd spec.template.metadata.labels.version: number 1.30 where a string is needed",
			`bad.yaml:<8>:21: wrong-type: Deployment/ns1/odd spec.template.metadata.annotations["sidecar.istio.io/inject"]: boolean false where`,
			"bad.yaml:<8>:51: wrong-type: Deployment/ns1/odd spec.template.metadata.annotations.x: number 1e3 where a string is needed",
			"Workloads that may be inside or outside: 1\n",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, filepath.Join(dir, "bad.yaml"), neighbour(1)+tt.text)
			put(t, filepath.Join(dir, "good.yaml"), neighbour(2))
			var want []string
			for _, w := range tt.want {
				for i := range 9 {
					w = strings.ReplaceAll(w, fmt.Sprintf("<%d>", i), strconv.Itoa(neighbourLines+i))
				}
				want = append(want, w)
			}
			judged(t, dir, []string{"ns1 good", "ns2 good"}, want)
		})
	}
}

// Files that are no manifests at all.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	list := `{"apiVersion": "v1", "kind": "List", "items": [` + "\n" +
		`{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ns1", "labels": {"istio-injection": "enabled"}}},` + "\n" +
		`{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "ns1"}, "data": {"a": nope}},` + "\n" +
		`{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "good", "namespace": "ns1"}}` + "\n]}\n"
	for _, tt := range []struct {
		name   string
		make   func(t *testing.T, path string)
		judged []string
		want   string
	}{
		{"empty", func(t *testing.T, path string) { t.Helper(); put(t, path, "") }, nil, "bad.yaml: empty: holds no document"},
		{"binary", func(t *testing.T, path string) { t.Helper(); put(t, path, "\x7fELF\x00\x01\xff") }, nil, "bad.yaml: binary: holds NUL bytes"},
		{"broken in the middle of a List", func(t *testing.T, path string) { t.Helper(); put(t, path, list) }, []string{"ns1 good"}, "bad.yaml:3:105: syntax: "},
		{"a loop of links", func(t *testing.T, path string) {
			t.Helper()
			if err := os.Symlink(path, path); err != nil {
				t.Skip("no symbolic links:", err)
			}
		}, nil, "bad.yaml: unreadable: stat: too many levels of symbolic links"},
		{"2 GiB", func(t *testing.T, path string) {
			t.Helper()
			put(t, path, "a: b\n")
			if err := os.Truncate(path, 2<<30); err != nil {
				t.Skip("no large files:", err)
			}
		}, nil, "bad.yaml:1: limit: file of 2147483648 bytes exceeds 1073741824: not read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			tt.make(t, filepath.Join(dir, "bad.yaml"))
			put(t, filepath.Join(dir, "good.yaml"), neighbour(2))
			judged(t, dir, append(tt.judged, "ns2 good"), []string{tt.want})
		})
	}
}

// A large file is refused before it is read.
func TestLargeInputTakesNoMemory(t *testing.T) { //nolint:paralleltest // counts allocations of the process
	path := file(t, "large.yaml", "a: b\n")
	if err := os.Truncate(path, 2<<30); err != nil {
		t.Skip("no large files:", err)
	}
	record := filepath.Join(t.TempDir(), "large.mesh.yaml")
	if err := os.Link(path, record); err != nil {
		t.Skip("no hard links:", err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := start(t, "", "-now", day, "-record", record, path)
	runtime.ReadMemStats(&after)
	if want := "large.mesh.yaml:1:1: error: R-03: file is longer than"; !strings.Contains(unwrapped(got.stdout), want) {
		t.Errorf("want %q in\n%s", want, got.stdout)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
		t.Errorf("%d MiB were allocated", n>>20)
	}
}

const badRecord = `apiVersion: meshposture.dev/v1alpha1
kind: MeshDecision
id: d
titel: x
status: acepted
date: 2023-02-29
selection: {mesh: istio, versionDeployed: 1.30, versionEvaluated: 1e3}
mtls: {stated: [{mode: off}, {mode: MAYBE}]}
exclusions:
  - {id: a, kind: workload, selector: {names: ["*"]}}
  - {id: a, kind: nonsense, selector: {colours: [red]}}
  - 17
---
apiVersion: v1
kind: ConfigMap
---
a: [b
---
	tab: x
---
apiVersion: meshposture.dev/v1alpha1
kind: ExclusionRegister
id: good
exclusions: []
`

// Every mistake in a record has its place and fails the run, and what is right is read all the same.
func TestBadRecord(t *testing.T) {
	t.Parallel()
	record := file(t, "bad.mesh.yaml", badRecord)
	cluster := file(t, "good.yaml", neighbour(1))
	got := start(t, "", "-now", day, "-v", "-record", record, cluster)
	if got.status != report.ExitFindings {
		t.Errorf("status %d, want %d", got.status, report.ExitFindings)
	}
	text := unwrapped(got.stdout)
	for _, want := range []string{
		`bad.mesh.yaml:4:1: error: V-01: unknown field "titel"`,
		`bad.mesh.yaml:5:1: error: R-07: unknown status "acepted"`,
		`bad.mesh.yaml:6:1: error: R-08: date "2023-02-29"`,
		"bad.mesh.yaml:7:26: error: V-02: 1.30 is read as a number",
		"bad.mesh.yaml:7:49: error: V-02: 1e3 is read as a number",
		"bad.mesh.yaml:8:18: error: V-02: off is read as a number or a boolean",
		`bad.mesh.yaml:8:31: error: R-07: unknown mode "MAYBE"`,
		"error: V-13: selector of exclusion a matches every workload",
		`bad.mesh.yaml:11:6: error: V-41: id "a" is used again`,
		`error: R-07: unknown kind of exclusion "nonsense"`,
		"bad.mesh.yaml:12:5: error: R-06: number 17 where an object is needed",
		"bad.mesh.yaml:14:1: error: R-04: ",
		"bad.mesh.yaml:17",
		"bad.mesh.yaml:19:1: error: R-02: ",
		"good register of 0 exclusions",
		"NO DECISION IS IN FORCE",
		"1 of 1 workload (no pods) is inside",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q in\n%s", want, got.stdout)
		}
	}
}

// judged runs the program as text and as JSON. Beside the problems that are wanted, the workloads
// named must be inside; the findings do not fail the run.
func judged(t *testing.T, dir string, workloads, problems []string) {
	t.Helper()
	got := start(t, "", "-now", day, "-v", dir)
	if got.status != report.ExitOK || got.stderr != "" {
		t.Errorf("status %d, stderr %q", got.status, got.stderr)
	}
	text := unwrapped(got.stdout)
	for _, want := range problems {
		if !strings.Contains(text, strings.TrimSuffix(want, "\n")) {
			t.Errorf("want %q in\n%s", want, got.stdout)
		}
	}
	var doc report.Document
	if err := json.NewDecoder(bytes.NewBufferString(start(t, "", "-now", day, "-o", "json", dir).stdout)).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	inside := map[string]bool{}
	for _, w := range doc.Workloads {
		inside[w.Namespace+" "+w.Name] = w.Inside.String() == "true"
	}
	for _, w := range workloads {
		if !inside[w] {
			t.Errorf("%s is not judged to be inside:\n%s", w, got.stdout)
		}
	}
	if doc.Complete {
		t.Error("says that all was judged")
	}
}

// unwrapped is a report with each paragraph in one line.
func unwrapped(text string) string { return strings.Join(strings.Fields(text), " ") }

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

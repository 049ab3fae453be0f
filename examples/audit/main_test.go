package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/report"
	"github.com/meshposture/meshposture/source"
)

var update = flag.Bool("update", false, "rewrite testdata and the README's excerpts; read the diff before committing it")

// day is the date of the reports in these tests and in the README.
const day = "2023-10-02"

// outcome is what a run of the program gives.
type outcome struct {
	status         int
	stdout, stderr string
}

func start(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), args, strings.NewReader(stdin), &stdout, &stderr)
	return outcome{status, stdout.String(), stderr.String()}
}

// file makes a file in a new directory, and returns its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExample(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"example.txt":         {"-now", day},
		"example-verbose.txt": {"-now", day, "-v"},
		"example.json":        {"-now", day, "-o", "json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := start(t, "", args...)
			if got.status != report.ExitFindings {
				t.Errorf("status %d, want %d: a service was overlooked\n%s", got.status, report.ExitFindings, got.stderr)
			}
			path := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(path, []byte(got.stdout), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.stdout); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
		})
	}
}

// The company's story: three of the twelve services are outside on purpose, one workload by oversight.
func TestExampleTellsPurposeFromOversight(t *testing.T) {
	t.Parallel()
	var doc report.Document
	data := start(t, "", "-now", day, "-o", "json").stdout
	if err := json.Unmarshal([]byte(data), &doc); err != nil {
		t.Fatal(err)
	}
	sameNumbers(t, start(t, "", "-now", day).stdout, data)
	got := map[string][]string{}
	for _, w := range doc.Workloads {
		switch {
		case w.Documented == nil:
			got[w.Namespace] = append(got[w.Namespace], "inside "+w.Name)
		case *w.Documented:
			got[w.Namespace] = append(got[w.Namespace], "documented "+w.Name)
		default:
			got[w.Namespace] = append(got[w.Namespace], "UNDOCUMENTED "+w.Name)
		}
	}
	want := map[string][]string{
		"accounts":     {"inside accounts"},
		"batch":        {"documented invoice-run", "documented report-export", "documented stock-sync"},
		"istio-system": {"documented istiod"},
		"monitoring":   {"documented datadog-agent"},
		"orders":       {"inside checkout", "inside inventory", "inside shipping"},
		"payments":     {"inside ledger", "inside payments"},
		"returns":      {"UNDOCUMENTED returns-api"},
		"storefront":   {"inside cart", "inside catalog", "inside frontend"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(doc.Problems)+len(doc.Skipped)+len(doc.Undecided)+len(doc.RecordIssues) > 0 {
		t.Errorf("the example is not wholly judged: %v %v %v %v", doc.Problems, doc.Skipped, doc.Undecided, doc.RecordIssues)
	}
}

const deployment = `apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec: {template: {spec: {containers: [{name: cart}]}}}
`

func TestStatus(t *testing.T) {
	t.Parallel()
	cluster := file(t, "cluster.yaml", deployment)
	orphan := file(t, "orphan.yaml", strings.Replace(deployment, "kind: Namespace", "kind: Other", 1))
	faulty := file(t, "faulty.mesh.yaml", "apiVersion: meshposture.dev/v1alpha1\nkind: ExclusionRegister\nid: r\ncolour: blue\n")
	missing := filepath.Join(t.TempDir(), "missing")
	for _, tt := range []struct {
		name   string
		args   []string
		want   int
		stderr string // a part of it
	}{
		{"nothing found", []string{cluster}, report.ExitOK, ""},
		{"a directory without a record", []string{filepath.Dir(cluster)}, report.ExitOK, ""},
		{"the same with a slash", []string{filepath.Dir(cluster) + "/"}, report.ExitOK, ""},
		{"a directory that is named as record and holds none", []string{"-record", filepath.Dir(cluster), cluster}, report.ExitFindings, ""},
		{"a finding below the threshold", []string{"-now", day, "-fail-on", "critical"}, report.ExitOK, "no PATH"},
		{"a finding at the threshold", []string{"-now", day, "-fail-on", "high"}, report.ExitFindings, "no PATH"},
		{"findings never fail", []string{"-now", day, "-fail-on", "never"}, report.ExitOK, "no PATH"},
		{"an error in the record", []string{"-record", faulty, cluster}, report.ExitFindings, ""},
		{"a record among the paths", []string{cluster, faulty}, report.ExitFindings, ""},
		{"help", []string{"-h"}, report.ExitOK, "exit status: 0 nothing"},
		{"unknown flag", []string{"-x"}, report.ExitFailed, "audit: flag provided but not defined: -x\n"},
		{"unknown output", []string{"-o", "xml"}, report.ExitFailed, `audit: -o "xml": want text or json`},
		{"unknown severity", []string{"-fail-on", "bad"}, report.ExitFailed, `audit: -fail-on "bad": want info`},
		{"severity none", []string{"-fail-on", "none"}, report.ExitFailed, `audit: -fail-on "none": want info`},
		{"no date", []string{"-now", "today"}, report.ExitFailed, `audit: -now "today": want a date`},
		{"no such day", []string{"-now", "2023-02-29"}, report.ExitFailed, `audit: -now "2023-02-29": want a date`},
		{"standard input twice", []string{"-", "-"}, report.ExitFailed, "audit: standard input (-) is named twice\n"},
		{"a flag behind a path", []string{cluster, "-o", "json"}, report.ExitFailed, "audit: -o stands behind a PATH"},
		{"a record from standard input", []string{"-record", "-", cluster}, report.ExitFailed, "audit: -record -: a record is read from files only\n"},
		{"an open question", []string{orphan}, report.ExitOK, ""},
		{"an open question that counts", []string{"-fail-on-undecided", orphan}, report.ExitFindings, ""},
		{"missing path", []string{missing}, report.ExitFailed, missing},
		{"missing record", []string{"-record", missing, cluster}, report.ExitFailed, missing},
		{"missing mesh configuration", []string{"-mesh-config", missing, cluster}, report.ExitFailed, missing},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := start(t, "", tt.args...)
			if got.status != tt.want || !strings.Contains(got.stderr, tt.stderr) {
				t.Errorf("status %d, want %d; stderr %q, want %q in it", got.status, tt.want, got.stderr, tt.stderr)
			}
			if tt.want == report.ExitFailed && got.stdout != "" {
				t.Errorf("a report in spite of failure:\n%s", got.stdout)
			}
		})
	}
}

func TestStdin(t *testing.T) {
	t.Parallel()
	got := start(t, deployment, "-now", day, "-")
	if want := "1 of 1 workload (no pods) is inside the mTLS perimeter of istio"; !strings.Contains(got.stdout, want) {
		t.Errorf("want %q in\n%s", want, got.stdout)
	}
	if got.stderr != "" || got.status != report.ExitOK {
		t.Errorf("status %d, stderr %q", got.status, got.stderr)
	}
}

// A record among the manifests is found, and is not called a broken manifest.
func TestRecordAmongManifests(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"example"},
		{"-record", "example/decision", "example"},
		{"-record", "example/decision", "example/cluster"},
	} {
		got := start(t, "", append([]string{"-now", day}, args...)...)
		if !strings.Contains(got.stdout, "the record explains 5; 1 is UNDOCUMENTED") || strings.Contains(got.stdout, "Problems") {
			t.Errorf("%v: got\n%s%s", args, got.stdout, got.stderr)
		}
	}
	// A record that is not used is not passed over in silence.
	other := file(t, "other.mesh.yaml", "apiVersion: meshposture.dev/v1alpha1\nkind: ExclusionRegister\nid: r\nexclusions: []\n")
	got := start(t, "", "-now", day, "-record", other, "example")
	if !strings.Contains(got.stdout, "exclusions.mesh.yaml:2") {
		t.Errorf("example/decision/exclusions.mesh.yaml is not named:\n%s%s", got.stdout, got.stderr)
	}
	// One that is broken is reported as a record, and only once.
	broken := file(t, "broken.mesh.yaml", "apiVersion: meshposture.dev/v1alpha1\nkind: [\n")
	got = start(t, "", "-now", day, filepath.Dir(broken))
	if strings.Count(got.stdout, "broken.mesh.yaml") != 1 || got.status != report.ExitFindings {
		t.Errorf("want broken.mesh.yaml once, and status %d; status %d:\n%s%s", report.ExitFindings, got.status, got.stdout, got.stderr)
	}
}

func TestMeshConfig(t *testing.T) {
	t.Parallel()
	cfg := file(t, "mesh.yaml", "trustDomain: shop.example\n")
	got := start(t, "", "-now", day, "-mesh-config", cfg)
	if !strings.Contains(got.stdout, "trust domain shop.example") {
		t.Errorf("got\n%s%s", got.stdout, got.stderr)
	}
}

// What cannot be written is not done.
func TestBrokenOutput(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	for _, output := range []string{"text", "json"} {
		broken := errors.New("pipe closed")
		status := run(t.Context(), []string{"-o", output}, strings.NewReader(""), failing{broken}, &stderr)
		if status != report.ExitFailed || !strings.Contains(stderr.String(), "pipe closed") {
			t.Errorf("%s: status %d, stderr %q", output, status, stderr.String())
		}
	}
}

func TestBrokenInput(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	broken := iotest.ErrReader(errors.New("cable pulled"))
	status := run(t.Context(), []string{"-"}, broken, &stdout, &stderr)
	if all := stdout.String() + stderr.String(); !strings.Contains(all, "cable pulled") {
		t.Errorf("status %d, and nobody says why:\n%s", status, all)
	}
}

// No input may make the program panic or wait.
func TestCorpus(t *testing.T) {
	t.Parallel()
	corpus := filepath.Join("..", "..", "..", "shared", "corpus")
	entries, err := os.ReadDir(corpus)
	if err != nil {
		t.Skipf("no corpus of real manifests beside the repository: %v", err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		t.Run(e.Name(), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(corpus, e.Name())
			folded := start(t, "", "-now", day, dir)
			for _, got := range []outcome{folded, start(t, "", "-now", day, "-v", dir), start(t, "", "-now", day, "-o", "json", dir)} {
				if got.status > report.ExitFindings || got.stdout == "" {
					t.Errorf("status %d: %s", got.status, got.stderr)
				}
			}
			sameNumbers(t, folded.stdout, start(t, "", "-now", day, "-o", "json", dir).stdout)
			if again := start(t, "", "-now", day, dir); again.stdout != folded.stdout {
				t.Error("a second run says something else")
			}
		})
	}
}

// sameNumbers compares what text and JSON count.
func sameNumbers(t *testing.T, text, data string) {
	t.Helper()
	var doc report.Document
	if err := json.Unmarshal([]byte(data), &doc); err != nil {
		t.Fatal(err)
	}
	s := doc.Summary
	if s.Workloads != len(doc.Workloads) || s.Workloads != s.Inside+s.Outside+s.Undecided {
		t.Errorf("%d workloads do not add up: %+v", len(doc.Workloads), s)
	}
	pods, notJudged := 0, len(doc.Undecided)+len(doc.Failed)+len(doc.RecordIssues)+len(doc.Skipped)
	for _, p := range doc.Problems {
		if p.Code != source.ProblemWarned {
			notJudged++
		}
	}
	for _, w := range doc.Workloads {
		pods += w.Pods
	}
	for _, cp := range doc.ControlPlanes {
		notJudged += len(cp.Unknown)
	}
	notJudged += s.Undecided + s.WeakestPort["unknown"]
	if pods != s.Pods || notJudged != s.NotJudged {
		t.Errorf("%d pods and %d entries that are not judged, but the summary is %+v", pods, notJudged, s)
	}
	for _, want := range []string{
		fmt.Sprintf("\n%d of %d workload", s.Inside, s.Workloads),
		fmt.Sprintf("\nOutside the mTLS perimeter: %d of %d workload", s.Outside, s.Workloads),
		fmt.Sprintf("\nNot judged: %d\n", s.NotJudged),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q in\n%s", want, text)
		}
	}
	if want := fmt.Sprintf("(%d pod", s.Pods); s.Pods > 0 && !strings.Contains(text, want) {
		t.Errorf("want %q in\n%s", want, text)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

var _ io.Writer = failing{}

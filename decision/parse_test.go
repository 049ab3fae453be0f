package decision_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/decision"
)

const (
	head         = "apiVersion: meshposture.dev/v1alpha1\nkind: MeshDecision\n"
	registerHead = "apiVersion: meshposture.dev/v1alpha1\nkind: ExclusionRegister\n"
)

func lines(issues []decision.Issue) string {
	var b strings.Builder
	for _, i := range issues {
		b.WriteString(i.String() + "\n")
	}
	return b.String()
}

// parseAll parses a text that has no faults.
func parseAll(t *testing.T, text string) *decision.Set {
	t.Helper()
	set, issues := decision.Parse("r", []byte(text))
	if diff := cmp.Diff("", lines(issues)); diff != "" {
		t.Fatalf("issues (-want +got):\n%s", diff)
	}
	return set
}

// ids lists what was read: documents and their exclusions.
func ids(set *decision.Set) []string {
	var all []string
	for d := range set.Decisions() {
		all = append(all, d.ID)
	}
	for g := range set.Registers() {
		all = append(all, g.ID)
	}
	for e := range set.Exclusions() {
		all = append(all, "exclusion "+e.ID)
	}
	return all
}

func TestParseBadInput(t *testing.T) {
	t.Parallel()
	const neighbour = "---\n" + head + "id: neighbour\n"
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 8 {
		from, to := string(rune('a'+i)), string(rune('b'+i))
		bomb += fmt.Sprintf("%s: &%s [%s]\n", to, to, strings.TrimSuffix(strings.Repeat("*"+from+", ", 10), ", "))
	}
	tests := []struct {
		name, text, want string
		read             []string
	}{
		{"empty", "", "r:1:1: error: R-04: file holds no document", nil},
		{"comments", "# nothing\n---\n# nothing\n", "r:1:1: error: R-04: file holds no document", nil},
		{"zero byte", "a\x00b", "r:1:1: error: R-02: not a text file: it holds a zero byte", nil},
		{"not UTF-8", "a: \xff\n" + neighbour, "r:1:4: error: R-02: ", []string{"neighbour"}},
		{"tab", "\ta: 1\n" + neighbour, "r:1:1: error: R-02: ", []string{"neighbour"}},
		{"truncated", neighbour + "---\n" + head + "exclusions: [{id: a, reason: \"so", "r:8: error: R-02: ", []string{"neighbour"}},
		{
			"deep", head + "id: " + strings.Repeat("[", 300) + strings.Repeat("]", 300) + "\n" + neighbour,
			"r:3:104: error: R-03: nested deeper than 100 levels",
			[]string{"neighbour"},
		},
		{"deep block", head + "id:\n" + deepBlock(300) + neighbour, "r:103:", []string{"neighbour"}},
		{"alias bomb", bomb + neighbour, "r:1:1: error: R-03: more than", []string{"neighbour"}},
		{"alias to nothing", "a: *b\n" + neighbour, "r:1:", []string{"neighbour"}},
		{"a number", "5\n" + neighbour, "r:1:1: error: R-04: ", []string{"neighbour"}},
		{"null", "~\n" + neighbour, "r:1:1: error: R-04: ", []string{"neighbour"}},
		{"apiVersion is a list", "apiVersion: []\nkind: {}\n" + neighbour, "r:1:1: error: R-04: ", []string{"neighbour"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			set, issues := decision.Parse("r", []byte(test.text))
			if len(issues) != 1 || !strings.HasPrefix(issues[0].String(), test.want) {
				t.Errorf("want one issue that begins with %q, got:\n%s", test.want, lines(issues))
			}
			if diff := cmp.Diff(test.read, ids(set)); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
		})
	}
}

func deepBlock(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i+1) + "a:\n")
	}
	return b.String()
}

func TestParseTooLong(t *testing.T) {
	t.Parallel()
	set, issues := decision.Parse("r", make([]byte, decision.MaxFileBytes+1))
	if want := fmt.Sprintf("r:1:1: error: R-03: file is longer than %d bytes\n", decision.MaxFileBytes); lines(issues) != want {
		t.Errorf("got %q, want %q", lines(issues), want)
	}
	if got := ids(set); got != nil {
		t.Errorf("read %v", got)
	}
}

func TestParseManyDocuments(t *testing.T) {
	t.Parallel()
	set, issues := decision.Parse("r", []byte(strings.Repeat("--- {apiVersion: meshposture.dev/v1alpha1, kind: MeshDecision}\n", 501)))
	if want := "r:501:1: error: R-03: file holds 501 documents: only the first 500 were read\n"; lines(issues) != want {
		t.Errorf("got %q, want %q", lines(issues), want)
	}
	if got := len(ids(set)); got != 500 {
		t.Errorf("read %d documents", got)
	}
}

// TestParseManyIssues shows the first faults of a document and counts the others. An element
// whose own faults may be among those is not relied on.
func TestParseManyIssues(t *testing.T) {
	t.Parallel()
	const exclusion = "exclusions:\n  - id: a\n    selector: {kinds: [CronJob], name: a}\n"
	tests := []struct {
		name, line string
		shown      int
		last       string
	}{
		{"unknown fields", "x%d: 1\n", 100, "r:1:1: error: R-03: 201 more problems in this object are not listed"},
		{"unknown words", "  - how: x%d\n", 200, "r:1:1: error: R-03: 101 further issues of this document are not shown"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			b.WriteString(head + "enrolment:\n")
			for i := range 300 {
				fmt.Fprintf(&b, test.line, i)
			}
			set, issues := decision.Parse("r", []byte(b.String()+exclusion))
			var bounds []string
			for _, i := range issues {
				if i.Code == decision.CodeLimit {
					bounds = append(bounds, i.String())
				}
			}
			if diff := cmp.Diff([]string{test.last}, bounds); diff != "" || len(issues) != test.shown+1 {
				t.Errorf("%d issues, want %d; bounds (-want +got):\n%s", len(issues), test.shown+1, diff)
			}
			for e := range set.Exclusions() {
				if e.Matches(decision.Workload{Kind: "CronJob", Name: "b"}) {
					t.Error("a selector with a fault that is not shown matches")
				}
			}
		})
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	const one, two = "apiVersion: meshposture.dev/v1alpha1, kind: MeshDecision", "id: two"
	tests := []struct{ name, text string }{
		{"directive and comment", "%YAML 1.2\n---   # first\n" + head + "id: one\n...\n# between\n---\n" + head + two + "\n"},
		{"inline", "--- {" + one + ", id: one}\n---\t{" + one + ", " + two + "}"},
		{"carriage returns", strings.ReplaceAll(head+"id: one\n---\n"+head+two+"\n", "\n", "\r\n")},
		{"byte order mark", "\ufeff---\n" + head + "id: one\n---\n" + head + two},
		{"marker within a block", head + "id: one\ntitle: |\n  ---\n  x\n---\n" + head + two + "\n"},
		{"JSON", "{\n\t\"apiVersion\": \"meshposture.dev/v1alpha1\", \"kind\": \"MeshDecision\", \"id\": \"one\"}\n---\n" + head + two},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff([]string{"one", "two"}, ids(parseAll(t, test.text))); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNeighboursAreRead checks that a fault costs its field only.
func TestNeighboursAreRead(t *testing.T) {
	t.Parallel()
	set, issues := decision.Parse("r", []byte(head+`id: a
status: acepted
title: Istio
exclusions:
  - nothing
  - id: b
    since: yesterday
    reviewBy: 2024-01-31
    selector: {expectMin: 3.0, ports: [5432, 99999, 1e3], expectMax: x}
    mechanisms: [host-network, nonsense, pod-label]
    owner: {team: data, role: 7}
`))
	if len(issues) != 7 {
		t.Errorf("want 7 issues, got:\n%s", lines(issues))
	}
	for d := range set.Decisions() {
		if d.Title != "Istio" || d.Status != "" || !d.Faulty() {
			t.Errorf("decision read as %q, %q, faulty %t", d.Title, d.Status, d.Faulty())
		}
		e := d.Exclusions[1]
		if *e.Selector.ExpectMin != 3 || e.Selector.ExpectMax != nil {
			t.Errorf("expected numbers read as %d, %v", *e.Selector.ExpectMin, e.Selector.ExpectMax)
		}
		if diff := cmp.Diff([]decision.Port{5432, 0, 1000}, e.Selector.Ports); diff != "" {
			t.Errorf("ports (-want +got):\n%s", diff)
		}
		want := []decision.ExclusionMechanism{decision.ByHostNetwork, "", decision.ByPodLabel}
		if diff := cmp.Diff(want, e.Mechanisms); diff != "" {
			t.Errorf("mechanisms (-want +got):\n%s", diff)
		}
		if e.Owner.Team != "data" || e.Owner.Role != "" || !e.Since.IsZero() || e.ReviewBy.String() != "2024-01-31" {
			t.Errorf("exclusion read as owner %s, since %s, review by %s", e.Owner, e.Since, e.ReviewBy)
		}
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	set := parseAll(t, "# a file\n---\n"+head+`id: a
exclusions:
  - id: b
    reviewBy: 2024-01-31
    selector:
      names: [v,
        w]
  - id: c
`)
	var exclusions []*decision.Exclusion
	for e := range set.Exclusions() {
		exclusions = append(exclusions, e)
	}
	tests := []struct {
		name      string
		got, want string
	}{
		{"field", exclusions[0].Pos("reviewBy").String(), "r:8:5"},
		{"element", exclusions[1].Pos("").String(), "r:12:5"},
		{"field that is not there", exclusions[1].Pos("reviewBy").String(), "r:12:5"},
		{"element below", exclusions[0].Selector.Pos("").String(), "r:9:5"},
		{"entry of a list", exclusions[0].Pos("selector.names[1]").String(), "r:11:9"},
		{"path", exclusions[0].Selector.Path(), "exclusions[0].selector"},
		{"made by a program", new(decision.Exclusion).Pos("id").String(), "-"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, test.got, test.want)
		}
	}
}

// TestAnchors checks that positions also hold where a field is written elsewhere.
func TestAnchors(t *testing.T) {
	t.Parallel()
	set := parseAll(t, registerHead+`id: a
exclusions:
  - id: b
    owner: &data {team: data}
  - id: c
    owner: *data
    since: 2024-01-31
`)
	for e := range set.Exclusions() {
		if e.Owner.Team != "data" {
			t.Errorf("owner of %s is %s", e.ID, e.Owner)
		}
		if e.ID == "c" && e.Pos("since").String() != "r:9:5" {
			t.Errorf("position is %s", e.Pos("since"))
		}
	}
}

func TestInForce(t *testing.T) {
	t.Parallel()
	text := ""
	for _, status := range []string{"accepted", "draft", "superseded"} {
		text += head + "id: " + status + "\nstatus: " + status + "\nexclusions: [{id: in-" + status + "}]\n---\n"
	}
	for _, of := range []string{"accepted", "draft", "unread", ""} {
		text += registerHead + "id: r" + of + "\ndecision: \"" + of + "\"\nexclusions: [{id: of-" + of + "}]\n---\n"
	}
	set := parseAll(t, text)
	var got []string
	for e := range set.ExclusionsInForce() {
		got = append(got, e.ID)
	}
	if diff := cmp.Diff([]string{"in-accepted", "of-accepted", "of-unread", "of-"}, got); diff != "" {
		t.Errorf("in force (-want +got):\n%s", diff)
	}
	for range (*decision.Set)(nil).Exclusions() {
		t.Error("a nil set has exclusions")
	}
}

// FuzzParse checks that every issue has a place, that reading is deterministic, and that
// whatever was read can be judged. The text is read as it is, and as the body of a decision.
func FuzzParse(f *testing.F) {
	cases, err := filepath.Glob("testdata/rules/*" + decision.Suffix)
	if err != nil || len(cases) == 0 {
		f.Fatalf("no cases: %v", err)
	}
	for _, name := range cases {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("exclusions:\n- \n- &x {id: a, selector: {names: ['[', a*], ports: [0, 1.0]}}\n- *x\n"))
	f.Add([]byte("triggers: [{when: {all: [5, {not: {}}, {compare: {fact: a.b, value: x}}, {date: {within: 2w}}]}}]\n"))
	f.Add([]byte("mtls: {stated: [{mode: OFF}, {mode: STRICT}], migration: [{id: a, after: [a]}, {after: [b]}]}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		checkReading(t, text)
		checkReading(t, append([]byte(head), text...))
	})
}

func checkReading(t *testing.T, text []byte) {
	t.Helper()
	opts := decision.ValidateOptions{Now: judgedOn}
	set, issues := decision.Parse("r", text)
	issues = append(issues, decision.Validate(set, opts)...)
	for _, i := range issues {
		if i.Pos.File != "r" || i.Pos.Line < 1 || i.Code == "" || i.Message == "" {
			t.Errorf("incomplete issue %#v", i)
		}
	}
	w := decision.Workload{Namespace: "a", Kind: "CronJob", Name: "a", Labels: map[string]string{"a": "b"}}
	for e := range set.Exclusions() {
		if (e.Selector.Faulty() || e.Selector.Empty()) && e.Matches(w) {
			t.Errorf("selector of %q is empty or faulty, and matches", e.ID)
		}
	}
	for d := range set.Decisions() {
		if a := d.StatedFor(w, 80); a.Mode != "" && len(a.Contenders) > 0 {
			t.Errorf("answer has a mode and contenders: %#v", a)
		}
	}
	again, issuesAgain := decision.Parse("r", text)
	issuesAgain = append(issuesAgain, decision.Validate(again, opts)...)
	if diff := cmp.Diff(lines(issues), lines(issuesAgain)); diff != "" {
		t.Errorf("second reading (-first +second):\n%s", diff)
	}
}

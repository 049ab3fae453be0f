package decision_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/decision"
)

// judgedOn is the day on which the cases of testdata/rules are judged.
var judgedOn = decision.DateOf(time.Date(2026, time.June, 30, 23, 0, 0, 0, time.UTC))

// judge reads a file and validates it.
func judge(name string, data []byte, opts decision.ValidateOptions) []decision.Issue {
	set, issues := decision.Parse(name, data)
	issues = append(issues, decision.Validate(set, opts)...)
	slices.SortFunc(issues, decision.Issue.Compare)
	return issues
}

// TestRules reads one file per code. An issue of that code must stand on each line that ends in
// "# want" and the code, and on no other; issues of other codes are not looked at.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, rule := range decision.Rules() {
		if rule.Reserved || rule.Code == decision.CodeUnreadable || rule.Code == decision.CodeLimit {
			continue // have tests of their own
		}
		t.Run(string(rule.Code), func(t *testing.T) {
			t.Parallel()
			name := filepath.Join("testdata", "rules", string(rule.Code)+decision.Suffix)
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want := wanted(string(data), rule.Code)
			if len(want) == 0 {
				t.Fatal("no line wants the code")
			}
			var got []string
			for _, issue := range judge(name, data, decision.ValidateOptions{Now: judgedOn}) {
				if issue.Code != rule.Code {
					continue
				}
				got = append(got, fmt.Sprintf("line %d", issue.Pos.Line))
				if issue.Severity != rule.Severity || issue.Message == "" {
					t.Errorf("%s: want severity %s and a message", issue, rule.Severity)
				}
			}
			if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
				t.Errorf("lines with %s (-want +got):\n%s", rule.Code, diff)
			}
		})
	}
}

func wanted(text string, code decision.Code) []string {
	var lines []string
	for i, line := range strings.Split(text, "\n") {
		if strings.HasSuffix(line, "# want "+string(code)) {
			lines = append(lines, fmt.Sprintf("line %d", i+1))
		}
	}
	return lines
}

// TestMessages compares whole issues where the words matter most.
func TestMessages(t *testing.T) {
	t.Parallel()
	var got []string
	for _, code := range []decision.Code{"V-02", "V-03", "V-09", "V-10", "V-15", "V-21", "V-27", "V-31", "R-05", "R-08"} {
		name := filepath.Join("testdata", "rules", string(code)+decision.Suffix)
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, issue := range judge(string(code), data, decision.ValidateOptions{Now: judgedOn}) {
			if issue.Code == code {
				got = append(got, issue.String())
			}
		}
	}
	golden := filepath.Join("testdata", "messages.txt")
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(string(want)), "\n"), got); diff != "" {
		t.Errorf("issues (-%s +got):\n%s", golden, diff)
	}
}

func TestCodesAreUsedOnce(t *testing.T) {
	t.Parallel()
	met := map[decision.Code]bool{}
	for _, r := range decision.Rules() {
		if met[r.Code] {
			t.Errorf("code %s stands for two rules", r.Code)
		}
		met[r.Code] = true
	}
}

package check_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// says makes a check that reports findings.
func says(code string, findings ...check.Finding) *check.Check {
	return &check.Check{Code: code, Name: "name" + code, Severity: check.Medium, Run: func(p *check.Pass) error {
		for _, f := range findings {
			p.Report(f)
		}
		return nil
	}}
}

func TestRunOrdersFindings(t *testing.T) {
	t.Parallel()
	at := func(line int) source.Pos { return source.Pos{File: "f", Line: line} }
	checks := []*check.Check{
		says("B", check.Finding{Subject: "x", Pos: at(2)}, check.Finding{Subject: "x", Pos: at(1)}),
		says("A", check.Finding{Subject: "b"}, check.Finding{Subject: "a"}, check.Finding{Subject: "z", Severity: check.Critical}),
	}
	want := "critical A z, medium A a, medium A b, medium B x f:1, medium B x f:2, "
	for range 2 {
		res, err := check.Run(t.Context(), nil, check.Options{}, checks...)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range res.Findings {
			got += fmt.Sprintf("%s %s %s", f.Severity, f.Code, f.Subject)
			if !f.Pos.IsZero() {
				got += " " + f.Pos.String()
			}
			got += ", "
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
		if res.Worst() != check.Critical {
			t.Errorf("worst %s, want critical", res.Worst())
		}
		checks[0], checks[1] = checks[1], checks[0] // the order of the checks changes nothing
	}
}

// A check that fails keeps what it found, and the result is not complete.
func TestRunFailure(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	c := &check.Check{Code: "A", Severity: check.Low, Run: func(p *check.Pass) error {
		p.Report(check.Finding{Subject: "found before"})
		return broken
	}}
	res, err := check.Run(t.Context(), nil, check.Options{}, c, says("B", check.Finding{Subject: "other"}))
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Findings) != 2 || len(res.Failed) != 1 || res.Failed[0].Code != "A" || !errors.Is(res.Failed[0].Err, broken) {
		t.Errorf("findings %v, failed %v", res.Findings, res.Failed)
	}
	if res.Complete() {
		t.Error("complete, though a check failed")
	}
}

func TestCompleteNeedsDecisions(t *testing.T) {
	t.Parallel()
	c := &check.Check{Code: "A", Run: func(p *check.Pass) error {
		p.Undecided(check.Undecided{Subject: "x", Message: "whether x"})
		return nil
	}}
	res, err := check.Run(t.Context(), nil, check.Options{}, c)
	if err != nil {
		t.Fatal(err)
	}
	if res.Complete() {
		t.Error("complete, though something was not decided")
	}
	if diff := cmp.Diff([]check.Undecided{{Code: "A", Subject: "x", Message: "whether x"}}, res.Undecided); diff != "" {
		t.Errorf("undecided (-want +got):\n%s", diff)
	}
}

func TestRunRefusesOneCodeTwice(t *testing.T) {
	t.Parallel()
	if _, err := check.Run(t.Context(), nil, check.Options{}, says("A"), says("A")); err == nil {
		t.Error("no error")
	}
}

func TestRunCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := check.Run(ctx, nil, check.Options{}, says("A")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

// The key names the finding between runs: positions and wording may change.
func TestFindingKey(t *testing.T) {
	t.Parallel()
	a := check.Finding{Code: "A", Subject: "x", Pos: source.Pos{File: "f", Line: 1}, Message: "old", Why: []mesh.Step{{Rule: "r"}}}
	b := check.Finding{Code: "A", Subject: "x", Pos: source.Pos{File: "g", Line: 9}, Message: "new"}
	if a.Key() != b.Key() {
		t.Errorf("keys %q and %q differ", a.Key(), b.Key())
	}
}

func TestParseSeverity(t *testing.T) {
	t.Parallel()
	for s := check.SeverityNone; s <= check.Critical; s++ {
		got, err := check.ParseSeverity(s.String())
		if err != nil || got != s {
			t.Errorf("ParseSeverity(%q) = %v, %v", s, got, err)
		}
	}
	for _, word := range []string{"", "HIGH", "Severity(9)", "fatal"} {
		if s, err := check.ParseSeverity(word); err == nil {
			t.Errorf("ParseSeverity(%q) = %v, want an error", word, s)
		}
	}
}

func TestNowReachesChecks(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	var got time.Time
	c := &check.Check{Code: "A", Run: func(p *check.Pass) error { got = p.Now; return nil }}
	if _, err := check.Run(t.Context(), nil, check.Options{Now: now}, c); err != nil || !got.Equal(now) {
		t.Errorf("clock %v, error %v", got, err)
	}
}

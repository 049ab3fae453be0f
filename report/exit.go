package report

import (
	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/decision"
)

// Exit statuses of a program that shows a report.
const (
	ExitOK       = 0 // nothing at or above the threshold
	ExitFindings = 1 // something at or above it
	ExitFailed   = 2 // the job could not be done, wholly or in part
)

// Threshold says what makes a program fail. The zero Threshold fails at high severity.
type Threshold struct {
	// FailOn is the lowest severity that fails. SeverityNone means High.
	FailOn check.Severity
	// FailUndecided also fails when something could not be decided: a question of a check, or
	// whether a workload is inside the mesh.
	FailUndecided bool
}

// ExitStatus is the exit status for a report of in.
//
// Issues of the record count like findings: errors as high, warnings as low, notes as info. What
// was skipped or not understood does not fail by itself: it leaves questions undecided. A check
// that did not finish gives ExitFailed, unless findings already fail: its silence means nothing.
func ExitStatus(in Input, t Threshold) int {
	if t.FailOn == check.SeverityNone {
		t.FailOn = check.High
	}
	worst := in.Result.Worst()
	for _, i := range in.RecordIssues {
		worst = max(worst, issueSeverity(i.Severity))
	}
	switch {
	case worst >= t.FailOn:
		return ExitFindings
	case len(in.Result.Failed) > 0:
		return ExitFailed
	case t.FailUndecided && (len(in.Result.Undecided) > 0 || len(in.perimeter().unknown) > 0):
		return ExitFindings
	default:
		return ExitOK
	}
}

// issueSeverity is the severity that a finding of the same weight would have.
func issueSeverity(s decision.Severity) check.Severity {
	switch s {
	case decision.Info:
		return check.Info
	case decision.Warning:
		return check.Low
	default:
		return check.High
	}
}

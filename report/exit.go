package report

import (
	"slices"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
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
	// FailUndecided also fails when something could not be decided: a question of a check, whether
	// a workload is inside the mesh, what one of its ports accepts; and when objects may have been
	// lost in input that could not be read, or there is no workload at all.
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
	case t.FailUndecided && in.undecided():
		return ExitFindings
	default:
		return ExitOK
	}
}

// undecided reports whether an answer is missing, or may be.
func (in Input) undecided() bool {
	if len(in.Result.Undecided) > 0 || slices.ContainsFunc(in.problems(), mayHideObjects) {
		return true
	}
	p := in.perimeter()
	return p.total == 0 || len(p.unknown) > 0 || len(p.ports) > 0
}

// mayHideObjects reports whether a problem is about text that may hold objects which were not read.
func mayHideObjects(p mesh.Problem) bool {
	switch p.Code {
	case source.ProblemUnreadable, source.ProblemSyntax, source.ProblemLimit, source.ProblemNotObject:
		return true
	default:
		return false
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

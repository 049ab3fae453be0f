// Package report shows a posture, a record and the findings between them, as text for people and
// as JSON for programs. It renders what others judged and judges nothing itself.
//
// Both forms answer the auditor's question first: which workloads are outside the mTLS perimeter,
// and why. What could not be judged is part of every report: "no findings" is said only where
// nothing was left out, undecided or unread.
//
// The output depends on the input alone and is the same in every run. The JSON form is described
// in docs/report.md.
package report

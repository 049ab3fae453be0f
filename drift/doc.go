// Package drift compares a decision record with the posture of a cluster.
//
// Each rule is a check.Check with a code of docs/checks, made for one record by Checks; they run
// beside the posture checks:
//
//	set, issues, err := decision.Load(ctx, "docs/mesh")
//	…
//	res, err := check.Run(ctx, g, check.Options{Now: now}, drift.Checks(set)...)
//
// What counts of a record is what is in force: decisions with status accepted, and the exclusions
// of decision.Set.ExclusionsInForce. Without any decision in force every workload outside the mesh
// is undocumented, unless a register names it, and nothing is said of mutual TLS.
//
// A finding stands on the line of the cluster's manifests that causes it, with the record's line
// as a related place; where the record is at fault it is the reverse. Every rule ends with ok, a
// finding, or a question left undecided; what part of a record could not be read makes the answers
// that hang on it undecided.
package drift

// Package check runs checks over a posture graph and collects their findings.
//
// A check is a value: it has a code that never changes its meaning, and a function. Callers list
// the checks that they want; nothing registers itself. What a check could not decide is kept apart
// from what it found, so that "no findings" is said only where everything was decided.
package check

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// Check is one check. It is immutable; Run may be called concurrently on different passes.
type Check struct {
	Code     string   // stable and unique, such as "MP2001"; never reused
	Name     string   // lowerCamelCase, such as "permissivePort"
	Severity Severity // of the findings, unless the check gives one of its own
	Doc      string   // what it reports, one line, lower case, no period
	Run      func(*Pass) error
}

// Pass is one run of one check over one graph. It is used by one goroutine.
type Pass struct {
	Graph *mesh.Graph
	Now   time.Time // the clock of all dates in the result; zero when the caller gave none

	check     *Check
	ctx       context.Context
	findings  []Finding
	undecided []Undecided
}

// Context is cancelled when the caller no longer wants the result.
func (p *Pass) Context() context.Context { return p.ctx }

// Report adds a finding. Empty Code, Name and Severity are those of the check.
func (p *Pass) Report(f Finding) {
	f.Code = cmp.Or(f.Code, p.check.Code)
	f.Name = cmp.Or(f.Name, p.check.Name)
	f.Severity = cmp.Or(f.Severity, p.check.Severity)
	p.findings = append(p.findings, f)
}

// Undecided adds something that the check could not decide. Empty Code and Name are those of the check.
func (p *Pass) Undecided(u Undecided) {
	u.Code = cmp.Or(u.Code, p.check.Code)
	u.Name = cmp.Or(u.Name, p.check.Name)
	p.undecided = append(p.undecided, u)
}

// Finding is something that was understood and that a reader should know.
type Finding struct {
	Code     string
	Name     string
	Severity Severity
	Subject  string     // what it is about: "namespace/Kind/name" of a workload, or another name that stays the same between runs
	Pos      source.Pos // the line that causes it; zero when nothing in the input does
	Message  string     // lower case, what is and then what follows, without position or code
	Why      []mesh.Step
	Related  []Related
}

// Related is another place that belongs to a finding, such as the record's side of a difference.
type Related struct {
	Pos     source.Pos
	Message string
}

// Key identifies the finding between runs: it holds neither positions nor wording.
func (f Finding) Key() string { return f.Code + " " + f.Subject }

// Compare orders by severity, most severe first, then code, subject, position and message.
func (f Finding) Compare(g Finding) int {
	return cmp.Or(
		cmp.Compare(g.Severity, f.Severity),
		strings.Compare(f.Code, g.Code),
		strings.Compare(f.Subject, g.Subject),
		f.Pos.Compare(g.Pos),
		strings.Compare(f.Message, g.Message),
	)
}

// Undecided is a question that a check asked and could not answer.
type Undecided struct {
	Code    string
	Name    string
	Subject string
	Pos     source.Pos // the text that was not understood; zero when something is missing
	Message string     // what could not be decided, and what is missing
	Unknown []mesh.Gap // what was missing, most decisive first; nil when there is no gap to name, only a reason in Message
}

// Compare orders by code, subject, position and message.
func (u Undecided) Compare(v Undecided) int {
	return cmp.Or(
		strings.Compare(u.Code, v.Code),
		strings.Compare(u.Subject, v.Subject),
		u.Pos.Compare(v.Pos),
		strings.Compare(u.Message, v.Message),
	)
}

// Result is what the checks of one run found.
type Result struct {
	Findings  []Finding   // ordered, most severe first
	Undecided []Undecided // ordered by code
	Failed    []Failure   // checks that did not finish, ordered by code
}

// Failure is a check that ended with an error; what it had found before is kept.
type Failure struct {
	Code string
	Err  error
}

// Complete reports whether every check finished and decided all of its questions: only then does
// an empty list of findings mean that there is nothing to find.
func (r Result) Complete() bool { return len(r.Undecided) == 0 && len(r.Failed) == 0 }

// Worst is the highest severity among the findings; SeverityNone when there are none.
func (r Result) Worst() Severity {
	worst := SeverityNone
	for _, f := range r.Findings {
		worst = max(worst, f.Severity)
	}
	return worst
}

// Options are the arguments of Run.
type Options struct {
	Now time.Time // the clock for checks that compare dates; zero leaves those undecided
}

// Run runs the checks over the graph. A check that fails is in Result.Failed; the error is for
// what makes the whole run impossible: two checks with one code, or a cancelled context.
func Run(ctx context.Context, g *mesh.Graph, opts Options, checks ...*Check) (Result, error) {
	var res Result
	seen := map[string]bool{}
	for _, c := range checks {
		if seen[c.Code] {
			return Result{}, fmt.Errorf("two checks have the code %s", c.Code)
		}
		seen[c.Code] = true
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		p := &Pass{Graph: g, Now: opts.Now, check: c, ctx: ctx}
		if err := c.Run(p); err != nil {
			res.Failed = append(res.Failed, Failure{c.Code, err})
		}
		res.Findings = append(res.Findings, p.findings...)
		res.Undecided = append(res.Undecided, p.undecided...)
	}
	slices.SortStableFunc(res.Findings, Finding.Compare)
	slices.SortStableFunc(res.Undecided, Undecided.Compare)
	slices.SortFunc(res.Failed, func(a, b Failure) int { return strings.Compare(a.Code, b.Code) })
	return res, ctx.Err()
}

package report

import (
	"io"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// JSON writes New(in), indented, and a newline. The error is that of w.
func JSON(w io.Writer, in Input) error {
	err := jsonv2.MarshalWrite(w, New(in),
		jsontext.WithIndent("  "),
		// Names come from files, which may hold anything: what is no UTF-8 is replaced, not refused.
		jsontext.AllowInvalidUTF8(true),
		jsonv2.Deterministic(true),
		// Positions and references leave out what is zero, as with encoding/json.
		jsonv1.OmitEmptyWithLegacySemantics(true),
	)
	if err == nil {
		_, err = io.WriteString(w, "\n")
	}
	return err
}

// New makes the report of in as data. It computes the place of every reason, which reads the input
// files again: for a large cluster that takes longer than the text.
func New(in Input) Document {
	p := in.perimeter()
	things, unread := in.unjudged(p)
	d := Document{
		Schema:   Schema,
		Complete: things == 0 && unread == 0,
		Recorded: in.Record != nil,
		Summary:  in.summarize(p, things, unread),

		Decisions:     in.decisions(),
		ControlPlanes: convert(in.controlPlanes(), controlPlane),
		Components:    convert(in.components(), component),
		Nodes:         in.nodes(),
		Workloads:     convert(in.workloads(), in.workload),
		Entries:       convert(in.ways(), entry),
		Exits:         convert(in.exits(), exit),
		Exclusions:    in.exclusions(),

		Findings:     convert(in.Result.Findings, finding),
		Undecided:    convert(in.Result.Undecided, undecided),
		Failed:       convert(in.Result.Failed, failure),
		RecordIssues: in.issues(),
		Problems:     in.problems(),
		Skipped:      in.Skipped,
		Unread:       convert(in.unread(), func(k kindCount) UnreadKind { return UnreadKind{k.kind, k.n} }),
	}
	if now := in.today(); !now.IsZero() {
		d.Date = now.String()
	}
	return d
}

// convert maps a list; the result is never nil.
func convert[A, B any](all []A, f func(A) B) []B {
	out := make([]B, len(all))
	for i, a := range all {
		out[i] = f(a)
	}
	return out
}

func (in Input) summarize(p perimeter, things, unread int) Summary {
	s := Summary{
		Workloads: p.total, Pods: p.pods, Inside: len(p.inside), Outside: p.outside(), Undecided: len(p.unknown),
		Undocumented: len(p.undocumented), OutOfScope: len(p.unscoped), NotJudged: things, Unread: unread,
		WeakestPort: map[string]int{}, Findings: map[string]int{},
	}
	for mode, n := range p.weakest {
		s.WeakestPort[mode.String()] = n
	}
	for _, f := range in.Result.Findings {
		s.Findings[f.Severity.String()]++
	}
	return s
}

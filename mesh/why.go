package mesh

import "github.com/meshposture/meshposture/source"

// Problem says that an input was not understood; the verdicts it touches are Unknown.
type Problem = source.Problem

// Step is one reason of a verdict.
type Step struct {
	Rule   string     // stable name of the rule, prefixed with the mesh: "istio/webhook"
	Object source.Ref // the object that decided; zero when a product default did
	Loc    source.Loc // the deciding field of Object; zero when Object is, or when a field's absence decided
	Detail string     // what the rule saw and what follows, lower case, without position
}

// Pos computes where the deciding field stands; zero when no field decided.
func (s Step) Pos() source.Pos { return s.Loc.Pos() }

// String returns "place: rule: detail"; the place is looked up, which is slow in a loop.
func (s Step) String() string { return placed(s.Loc, s.Rule+": "+s.Detail) }

// placed puts a place before a text, where there is one.
func placed(l source.Loc, text string) string {
	if pos := l.Pos(); !pos.IsZero() {
		return pos.String() + ": " + text
	}
	return text
}

// Gap is something that could change an answer and that was missing, unreadable or unsupported.
type Gap struct {
	Reason source.ProblemCode // what kind of gap
	Object source.Ref         // the object that is missing or was not understood; zero when there is none to name
	Loc    source.Loc         // the field that was not understood; zero when the object itself is missing
	Detail string             // what is missing, lower case, without position
}

// Pos computes where the text that was not understood stands; zero when something is missing.
func (g Gap) Pos() source.Pos { return g.Loc.Pos() }

// String returns "place: reason: object: detail"; the place is looked up, which is slow in a loop.
func (g Gap) String() string {
	text := string(g.Reason) + ": "
	if !g.Object.IsZero() {
		text += g.Object.String() + ": "
	}
	return placed(g.Loc, text+g.Detail)
}

// Rules that this package itself applies, whatever the mesh.
const (
	// RuleNoLayer decides when no adapter had anything to say.
	RuleNoLayer = "mesh/no-adapter"
	// RuleNotUnderstood marks an answer withdrawn because an input was not understood.
	RuleNotUnderstood = "mesh/not-understood"
	// RuleNoProxy says that no proxy of a mesh stands at an end of a connection.
	RuleNoProxy = "mesh/no-proxy"
	// RuleNotTCP says that what is sent is not TCP.
	RuleNotTCP = "mesh/not-tcp"
	// RuleGiven says that a fact came with the question.
	RuleGiven = "mesh/given"
	// RulePodsDiffer says that a workload's pods answer differently.
	RulePodsDiffer = "mesh/pods-differ"
)

// gapOf turns a problem with an object into the gap it leaves in answers about that object.
func gapOf(obj source.Object, p source.Problem) Gap {
	return Gap{Reason: p.Code, Object: obj.Ref, Loc: obj.At(p.Field), Detail: p.Message}
}
